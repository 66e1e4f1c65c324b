"""Models of other sizes: the published one, whose values are known, and one nobody knows."""

import json
from pathlib import Path

import pytest

from tests.engine.broken import change, link_pocket, own_weights, paint, read_json, snapshot
from tests.engine.headers import hollow_full
from tests.engine.scaled_checkpoint import write_checkpoint
from zit_engine.engine.layouts import FULL
from zit_engine.engine.repair import inspect, mend, mended
from zit_engine.errors import CheckpointRefused

SMALL_ENCODER = {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
}
SMALL = {
    "dim": 96,
    "n_layers": 2,
    "n_heads": 4,
    "n_kv_heads": 4,
    "cap_feat_dim": 64,
    "axes_dims": [8, 8, 8],
}
SMALL_VAE = {"block_out_channels": [16, 16, 16, 32, 32]}


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hollow_full(tmp_path_factory.mktemp("full") / "model")


@pytest.fixture
def unknown(tmp_path: Path) -> Path:
    """The same architecture at a size nobody has published, in shards of at most 100 kB."""
    return write_checkpoint(tmp_path / "model", SMALL, SMALL_ENCODER, 100_000, vae=SMALL_VAE)


@pytest.fixture
def broken_full(full: Path, tmp_path: Path) -> Path:
    """A copy of the published layout to break: small files of its own, links to the weights."""
    return link_pocket(tmp_path / "model", full)


def test_the_published_model_lacks_nothing_but_norm_type(full: Path):
    report = inspect(full)
    assert report.base == "z-image-turbo"
    assert [(each.file, each.key) for each in report.repairs] == [
        ("transformer/config.json", "norm_type")
    ]
    assert report.repairs[0].became == '"rms_norm"'
    numbers = {part.name: part.numbers for part in report.parts}
    assert round(sum(numbers.values()) * 2 / 10**9, 1) == 20.5
    assert report.parts[0].dtypes == ("F32",) and len(report.parts[0].files) == 3


@pytest.mark.parametrize("part", ["transformer", "text_encoder", "vae", "scheduler"])
def test_the_published_model_gets_every_value_back(broken_full: Path, tmp_path: Path, part):
    file = "scheduler/scheduler_config.json" if part == "scheduler" else f"{part}/config.json"
    (broken_full / file).unlink()
    made = read_json(mend(broken_full, tmp_path / "overlays") / file)
    wanted = {**FULL.proven.get(part, {}), **FULL.trained[part]}
    if part == "text_encoder":
        made["rope_theta"] = made["rope_parameters"]["rope_theta"]
    assert {key: value for key, value in wanted.items() if value is not None} == {
        key: made[key] for key, value in wanted.items() if value is not None
    }


def test_a_schedule_shift_the_model_was_not_distilled_with(broken_full: Path):
    file = broken_full / "scheduler" / "scheduler_config.json"
    change(file, lambda data: data.update(shift=1.0))
    (repair,) = [each for each in inspect(broken_full).repairs if each.key == "shift"]
    assert (repair.found, repair.became) == ("1.0", "3.0")
    assert repair.why == "z-image-turbo was trained with it"


def test_the_rotary_base_in_the_old_form_is_kept(broken_full: Path, tmp_path: Path):
    file = broken_full / "text_encoder" / "config.json"
    before = file.read_bytes()
    assert (mend(broken_full, tmp_path) / "text_encoder/config.json").read_bytes() == before
    change(file, lambda data: data.update(rope_scaling={"type": "linear", "factor": 2.0}))
    made = read_json(mend(broken_full, tmp_path) / "text_encoder/config.json")
    assert made["rope_parameters"] == {"rope_theta": 1e6, "rope_type": "default"}
    assert "rope_scaling" not in made


def test_a_deit_config_over_an_unknown_encoder_is_refused(unknown: Path):
    """The weights prove Qwen3 and its sizes, but not the epsilon of its norms."""
    deit = {"model_type": "deit", "architectures": ["DeiTModel"], "hidden_act": "gelu"}
    (unknown / "text_encoder" / "config.json").write_text(json.dumps(deit))
    with pytest.raises(CheckpointRefused) as refused:
        inspect(unknown)
    assert refused.value.values["file"] == "text_encoder/config.json"
    assert refused.value.values["key"] == "rope_theta"


def test_an_unknown_size_needs_only_norm_type(unknown: Path):
    change(unknown / "transformer" / "config.json", lambda data: data.pop("norm_type"))
    report = inspect(unknown)
    assert report.base == "z-image"
    assert [each.key for each in report.repairs] == ["norm_type"]


PROVEN = {
    "transformer": ["dim", "n_layers", "n_heads", "n_kv_heads", "in_channels", "qk_norm"]
    + ["cap_feat_dim", "all_patch_size", "all_f_patch_size", "n_refiner_layers"],
    "text_encoder": [*SMALL_ENCODER, "vocab_size", "attention_bias", "model_type", "layer_types"],
    "vae": ["block_out_channels", "layers_per_block", "latent_channels", "down_block_types"]
    + ["up_block_types", "use_quant_conv", "use_post_quant_conv", "mid_block_add_attention"],
}


@pytest.mark.parametrize("how", ["missing", "wrong"])
@pytest.mark.parametrize("part", PROVEN)
def test_what_shapes_prove_is_mended_at_any_size(unknown: Path, tmp_path: Path, part, how):
    whole = paint(unknown)
    before = snapshot(unknown)
    for key in PROVEN[part]:
        config = unknown / part / "config.json"
        text = config.read_text()
        change(
            config,
            lambda data, k=key: data.pop(k, None) if how == "missing" else data.update({k: 7}),
        )
        made, repairs = mended(unknown, tmp_path / "overlays")
        if key != "layer_types" or how == "wrong":
            assert key in {each.key for each in repairs}
        assert paint(made) == whole, key
        config.write_text(text)
    assert before.keys() == snapshot(unknown).keys()


UNPROVEN = {
    "transformer/config.json": ["axes_dims", "axes_lens", "rope_theta", "t_scale", "norm_eps"],
    "text_encoder/config.json": ["rms_norm_eps", "hidden_act"],
    "vae/config.json": ["scaling_factor", "shift_factor", "norm_num_groups", "act_fn"],
    "scheduler/scheduler_config.json": ["shift", "num_train_timesteps", "use_dynamic_shifting"],
}


@pytest.mark.parametrize("value", ["missing", None, "nonsense", [0]], ids=str)
@pytest.mark.parametrize(
    ("file", "key"), [(file, key) for file, keys in UNPROVEN.items() for key in keys]
)
def test_what_shapes_do_not_prove_is_refused_at_an_unknown_size(tmp_path, small, file, key, value):
    folder = link_pocket(tmp_path / "model", small)
    if value == "missing":
        change(folder / file, lambda data: data.pop(key))
    else:
        change(folder / file, lambda data: data.update({key: value}))
    with pytest.raises(CheckpointRefused) as refused:
        inspect(folder)
    shown = refused.value.values
    assert (shown["file"], shown["key"]) in {(file, key), (file, "values")}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small") / "model"
    return write_checkpoint(folder, SMALL, SMALL_ENCODER, 10**9, vae=SMALL_VAE)


def test_parts_of_two_models_are_refused(tmp_path: Path, small: Path):
    folder = link_pocket(tmp_path / "model", small)
    for path in (folder / "text_encoder").iterdir():
        path.unlink()
    own = link_pocket(tmp_path / "pocket")
    for path in (own / "text_encoder").iterdir():
        (folder / "text_encoder" / path.name).symlink_to(path)
    with pytest.raises(CheckpointRefused) as refused:
        inspect(folder)
    assert refused.value.values["key"] == "cap_feat_dim"
    assert "text_encoder/config.json" in refused.value.values["expected"]


def test_a_damaged_shape_names_the_tensor(tmp_path: Path):
    folder = link_pocket(tmp_path / "model")
    path = own_weights(folder, "transformer")
    raw = path.read_bytes()
    length = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + length])
    header["layers.3.attention.to_q.weight"]["shape"] = [192, 768]
    text = json.dumps(header).encode().ljust(length)
    path.write_bytes(len(text).to_bytes(8, "little") + text + raw[8 + length :])
    with pytest.raises(CheckpointRefused) as refused:
        inspect(folder)
    assert refused.value.values["key"] == "layers.3.attention.to_q.weight"
    assert refused.value.values["found"] == "[192, 768]"
