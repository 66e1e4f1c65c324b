"""Broken files: cut, missing, mislabelled, foreign or in odd encodings."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from tests.engine.broken import (
    change,
    check_mended,
    link_pocket,
    own_weights,
    paint,
    read_json,
    refuse,
)
from zit_engine.engine.placement import POCKET_FOLDER
from zit_engine.engine.repair import inspect, mend
from zit_engine.errors import ModelMissing

PARTS = ("transformer", "text_encoder", "vae")
WEIGHTS = {
    "transformer": "transformer/diffusion_pytorch_model.safetensors",
    "text_encoder": "text_encoder/model.safetensors",
    "vae": "vae/diffusion_pytorch_model.safetensors",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return link_pocket(tmp_path / "model")


def tensors_of(path: Path) -> dict[str, torch.Tensor]:
    with safe_open(path, "pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118


def replace_weights(folder: Path, part: str, tensors: dict[str, torch.Tensor], name="") -> Path:
    path = folder / (name or WEIGHTS[part])
    (folder / WEIGHTS[part]).unlink()
    save_file({key: tensor.contiguous() for key, tensor in tensors.items()}, path)
    return path


def split(folder: Path, part: str, count: int = 3) -> dict[str, str]:
    """The part's weights as numbered shards without an index; returns {tensor: file}."""
    tensors = tensors_of(folder / WEIGHTS[part])
    (folder / WEIGHTS[part]).unlink()
    names, weight_map = sorted(tensors), {}
    for number in range(count):
        file = f"model-{number + 1:05}-of-{count:05}.safetensors"
        save_file({name: tensors[name] for name in names[number::count]}, folder / part / file)
        weight_map |= dict.fromkeys(names[number::count], file)
    return weight_map


def write_index(folder: Path, part: str, weight_map: object) -> Path:
    path = folder / part / "model.safetensors.index.json"
    path.write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))
    return path


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
@pytest.mark.parametrize("part", PARTS)
def test_cut_weights(folder: Path, part, share):
    path = own_weights(folder, part)
    os.truncate(path, int(path.stat().st_size * share))
    assert refuse(folder)["file"] == WEIGHTS[part]


@pytest.mark.parametrize(
    "content", [b"", b"\x80\x04\x95rest", b"PK\x03\x04rest", b"version https://git-lfs.github.com"]
)
def test_weights_that_are_something_else(folder: Path, content):
    path = own_weights(folder, "vae")
    path.write_bytes(content)
    told = refuse(folder)
    assert told["file"] == WEIGHTS["vae"]
    assert told["key"] in ("header", "format")


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "model.CKPT", "model.pth"])
def test_pickles_are_never_opened(folder: Path, name):
    own_weights(folder, "transformer").rename(folder / "transformer" / name)
    told = refuse(folder)
    assert (told["file"], told["key"]) == ("transformer", "*.safetensors")
    assert name in str(told["found"])


def test_a_pickle_beside_the_weights_is_not_taken_along(folder: Path, tmp_path: Path):
    (folder / "vae" / "pytorch_model.bin").write_bytes(b"\x80\x04")
    change(folder / "vae" / "config.json", lambda data: data.pop("scaling_factor"))
    made = mend(folder, tmp_path / "overlays")
    assert not (made / "vae" / "pytorch_model.bin").exists()
    assert paint(made) == paint(POCKET_FOLDER)


def test_a_broken_link(folder: Path):
    path = folder / WEIGHTS["text_encoder"]
    path.unlink()
    path.symlink_to(folder / "nowhere")
    assert refuse(folder)["file"] == WEIGHTS["text_encoder"]


@pytest.mark.parametrize("part", PARTS)
def test_shards_without_an_index(folder: Path, tmp_path: Path, part):
    weight_map = split(folder, part)
    (key,) = check_mended(folder, tmp_path / "overlays")
    assert key.endswith("weight_map")
    index = next((mend(folder, tmp_path / "overlays") / part).glob("*.index.json"))
    assert read_json(index)["weight_map"] == weight_map


@pytest.mark.parametrize(
    "spoil",
    [
        lambda weight_map: dict.fromkeys(weight_map, "model-00001-of-00003.safetensors"),
        lambda weight_map: dict.fromkeys(weight_map, "gone.safetensors"),
        lambda weight_map: dict(list(weight_map.items())[1:]),
        lambda weight_map: weight_map | {"extra.weight": "model-00001-of-00003.safetensors"},
        lambda weight_map: [],
        lambda weight_map: dict.fromkeys(weight_map, "../../elsewhere.safetensors"),
    ],
    ids=["one file", "no such file", "one less", "one more", "no table", "outside"],
)
def test_a_wrong_index(folder: Path, tmp_path: Path, spoil: Callable):
    weight_map = split(folder, "transformer")
    write_index(folder, "transformer", spoil(weight_map))
    assert check_mended(folder, tmp_path / "overlays")


def test_a_right_index_is_left_alone(folder: Path, tmp_path: Path):
    write_index(folder, "vae", split(folder, "vae"))
    assert check_mended(folder, tmp_path / "overlays") == ()


@pytest.mark.parametrize("text", ["", "[1]", "not json", "\ufeff{}"])
def test_an_index_nobody_needs_or_can_read(folder: Path, tmp_path: Path, text):
    (folder / "vae" / "model.safetensors.index.json").write_text(text, encoding="utf-8")
    assert check_mended(folder, tmp_path / "overlays")


def test_a_shard_that_was_not_downloaded(folder: Path):
    write_index(folder, "transformer", split(folder, "transformer"))
    (folder / "transformer" / "model-00002-of-00003.safetensors").unlink()
    told = refuse(folder)
    assert told["file"] == "transformer/model-00002-of-00003.safetensors"
    assert told["found"] == "file missing"


def test_a_missing_shard_without_an_index_names_a_tensor(folder: Path):
    weight_map = split(folder, "vae")
    (folder / "vae" / "model-00002-of-00003.safetensors").unlink()
    told = refuse(folder)
    assert told["file"] == "vae"
    assert weight_map[str(told["key"])] == "model-00002-of-00003.safetensors"


def test_a_tensor_in_two_files(folder: Path):
    tensors = tensors_of(folder / WEIGHTS["vae"])
    name = "decoder.conv_in.bias"
    save_file({name: tensors[name]}, folder / "vae" / "more.safetensors")
    assert refuse(folder)["key"] == name


def test_a_missing_tensor(folder: Path):
    tensors = tensors_of(folder / WEIGHTS["transformer"])
    del tensors["layers.4.ffn_norm1.weight"]
    replace_weights(folder, "transformer", tensors)
    told = refuse(folder)
    assert (told["key"], told["found"]) == ("layers.4.ffn_norm1.weight", "missing")


@pytest.mark.parametrize("part", PARTS)
def test_weights_in_fp32_paint_the_same(folder: Path, tmp_path: Path, part):
    tensors = {name: tensor.float() for name, tensor in tensors_of(folder / WEIGHTS[part]).items()}
    replace_weights(folder, part, tensors)
    changed = check_mended(folder, tmp_path / "overlays")
    assert changed == (("text_encoder/config.json:dtype",) if part == "text_encoder" else ())


def test_weights_in_fp16_are_labelled_so(folder: Path, tmp_path: Path):
    tensors = tensors_of(folder / WEIGHTS["text_encoder"])
    replace_weights(folder, "text_encoder", {k: t.to(torch.float16) for k, t in tensors.items()})
    (repair,) = inspect(folder).repairs
    assert (repair.key, repair.became) == ("dtype", '"float16"')
    assert paint(mend(folder, tmp_path / "overlays"))


@pytest.mark.parametrize("label", ["float16", "torch.float16", "float32", 16, "nonsense"])
@pytest.mark.parametrize("key", ["dtype", "torch_dtype"])
def test_a_wrong_label_of_the_number_type(folder: Path, tmp_path: Path, key, label):
    file = folder / "text_encoder" / "config.json"
    change(file, lambda data: (data.pop("dtype"), data.update({key: label})))
    assert check_mended(folder, tmp_path / "overlays") == (f"text_encoder/config.json:{key}",)


def test_quantised_weights(folder: Path):
    tensors = tensors_of(folder / WEIGHTS["transformer"])
    name = "layers.0.attention.to_q.weight"
    tensors[name] = tensors[name].to(torch.int8)
    replace_weights(folder, "transformer", tensors)
    told = refuse(folder)
    assert told["key"] == name and "quantised" in str(told["found"])


def test_a_folder_that_must_not_be_written(folder: Path, tmp_path: Path):
    change(folder / "vae" / "config.json", lambda data: data.pop("shift_factor"))
    paths = [folder, *folder.rglob("*")]
    for path in paths:
        if not path.is_symlink():
            path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        assert check_mended(folder, tmp_path / "overlays") == ("vae/config.json:shift_factor",)
    finally:
        for path in paths:
            if not path.is_symlink():
                path.chmod(0o755)


@pytest.mark.parametrize("name", ["nothing", "empty", "file"])
def test_no_checkpoint_at_all(tmp_path: Path, name):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("{}")
    with pytest.raises(ModelMissing):
        inspect(tmp_path / name)
