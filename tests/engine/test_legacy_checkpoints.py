"""Where an archived checkpoint is looked for, what is refused, what is fetched."""

import json
import shutil
from pathlib import Path

import pytest

from tests.engine.sdxl_checkpoints import (  # noqa: F401 - fixtures
    checkpoints,
    legacy_settings,
    make_engine,
    shot_of,
)
from zit_engine.engine import legacy_checkpoints
from zit_engine.engine.legacy_checkpoints import (
    LegacyCheckpoints,
    is_whole,
    legacy_available,
    render_area,
    weights_variant,
)
from zit_engine.engine.legacy_pipeline import load_sdxl
from zit_engine.errors import ModelMissing, SettingsError, StyleUnavailable
from zit_engine.styles.catalogue import load_catalogue

UNET = "unet/diffusion_pytorch_model.safetensors"
WEIGHTS = (
    UNET,
    "vae/diffusion_pytorch_model.safetensors",
    "text_encoder/model.safetensors",
    "text_encoder_2/model.safetensors",
)


def silent(share):
    pass


@pytest.fixture
def copied(checkpoints, tmp_path) -> Path:  # noqa: F811
    """A folder of checkpoints with one in it, the anime style's, to be damaged."""
    shutil.copytree(checkpoints / "anime", tmp_path / "anime")
    return tmp_path


def halved(folder: Path) -> None:
    """Names as of a half-precision copy."""
    for name in WEIGHTS:
        path = folder / name
        path.rename(path.with_name(path.name.replace(".safetensors", ".fp16.safetensors")))


def test_the_archive_is_these_three(catalogue):
    assert {s.id: s.legacy_checkpoint for s in catalogue.values() if s.legacy_checkpoint} == {
        "realistic": "SG161222/RealVisXL_V4.0",
        "semi-realistic": "John6666/bss-equinox-il-semi-realistic-model-v25-sdxl",
        "anime": "cagliostrolab/animagine-xl-3.1",
    }


@pytest.mark.parametrize("name", ["anime", "animagine-xl-3.1", "cagliostrolab--animagine-xl-3.1"])
def test_a_folder_is_found_by_style_repo_or_the_archived_programs_name(copied, catalogue, name):
    (copied / "anime").rename(copied / name)
    assert LegacyCheckpoints(str(copied)).get(catalogue["anime"], silent) == copied / name


@pytest.mark.parametrize("gone", [*WEIGHTS, "model_index.json", "tokenizer_2", "unet/config.json"])
def test_a_checkpoint_with_a_part_missing_is_refused(copied, catalogue, gone):
    path = copied / "anime" / gone
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(ModelMissing) as missing:
        LegacyCheckpoints(str(copied)).get(catalogue["anime"], silent)
    assert missing.value.values["model"] == str(copied / "anime")
    assert "parts are missing" in missing.value.detail


def test_a_pickle_only_checkpoint_is_refused_unread(copied, catalogue, make_engine, shot_of):  # noqa: F811
    for name in WEIGHTS:
        path = copied / "anime" / name
        path.rename(path.with_suffix(".bin"))
    engine = make_engine(copied)
    with pytest.raises(ModelMissing) as missing:
        engine.paint(shot_of(style="anime"), lambda done, total: None, lambda: False)
    assert "pickled" in missing.value.detail
    assert not legacy_available(make_settings(copied), catalogue)


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_cut_weights_are_told_by_folder(copied, share):
    weights = copied / "anime" / UNET
    weights.write_bytes(weights.read_bytes()[: int(weights.stat().st_size * share)])
    with pytest.raises(ModelMissing) as missing:
        load_sdxl(copied / "anime", "cpu")
    assert missing.value.values["model"] == str(copied / "anime")


@pytest.mark.parametrize("text", ["", "[]", "{}"])
def test_an_unreadable_config_is_told_by_folder(copied, text):
    (copied / "anime" / "vae" / "config.json").write_text(text)
    with pytest.raises(ModelMissing):
        render_area(copied / "anime")


def test_half_precision_names_are_read_and_preferred(copied, checkpoints):  # noqa: F811
    folder = copied / "anime"
    assert weights_variant(folder) == ""
    halved(folder)
    assert weights_variant(folder) == "fp16" and is_whole(folder)
    both = load_sdxl(folder, "cpu").unet.state_dict()
    plain = load_sdxl(checkpoints / "anime", "cpu").unet.state_dict()
    assert all(both[name].equal(plain[name]) for name in plain)
    for name in WEIGHTS:
        shutil.copy(checkpoints / "anime" / name, folder / name)
    assert weights_variant(folder) == "fp16"


def test_a_missing_shard_is_incomplete(copied):
    folder = copied / "anime"
    index = folder / "unet" / "diffusion_pytorch_model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": Path(UNET).name}}))
    assert is_whole(folder)
    for text in ('{"weight_map": {"a": "part-2-of-2.safetensors"}}', "", "[]", "{}", "not json"):
        index.write_text(text)
        assert not is_whole(folder)


def make_settings(root: Path):
    from zit_engine.settings import load_settings

    return load_settings(engine="legacy-sdxl", legacy_checkpoints=str(root))


def test_available_means_all_three_are_here(checkpoints, copied, catalogue):  # noqa: F811
    assert legacy_available(make_settings(checkpoints), catalogue)
    assert not legacy_available(make_settings(copied), catalogue)
    assert not legacy_available(make_settings(copied / "nowhere"), catalogue)


def test_a_style_without_a_checkpoint_has_none_anywhere(checkpoints, catalogue):  # noqa: F811
    found = LegacyCheckpoints(str(checkpoints))
    assert found.find(catalogue["pixel-art"]) is None
    with pytest.raises(StyleUnavailable):
        found.get(catalogue["pixel-art"], silent)


def test_a_named_folder_is_never_completed_from_the_hub(copied, catalogue, monkeypatch):
    asked = []
    monkeypatch.setattr(legacy_checkpoints, "fetch_snapshot", lambda *a, **k: asked.append(a))
    monkeypatch.setattr(legacy_checkpoints, "cached_snapshot", lambda *a: asked.append(a))
    with pytest.raises(ModelMissing):
        LegacyCheckpoints(str(copied)).get(catalogue["realistic"], silent)
    assert asked == []


class Hub:
    """A hub of one repo: hands out the files of `source` that match the patterns."""

    def __init__(self, source: Path, cache: Path):
        self.source, self.cache = source, cache

    def fetch(self, repo, revision, on_fraction, patterns):
        for path in self.source.rglob("*"):
            inside = path.relative_to(self.source)
            if path.is_file() and any(inside.match(pattern) for pattern in patterns):
                target = self.cache / inside
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, target)
        on_fraction(1.0)
        return self.cache


@pytest.mark.parametrize("is_half", [True, False])
def test_without_a_folder_the_hub_is_asked_for_the_smaller_copy_first(
    copied, catalogue, monkeypatch, tmp_path, is_half
):
    source, told = copied / "anime", []
    if is_half:
        halved(source)
        for name in WEIGHTS:  # the larger copy lies beside it and is left there
            (source / name).write_bytes(b"large")
    hub = Hub(source, tmp_path / "cache")
    monkeypatch.setattr(legacy_checkpoints, "fetch_snapshot", hub.fetch)
    monkeypatch.setattr(legacy_checkpoints, "cached_snapshot", lambda repo, revision: None)
    found = LegacyCheckpoints("")
    folder = found.get(catalogue["anime"], told.append)
    assert is_whole(folder) and told[-1] == 1.0
    assert (folder / UNET).is_file() != is_half
    assert found.find(catalogue["anime"]) == folder


def test_a_hub_that_cannot_be_reached_is_told_by_repo(catalogue, monkeypatch):
    def unreachable(*_args, **_options):
        raise ConnectionError("no route")

    monkeypatch.setattr(legacy_checkpoints, "fetch_snapshot", unreachable)
    monkeypatch.setattr(legacy_checkpoints, "cached_snapshot", lambda repo, revision: None)
    with pytest.raises(ModelMissing) as missing:
        LegacyCheckpoints("").get(catalogue["anime"], silent)
    assert missing.value.values["model"] == "cagliostrolab/animagine-xl-3.1"


def test_a_slip_in_the_catalogue_is_refused_by_name(tmp_path):
    (tmp_path / "catalogue.toml").write_text(
        '[plain]\nko = "기본"\nen = "Plain"\nthumb = "t.webp"\nis_base = true\n'
        'legacy_checkpoint = "/etc/model"\n',
        encoding="utf-8",
    )
    with pytest.raises(SettingsError) as refused:
        load_catalogue(tmp_path)
    assert "legacy_checkpoint" in str(refused.value)
