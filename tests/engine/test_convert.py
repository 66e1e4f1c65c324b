"""Checkpoints converted: a direct cast's numbers, in little memory, from whole sources only."""

import json
import math
import shutil
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

import zit_engine.engine.convert as convert_module
from tests.engine.conversions import (
    MB,
    assert_cast,
    assert_whole,
    build_pocket_fp32,
    build_wide,
    child,
    snapshot,
    tensors_of,
)
from zit_engine.engine.convert import convert
from zit_engine.engine.placement import POCKET_FOLDER
from zit_engine.engine.weights import read_header
from zit_engine.errors import CheckpointRefused, DiskFull, RequestError

needs_proc = pytest.mark.skipif(
    not Path("/proc/self/status").is_file(), reason="RssAnon is told by Linux only"
)


@pytest.fixture
def pocket_fp32(tmp_path: Path) -> Path:
    return build_pocket_fp32(tmp_path / "source")


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float32"])
def test_the_result_is_a_direct_cast_in_small_files(pocket_fp32, tmp_path, dtype):
    made = convert(pocket_fp32, tmp_path / "made", dtype, shard_gb=0.008)
    assert_cast(pocket_fp32, made.folder, getattr(torch, dtype))
    assert_whole(made.folder)
    weights = list(made.folder.glob("*/*.safetensors"))
    assert made.shards == len(weights) > 5 and made.resumed == 0
    assert made.size_bytes == sum(path.stat().st_size for path in weights)
    assert made.tensors == len(tensors_of(pocket_fp32))
    for path in weights:
        assert path.stat().st_size <= 8 * MB or len(read_header(path)) == 1
    assert json.loads((made.folder / "text_encoder/config.json").read_text())["dtype"] == dtype
    assert not list(tmp_path.glob(".*"))


def test_the_result_loads_with_the_stock_libraries_and_paints_alike(pocket_fp32, tmp_path):
    from diffusers import ZImagePipeline

    folders = pocket_fp32, convert(pocket_fp32, tmp_path / "made", shard_gb=0.01).folder
    assert (folders[1] / "transformer/diffusion_pytorch_model.safetensors.index.json").is_file()
    painted = []
    for folder in folders:
        pipeline = ZImagePipeline.from_pretrained(
            folder, torch_dtype=torch.bfloat16, local_files_only=True
        )
        pipeline.set_progress_bar_config(disable=True)
        painted.append(
            pipeline(
                "딸기 케이크", height=64, width=64, num_inference_steps=2, guidance_scale=0.0,
                generator=torch.Generator().manual_seed(1), output_type="pt",
            ).images
        )  # fmt: skip
    assert torch.equal(*painted)


def test_one_file_is_enough_for_a_small_part_and_has_no_index(tmp_path):
    made = convert(POCKET_FOLDER, tmp_path / "made")
    names = sorted(path.name for path in (made.folder / "vae").iterdir())
    assert names == ["config.json", "diffusion_pytorch_model.safetensors"]
    assert made.shards == 3
    for name in ("model_index.json", "tokenizer/tokenizer.json", "tokenizer/chat_template.jinja"):
        assert (made.folder / name).read_bytes() == (POCKET_FOLDER / name).read_bytes()


def test_links_into_a_cache_become_files_and_pickles_stay_behind(tmp_path):
    blobs, folder = tmp_path / "blobs", tmp_path / "snapshot"
    shutil.copytree(POCKET_FOLDER, blobs)
    (blobs / "vae" / "diffusion_pytorch_model.bin").write_bytes(b"\x80\x04.")
    for path in [path for path in blobs.rglob("*") if path.is_file()]:
        link = folder / path.relative_to(blobs)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(path)
    before = snapshot(blobs)
    made = convert(folder, tmp_path / "made").folder
    assert snapshot(blobs) == before
    assert not any(path.is_symlink() or path.suffix == ".bin" for path in made.rglob("*"))
    assert_cast(POCKET_FOLDER, made, torch.bfloat16)


@pytest.mark.parametrize(
    ("changes", "message_id"),
    [
        ({"dtype": "int8"}, "error.dtype_unknown"),
        ({"shard_gb": math.nan}, "error.shard_size"),
        ({"shard_gb": math.inf}, "error.shard_size"),
        ({"shard_gb": 0.0}, "error.shard_size"),
        ({"shard_gb": -2.0}, "error.shard_size"),
        ({"source": "nothing"}, "error.checkpoint_missing"),
        ({"target": "source"}, "error.target_inside"),
        ({"target": "source/below/it"}, "error.target_inside"),
        ({"target": "round/../source/x"}, "error.target_inside"),
        ({"target": "taken"}, "error.target_exists"),
        ({"target": "file"}, "error.target_exists"),
        ({"target": "nowhere"}, "error.target_exists"),
        ({"target": "guest"}, "error.target_exists"),
    ],
)
def test_an_unusable_request_changes_nothing(tmp_path, changes, message_id):
    shutil.copytree(POCKET_FOLDER, tmp_path / "source")
    (tmp_path / "taken").mkdir()
    (tmp_path / "round").mkdir()
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone")
    (tmp_path / ".guest.partial").mkdir()
    (tmp_path / ".guest.partial" / "diary.txt").write_text("not ours")
    before = snapshot(tmp_path)
    wanted = {"source": "source", "target": "made", **changes}
    paths = {name: tmp_path / wanted.pop(name) for name in ("source", "target")}
    with pytest.raises(RequestError) as refused:
        convert(**paths, **wanted)
    assert refused.value.message_id == message_id
    assert snapshot(tmp_path) == before


def cut(folder: Path) -> None:
    path = folder / "transformer" / "diffusion_pytorch_model-00002-of-00003.safetensors"
    path.write_bytes(path.read_bytes()[:-1000])


def lose_file(folder: Path) -> None:
    (folder / "transformer" / "diffusion_pytorch_model-00003-of-00003.safetensors").unlink()


def edit_index(folder: Path, change) -> None:
    path = folder / "transformer" / "diffusion_pytorch_model.safetensors.index.json"
    table = json.loads(path.read_text())
    change(table)
    path.write_text(json.dumps(table))


def promise_more(folder: Path) -> None:
    file = "diffusion_pytorch_model-00001-of-00003.safetensors"
    edit_index(folder, lambda table: table["weight_map"].update(ghost=file))


def point_outside(folder: Path) -> None:
    edit_index(folder, lambda table: table["weight_map"].update(ghost="../vae/x.safetensors"))


def hold_twice(folder: Path) -> None:
    edit_index(folder, lambda table: table["weight_map"].update(more="extra.safetensors"))
    part = folder / "transformer"
    first = part / "diffusion_pytorch_model-00001-of-00003.safetensors"
    with safe_open(first, "pt") as file:
        tensors = {name: file.get_tensor(name) for name in list(file.keys())[:1]}
    save_file({"more": torch.ones(2), **tensors}, part / "extra.safetensors")


def pickle_only(folder: Path) -> None:
    path = folder / "vae" / "diffusion_pytorch_model.safetensors"
    path.rename(path.with_suffix(".bin"))


DAMAGES = {
    "a cut file": (cut, "transformer/diffusion_pytorch_model-00002-of-00003.safetensors"),
    "a lost file": (lose_file, "transformer/diffusion_pytorch_model-00003-of-00003.safetensors"),
    "a tensor missing": (
        promise_more,
        "transformer/diffusion_pytorch_model-00001-of-00003.safetensors",
    ),
    "a file outside": (point_outside, "transformer/../vae/x.safetensors"),
    "a tensor twice": (hold_twice, "transformer/extra.safetensors"),
    "only a pickle": (pickle_only, "vae"),
    "index not JSON": (
        lambda folder: (
            folder / "transformer" / "diffusion_pytorch_model.safetensors.index.json"
        ).write_text("{"),
        "transformer/diffusion_pytorch_model.safetensors.index.json",
    ),
    "config a list": (
        lambda folder: (folder / "vae" / "config.json").write_text("[]"),
        "vae/config.json",
    ),
    "no config": (lambda folder: (folder / "vae" / "config.json").unlink(), "vae"),
    "no folder": (lambda folder: shutil.rmtree(folder / "vae"), "model_index.json"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_source_is_refused_by_file_before_anything_is_written(
    pocket_fp32, tmp_path, name
):
    damage, file = DAMAGES[name]
    damage(pocket_fp32)
    before = snapshot(tmp_path)
    with pytest.raises(CheckpointRefused) as refused:
        convert(pocket_fp32, tmp_path / "made")
    assert refused.value.values["file"] == file
    assert snapshot(tmp_path) == before


def test_a_full_disk_is_told_before_anything_is_written(pocket_fp32, tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=20 * MB))
    before = snapshot(tmp_path)
    with pytest.raises(DiskFull) as full:
        convert(pocket_fp32, tmp_path / "made")
    assert full.value.values["needed_gb"] > full.value.values["free_gb"] == 0.02
    assert snapshot(tmp_path) == before


def test_progress_rises_to_the_whole_in_both_stages(pocket_fp32, tmp_path):
    told: dict[str, list[tuple[int, int]]] = {}
    convert(
        pocket_fp32, tmp_path / "made", "bfloat16", 0.01,
        lambda stage, done, total: told.setdefault(stage, []).append((done, total)),
    )  # fmt: skip
    assert list(told) == ["write", "check"]
    for steps in told.values():
        assert steps == sorted(steps) and steps[-1][0] == steps[-1][1]
        assert len({total for _, total in steps}) == 1


def growth(source: Path, target: Path, shard_gb: float, chunk_bytes: int) -> int:
    """Bytes of anonymous memory a conversion takes at its peak."""
    process = child(source, target, shard_gb, chunk_bytes)
    told, _ = process.communicate(timeout=500)
    assert process.returncode == 0
    figures = json.loads(told.splitlines()[-1])
    return figures["peak"] - figures["before"]


@needs_proc
def test_memory_does_not_grow_with_the_model_or_its_largest_tensor(tmp_path):
    source = build_wide(tmp_path / "source", megabytes=300, largest=160 * MB)
    peak = growth(source, tmp_path / "made", shard_gb=0.03, chunk_bytes=4 * MB)
    assert peak <= 120 * MB, f"{peak / MB:.0f} MB"
    assert_cast(source, tmp_path / "made", torch.bfloat16)


@needs_proc
@pytest.mark.slow
def test_three_gigabytes_convert_in_less_than_one(tmp_path):
    source = build_wide(tmp_path / "source", megabytes=3300, largest=1200 * MB)
    peak = growth(source, tmp_path / "made", 0.25, convert_module.CHUNK_BYTES)
    assert peak <= 1000 * MB, f"{peak / MB:.0f} MB"
    assert_whole(tmp_path / "made")
