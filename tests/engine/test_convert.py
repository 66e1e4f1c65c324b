"""Checkpoints converted: the numbers of a direct cast, little memory, whole or not there."""

import hashlib
import json
import math
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from filelock import FileLock
from safetensors import safe_open
from safetensors.torch import save_file

import zit_engine.engine.convert as convert_module
from zit_engine.engine.convert import convert
from zit_engine.engine.placement import POCKET_FOLDER
from zit_engine.engine.unfinished import work_folder
from zit_engine.engine.weights import read_header
from zit_engine.errors import CheckpointRefused, DiskFull, EngineError, RequestError
from zit_engine.settings import ROOT

MB = 10**6
needs_proc = pytest.mark.skipif(
    not Path("/proc/self/status").is_file(), reason="RssAnon is told by Linux only"
)


def save_parts(folder: Path, groups: list[dict[str, torch.Tensor]], stem: str) -> None:
    """The groups as numbered files with an index, as diffusers writes them."""
    weight_map = {}
    for number, tensors in enumerate(groups, 1):
        name = f"{stem}-{number:05}-of-{len(groups):05}.safetensors"
        save_file(tensors, folder / name, metadata={"format": "pt"})
        weight_map |= dict.fromkeys(tensors, name)
    index = {"metadata": {}, "weight_map": weight_map}
    (folder / f"{stem}.safetensors.index.json").write_text(json.dumps(index))


@pytest.fixture
def pocket_fp32(tmp_path: Path) -> Path:
    """The pocket model as the 32.9 GB layout: its transformer in fp32, in three files."""
    folder = Path(shutil.copytree(POCKET_FOLDER, tmp_path / "source"))
    part = folder / "transformer"
    (path,) = part.glob("*.safetensors")
    with safe_open(path, "pt") as file:
        names = sorted(file.keys())
        # No longer exact in bf16, so that the cast has to round.
        tensors = {name: file.get_tensor(name).float() * 1.001 for name in names}
    path.unlink()
    groups = [{name: tensors[name] for name in names[n::3]} for n in range(3)]
    save_parts(part, groups, "diffusion_pytorch_model")
    return folder


def build_wide(folder: Path, megabytes: int, largest: int) -> Path:
    """Random numbers in the 32.9 GB layout, four fifths of them fp32, none larger than
    `largest` bytes; configurations and tokenizer are the pocket model's."""
    shutil.copytree(POCKET_FOLDER, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    random_numbers = torch.Generator().manual_seed(0)
    plan = {"transformer": (0.8, torch.float32), "text_encoder": (0.15, torch.bfloat16)}
    plan["vae"] = (0.05, torch.float16)
    for part, (share, dtype) in plan.items():
        left, groups = int(megabytes * MB * share), []
        while left > 0:
            size = min(left, largest)
            numbers = torch.randn(size // dtype.itemsize // 8, 8, generator=random_numbers)
            small = torch.randn(3, 5, generator=random_numbers).to(dtype)
            groups.append({f"layer.{len(groups)}.weight": numbers.to(dtype),
                           f"layer.{len(groups)}.bias": small})  # fmt: skip
            left -= size
        save_parts(folder / part, groups, "model" if part == "text_encoder" else "weights")
    return folder


def tensors_of(folder: Path) -> dict[str, torch.Tensor]:
    """Every tensor of a checkpoint by part and name, through safetensors itself."""
    found = {}
    for path in sorted(folder.glob("*/*.safetensors")):
        with safe_open(path, "pt") as file:
            found |= {f"{path.parent.name}/{name}": file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    return found


def assert_cast(source: Path, made: Path, dtype: torch.dtype) -> None:
    """Every tensor is, bit for bit, what `tensor.to(dtype)` gives. Only which of its many NaNs
    torch picks depends on the place in memory, so a NaN is a NaN."""
    before, after = tensors_of(source), tensors_of(made)
    assert set(before) == set(after)
    for name, tensor in before.items():
        wanted = tensor.to(dtype) if tensor.is_floating_point() else tensor
        assert after[name].dtype == wanted.dtype and after[name].shape == wanted.shape, name
        assert torch.equal(bits(after[name]), bits(wanted)), name


def bits(tensor: torch.Tensor) -> torch.Tensor:
    """The tensor's bytes, every NaN written the same way."""
    if tensor.is_floating_point():
        tensor = tensor.masked_fill(tensor.isnan(), float("nan"))
    return tensor.contiguous().view(-1).view(torch.uint8)


def assert_whole(made: Path) -> None:
    """The folder's own checksums hold and cover every file."""
    lines = (made / "SHA256SUMS").read_text().splitlines()
    sums = {file: digest for digest, file in (line.split("  ", 1) for line in lines)}
    files = {path.relative_to(made).as_posix() for path in made.rglob("*") if path.is_file()}
    assert set(sums) == files - {"SHA256SUMS"}
    for file, digest in sums.items():
        assert hashlib.sha256((made / file).read_bytes()).hexdigest() == digest, file


def snapshot(folder: Path) -> dict[str, tuple[int, int]]:
    paths = [folder, *folder.rglob("*")]
    return {str(path): (path.lstat().st_size, path.lstat().st_mtime_ns) for path in paths}


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


def odd_source(tmp_path: Path, tensors: dict[str, torch.Tensor]) -> Path:
    """A folder like a model's whose parts hold next to nothing, and the VAE `tensors`."""
    folder = tmp_path / "odd"
    shutil.copytree(POCKET_FOLDER, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    save_file({"one": torch.ones(1)}, folder / "transformer" / "model.safetensors")
    save_file({"one": torch.ones(1)}, folder / "text_encoder" / "model.safetensors")
    save_file(tensors, folder / "vae" / "diffusion_pytorch_model.safetensors")
    return folder


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float32"])
@pytest.mark.parametrize("stored", ["float64", "float32", "float16", "bfloat16"])
def test_every_bit_pattern_casts_as_torch_does(tmp_path, stored, dtype):
    halves = torch.arange(-(2**15), 2**15, dtype=torch.int32).to(torch.int16)
    wild = halves.view(getattr(torch, stored) if stored.endswith("16") else torch.bfloat16)
    if dtype == "float16":
        wild = wild[~(wild.isfinite() & wild.to(torch.float16).isinf())]
    folder = odd_source(
        tmp_path,
        {
            "wild": wild.to(getattr(torch, stored)),
            "scalar": torch.tensor(0.1, dtype=getattr(torch, stored)),
            "whole": torch.arange(7),
            "truth": torch.tensor([True, False, True]),
            "bytes": torch.arange(5, dtype=torch.uint8),
        },
    )
    made = convert(folder, tmp_path / "made", dtype, chunk_bytes=1000)
    assert_cast(folder, made.folder, getattr(torch, dtype))


def test_a_number_that_does_not_fit_is_refused_by_name(tmp_path):
    folder = odd_source(tmp_path, {"good": torch.ones(3), "loud": torch.tensor([1.0, 70000.0])})
    with pytest.raises(CheckpointRefused) as refused:
        convert(folder, tmp_path / "made", "float16")
    values = refused.value.values
    assert values["file"] == "vae/diffusion_pytorch_model.safetensors"
    assert (values["key"], values["found"]) == ("loud", "70000")
    assert not (tmp_path / "made").exists()


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


def test_two_at_once_on_one_target_are_kept_apart(pocket_fp32, tmp_path):
    work = work_folder(tmp_path / "made")
    work.mkdir()
    with FileLock(work / "lock"), pytest.raises(EngineError) as busy:
        convert(pocket_fp32, tmp_path / "made")
    assert busy.value.message_id == "error.convert_busy"
    assert os.listdir(work) == ["lock"]
    assert_whole(convert(pocket_fp32, tmp_path / "made").folder)


class Stopped(Exception):
    pass


def stop_at(share: float):
    def on_progress(stage: str, done: int, total: int) -> None:
        if stage == "write" and done > share * total:
            raise Stopped

    return on_progress


def shards_of(folder: Path) -> dict[str, tuple[int, int]]:
    """{shard: (file number, time of its last change)}: what a rewritten file cannot keep."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in folder.glob("*/*.safetensors")
    }


def test_the_next_try_keeps_what_is_finished(pocket_fp32, tmp_path):
    with pytest.raises(Stopped):
        convert(pocket_fp32, tmp_path / "made", "bfloat16", 0.01, stop_at(0.6))
    kept = shards_of(work_folder(tmp_path / "made") / "folder")
    assert kept and not (tmp_path / "made").exists()
    made = convert(pocket_fp32, tmp_path / "made", "bfloat16", 0.01)
    assert made.resumed == len(kept)
    assert shards_of(made.folder).items() >= kept.items()
    assert_cast(pocket_fp32, made.folder, torch.bfloat16)


def test_a_finished_file_that_rotted_is_written_again(pocket_fp32, tmp_path):
    with pytest.raises(Stopped):
        convert(pocket_fp32, tmp_path / "made", "bfloat16", 0.01, stop_at(0.6))
    folder = work_folder(tmp_path / "made") / "folder"
    kept = shards_of(folder)
    path = folder / min(kept)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    made = convert(pocket_fp32, tmp_path / "made", "bfloat16", 0.01)
    assert made.resumed == len(kept) - 1
    assert_cast(pocket_fp32, made.folder, torch.bfloat16)


def test_another_request_does_not_take_over_the_unfinished_one(pocket_fp32, tmp_path):
    with pytest.raises(Stopped):
        convert(pocket_fp32, tmp_path / "made", "bfloat16", 0.01, stop_at(0.6))
    made = convert(pocket_fp32, tmp_path / "made", "float16", 0.01)
    assert made.resumed == 0
    assert_cast(pocket_fp32, made.folder, torch.float16)


def test_a_source_that_changed_meanwhile_begins_anew(pocket_fp32, tmp_path):
    with pytest.raises(Stopped):
        convert(pocket_fp32, tmp_path / "made", "bfloat16", 0.01, stop_at(0.6))
    path = next((pocket_fp32 / "text_encoder").glob("*.safetensors"))
    data = bytearray(path.read_bytes())
    data[-1] ^= 0x01
    path.write_bytes(data)
    made = convert(pocket_fp32, tmp_path / "made", "bfloat16", 0.01)
    assert made.resumed == 0
    assert_cast(pocket_fp32, made.folder, torch.bfloat16)


def test_a_source_that_changes_under_the_work_gives_no_result(pocket_fp32, tmp_path):
    path = next((pocket_fp32 / "vae").glob("*.safetensors"))

    def touch(stage: str, done: int, total: int) -> None:
        os.utime(path)

    with pytest.raises(CheckpointRefused):
        convert(pocket_fp32, tmp_path / "made", on_progress=touch)
    assert not (tmp_path / "made").exists()


def test_a_result_that_reads_back_differently_gets_no_name(pocket_fp32, tmp_path, monkeypatch):
    finish = convert_module.finish

    def rot(shards, small, folder, sums, on_progress):
        path = folder / shards[0].file
        data = bytearray(path.read_bytes())
        data[-1] ^= 1
        path.write_bytes(data)
        finish(shards, small, folder, sums, on_progress)

    with monkeypatch.context() as patched:
        patched.setattr(convert_module, "finish", rot)
        with pytest.raises(CheckpointRefused) as refused:
            convert(pocket_fp32, tmp_path / "made", shard_gb=0.01)
    assert refused.value.values["key"] == "SHA-256"
    assert not (tmp_path / "made").exists()
    made = convert(pocket_fp32, tmp_path / "made", shard_gb=0.01)
    assert made.resumed == made.shards - 1
    assert_cast(pocket_fp32, made.folder, torch.bfloat16)


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


def child(source: Path, target: Path, shard_gb: float, chunk_bytes: int) -> subprocess.Popen:
    words = [source, target, shard_gb, chunk_bytes]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.engine.convert_child", *map(str, words)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


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


def kill_and_resume(source: Path, target: Path, kills: int, shard_gb: float) -> None:
    """kill -9 at `kills` random moments; each time the target is whole or not there."""
    moments = random.Random(20261124)
    beside = {path.name for path in source.parent.iterdir()}
    duration, landed, runs = 1.0, 0, 0
    while landed < kills:
        runs += 1
        assert runs < 4 * kills + 4
        process = child(source, target, shard_gb, MB)
        assert process.stdout.readline() == "ready\n"
        started = time.monotonic()
        try:
            # The first run is left alone: its length sets the range of moments.
            process.wait(300 if runs == 1 else moments.uniform(0, duration))
            duration = time.monotonic() - started if runs == 1 else duration
        except subprocess.TimeoutExpired:
            process.kill()
            landed += 1
        process.communicate()
        if target.exists():
            assert_whole(target)
            shutil.rmtree(target)
        left = {path.name for path in source.parent.iterdir()} - beside
        assert left <= {work_folder(target).name}
    assert_cast(source, convert(source, target, "bfloat16", shard_gb).folder, torch.bfloat16)
    assert_whole(target)
    assert {path.name for path in source.parent.iterdir()} - beside == {target.name}


def test_killed_at_five_random_moments(pocket_fp32, tmp_path):
    kill_and_resume(pocket_fp32, tmp_path / "made", 5, 0.01)


@pytest.mark.slow
def test_killed_at_twenty_random_moments(tmp_path):
    source = build_wide(tmp_path / "source", megabytes=600, largest=60 * MB)
    kill_and_resume(source, tmp_path / "made", 20, 0.02)
