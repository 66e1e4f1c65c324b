"""A checkpoint folder: what it is, whether it is whole, and loading it.

Comes in: a diffusers folder. Goes out: a ready ZImagePipeline. Reads safetensors only and runs no
code from the folder. It does not decide which folder (placement) nor fetch it (hub).
"""

import json
from pathlib import Path
from typing import Any

from zit_engine.engine.memory import is_out_of_memory
from zit_engine.errors import ModelMissing, OutOfMemory

FULL_DIM = 3840  # width of Z-Image Turbo's transformer; the pocket model has 384
# 64 latents are 512 px. The default tile of 128 latents leaves a 1024² picture untiled.
TILE_LATENTS, TILE_PIXELS = 64, 512
_WEIGHTED = ("transformer", "text_encoder", "vae")


def read_base(folder: Path) -> str:
    """ "z-image-turbo" or "pocket", told by the transformer's width. Raises ModelMissing."""
    config = folder / "transformer" / "config.json"
    try:
        dim = json.loads(config.read_text(encoding="utf-8"))["dim"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelMissing(model=str(folder), detail=f"{config.name}: {error}") from error
    return "z-image-turbo" if dim == FULL_DIM else "pocket"


def is_complete(folder: Path) -> bool:
    """True when every part is there by name. Damaged contents show only on loading."""
    named = [folder / "model_index.json", folder / "scheduler" / "scheduler_config.json"]
    if not all(path.is_file() for path in named) or not (folder / "tokenizer").is_dir():
        return False
    return all(_has_weights(folder / part) for part in _WEIGHTED)


def _has_weights(part: Path) -> bool:
    if not (part / "config.json").is_file():
        return False
    for index in part.glob("*.safetensors.index.json"):
        shards = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
        return all((part / shard).is_file() for shard in shards)
    return any(part.glob("*.safetensors"))


def load_pipeline(folder: Path, device: str, dtype: str, tile_vae: bool, emulated: bool) -> Any:
    """The stock ZImagePipeline of `folder` on `device` in `dtype`.

    emulated: the card is not there yet (ZeroGPU at start), where `.to("cuda")` is the documented
    way. Raises ModelMissing naming the folder, OutOfMemory.
    """
    import torch
    from diffusers import ZImagePipeline

    # device_map moves tensor by tensor; loading first and moving then would hold 20 GB in RAM.
    direct = {"device_map": "cuda"} if device == "cuda" and not emulated else {}
    try:
        pipeline = ZImagePipeline.from_pretrained(
            str(folder),
            dtype=getattr(torch, dtype),
            use_safetensors=True,
            local_files_only=True,
            **direct,
        )
        if not direct:
            pipeline.to(device)
    except Exception as error:  # the loaders of three libraries raise a dozen types
        if is_out_of_memory(error):
            raise OutOfMemory(detail=str(error)) from error
        raise ModelMissing(model=str(folder), detail=repr(error)) from error
    pipeline.set_progress_bar_config(disable=True)
    if tile_vae:
        pipeline.vae.enable_tiling()
        pipeline.vae.tile_latent_min_size = TILE_LATENTS
        pipeline.vae.tile_sample_min_size = TILE_PIXELS
    return pipeline
