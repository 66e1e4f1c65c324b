"""Checkpoints to convert, conversions in a process of their own, and what a result must hold."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from zit_engine.engine.placement import POCKET_FOLDER
from zit_engine.settings import ROOT

MB = 10**6


def save_parts(folder: Path, groups: list[dict[str, torch.Tensor]], stem: str) -> None:
    """The groups as numbered files with an index, as diffusers writes them."""
    weight_map = {}
    for number, tensors in enumerate(groups, 1):
        name = f"{stem}-{number:05}-of-{len(groups):05}.safetensors"
        save_file(tensors, folder / name, metadata={"format": "pt"})
        weight_map |= dict.fromkeys(tensors, name)
    index = {"metadata": {}, "weight_map": weight_map}
    (folder / f"{stem}.safetensors.index.json").write_text(json.dumps(index))


def build_pocket_fp32(folder: Path) -> Path:
    """The pocket model as the 32.9 GB layout: its transformer in fp32, in three files."""
    shutil.copytree(POCKET_FOLDER, folder)
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


def child(source: Path, target: Path, shard_gb: float, chunk_bytes: int) -> subprocess.Popen:
    words = [source, target, shard_gb, chunk_bytes]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.engine.convert_child", *map(str, words)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
