"""Putting a pipeline's parts where the residency says, while loading and later on.

Comes in: a residency and a device. Goes out: places for tensors, and a pipeline that moves what
has to move by itself. It does not decide (residency) and knows nothing of files (loader).
"""

import functools
import math
from collections.abc import Callable
from typing import Any

import torch
from diffusers import ZImageTransformer2DModel
from diffusers.hooks import apply_group_offloading
from diffusers.hooks.group_offloading import (
    _GROUP_OFFLOADING,
    _LAYER_EXECUTION_TRACKER,
    _LAZY_PREFETCH_GROUP_OFFLOADING,
)
from diffusers.hooks.layerwise_casting import DEFAULT_SKIP_MODULES_PATTERN

from zit_engine.engine.residency import Residency

FP8 = torch.float8_e4m3fn
# The default tile leaves a 1024² picture untiled.
TILE_PIXELS = 512
# Pinned blocks come in powers of two; tensors of up to 50 MB share one with little waste.
ARENA_BYTES = 256 * 2**20
_ALIGN = 64  # bytes; every number type starts on such a boundary

Place = Callable[[str, tuple[int, ...]], torch.Tensor]


def place_for(part: str, residency: Residency, device: str, dtype: torch.dtype) -> Place:
    """Where the tensors of `part` are made while it is loaded."""
    rests = residency in (Residency.ENCODER_RESTS, Residency.FP8) and part == "text_encoder"
    if rests or residency is Residency.OFFLOAD:
        return PinnedArenas(dtype, pinned=device == "cuda" and rests)
    if residency is Residency.FP8 and part == "transformer":
        return lambda name, shape: torch.empty(shape, dtype=_fp8_or(dtype, name), device=device)
    return lambda name, shape: torch.empty(shape, dtype=dtype, device=device)


class PinnedArenas:
    """Host tensors carved from large blocks, page-locked where asked, so that a card fetches them
    at full speed and rounding each of 400 tensors up to a power of two wastes nothing."""

    def __init__(self, dtype: torch.dtype, pinned: bool):
        self._dtype, self._pinned = dtype, pinned
        self._arena = self._new(0)
        self._used = 0

    def __call__(self, name: str, shape: tuple[int, ...]) -> torch.Tensor:
        length = math.prod(shape) * self._dtype.itemsize
        if length > ARENA_BYTES // 4:
            return self._new(length).view(self._dtype).view(shape)
        if self._used + length > self._arena.numel():
            self._arena, self._used = self._new(ARENA_BYTES), 0
        piece = self._arena[self._used : self._used + length]
        self._used += -(-length // _ALIGN) * _ALIGN
        return piece.view(self._dtype).view(shape)

    def _new(self, length: int) -> torch.Tensor:
        return torch.empty(length, dtype=torch.uint8, pin_memory=self._pinned and length > 0)


def arrange(pipeline: Any, residency: Residency, device: str) -> None:
    """Finish a pipeline whose tensors were made by `place_for`, or step it down in mid-life.

    Stepping down goes forward only; a step keeps what earlier ones did where it still helps.
    """
    if residency is not Residency.FULL:
        tile(pipeline)
    if residency is Residency.ENCODER_RESTS:
        rest_encoder(pipeline, device)
    elif residency is Residency.OFFLOAD:
        offload(pipeline, device)
    elif residency is Residency.FP8:
        if getattr(pipeline.text_encoder, "_hf_hook", None) is not None:  # coming from OFFLOAD
            pipeline.remove_all_hooks()
            pipeline.transformer.to(device)
            pipeline.vae.to(device)
        store_in_fp8(pipeline.transformer)
        rest_encoder(pipeline, device)


def tile(pipeline: Any) -> None:
    """Decode in tiles of 512 px: 2.2 GB less at 1024² for 0.1 s more (measured on an H100)."""
    pipeline.vae.enable_tiling()
    pipeline.vae.tile_latent_min_size = TILE_PIXELS // pipeline.vae_scale_factor
    pipeline.vae.tile_sample_min_size = TILE_PIXELS


def decode_whole(pipeline: Any) -> None:
    """Decode without tiles again."""
    pipeline.vae.disable_tiling()


def rest_encoder(pipeline: Any, device: str) -> None:
    """The text encoder waits in host memory; its layers visit the device one by one."""
    if hasattr(pipeline.text_encoder, "_diffusers_hook"):
        return
    apply_group_offloading(
        pipeline.text_encoder,
        onload_device=device,
        offload_device="cpu",
        offload_type="block_level",
        num_blocks_per_group=1,
        use_stream=device == "cuda",  # the next layer comes while this one computes
    )


def offload(pipeline: Any, device: str) -> None:
    """One part at a time visits the device."""
    if (registry := getattr(pipeline.text_encoder, "_diffusers_hook", None)) is not None:
        for hook in (_GROUP_OFFLOADING, _LAYER_EXECUTION_TRACKER, _LAZY_PREFETCH_GROUP_OFFLOADING):
            registry.remove_hook(hook, recurse=True)
        del pipeline.text_encoder._diffusers_hook
    # diffusers switches it off and on around adapters and would then guess the device.
    pipeline.enable_model_cpu_offload = functools.partial(
        type(pipeline).enable_model_cpu_offload, pipeline, device=device
    )
    pipeline.enable_model_cpu_offload()


def store_in_fp8(transformer: Any) -> None:
    """Keep linear weights in 8 bits and compute in the type the rest has."""
    transformer.enable_layerwise_casting(
        storage_dtype=FP8,
        compute_dtype=transformer.x_pad_token.dtype,
        # Eight bits would spoil an adapter's small numbers and save next to nothing.
        skip_modules_pattern=(*DEFAULT_SKIP_MODULES_PATTERN, "lora_"),
    )


def _fp8_or(dtype: torch.dtype, name: str) -> torch.dtype:
    """The type `store_in_fp8` will give the parameter, so that loading never holds both."""
    skipped = (
        *DEFAULT_SKIP_MODULES_PATTERN,
        *ZImageTransformer2DModel._skip_layerwise_casting_patterns,
    )
    module, _, leaf = name.rpartition(".")
    is_linear = leaf in ("weight", "bias") and not any(word in module for word in skipped)
    return FP8 if is_linear else dtype
