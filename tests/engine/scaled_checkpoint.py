"""Checkpoints of Z-Image's layout at other sizes, filled with random bytes or random weights."""

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from zit_engine.engine.loader import build_empty
from zit_engine.engine.placement import POCKET_FOLDER

PARTS = ("transformer", "text_encoder", "vae")


def write_checkpoint(
    folder: Path,
    transformer: dict[str, Any],
    text_encoder: dict[str, Any],
    shard_bytes: int,
    dtype: torch.dtype = torch.bfloat16,
    vae: dict[str, Any] | None = None,
) -> Path:
    """A diffusers folder whose configs are the pocket model's with the given changes, and whose
    weights are small random numbers in shards of at most `shard_bytes`."""
    for name in ("model_index.json", "scheduler", "tokenizer"):
        source, target = POCKET_FOLDER / name, folder / name
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    changes = {"transformer": transformer, "text_encoder": text_encoder, "vae": vae or {}}
    for part in PARTS:
        (folder / part).mkdir()
        config = json.loads((POCKET_FOLDER / part / "config.json").read_text()) | changes[part]
        if part == "text_encoder":
            config.pop("layer_types", None)
        (folder / part / "config.json").write_text(json.dumps(config))
        _write_weights(part, folder / part, shard_bytes, dtype)
    return folder


def _write_weights(part: str, folder: Path, shard_bytes: int, dtype: torch.dtype) -> None:
    shapes = {k: tuple(v.shape) for k, v in build_empty(part, folder).state_dict().items()}
    generator = torch.Generator().manual_seed(len(shapes))
    shards: list[dict[str, tuple[int, ...]]] = [{}]
    held = 0
    for name, shape in shapes.items():
        size = torch.Size(shape).numel() * dtype.itemsize
        if held + size > shard_bytes and shards[-1]:
            shards.append({})
            held = 0
        shards[-1][name] = shape
        held += size
    stem = "model" if part == "text_encoder" else "diffusion_pytorch_model"
    index = {}
    for number, shard in enumerate(shards, start=1):
        name = f"{stem}-{number:05d}-of-{len(shards):05d}.safetensors"
        tensors = {
            key: (torch.rand(shape, generator=generator) * 0.04 - 0.02).to(dtype)
            for key, shape in shard.items()
        }
        save_file(tensors, folder / name, metadata={"format": "pt"})
        index |= dict.fromkeys(shard, name)
    text = json.dumps({"metadata": {}, "weight_map": index})
    (folder / f"{stem}.safetensors.index.json").write_text(text)
