"""Adapter files, distrusted. Comes in: a path. Goes out: a report, and matrices that fit.

The format is decided by parsing, never by the name alone, and nothing is unpickled. diffusers
accepts files that touch no layer and drops what it does not know, and safetensors opens duplicate
keys and NaN weights, so all of it is checked here before either sees the file.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file

from zit_engine.engine.lora_matrices import (
    LayerShapes,
    UnfitLora,
    add_trained_alphas,
    fitting_pairs,
    grouped_by_layer,
    median_gain,
    named_for_diffusers,
)
from zit_engine.engine.lora_names import (
    ALPHA,
    Place,
    family,
    naming,
    other_kind,
    places,
    text_encoder_names,
)
from zit_engine.engine.weights import read_header
from zit_engine.errors import CheckpointRefused

__all__ = ["LoraReport", "UnfitLora", "UnreadableLora", "check_lora", "inspect_lora"]

# A file must fit whole: one with a part missing would be a weaker style nobody chose.
LEAST_MATCHED = 1.0
# How far the median layer may move its output for an input of size 1. The shipped adapters: 0.13 to
# 0.27, their largest single layer 0.54; each times ten: 1.3 to 2.7. The layers of the embedded
# model themselves: 0.6 to 2.9.
MOST_GAIN = 1.0


class UnreadableLora(Exception):
    """Not a whole, plain safetensors file."""

    message_id = "error.style_file_unreadable"
    values: Mapping[str, object] = {}


@dataclass(frozen=True, slots=True)
class LoraReport:
    """What a good file holds. `naming`: diffusers, original, kohya or plain. `gain`: how far the
    median layer moves its output for an input of size 1. `sha256` of the whole file."""

    naming: str
    matched_layers: int
    model_layers: int
    tensors: int
    ranks: tuple[int, int]
    alphas: tuple[float, float] | None
    dtypes: tuple[str, ...]
    size_bytes: int
    gain: float
    sha256: str


def linear_shapes(transformer: Any) -> dict[str, tuple[int, int]]:
    """(out, in) features of each linear layer, by module path. Take it before any adapter."""
    return {
        name: (module.out_features, module.in_features)
        for name, module in transformer.named_modules()
        if isinstance(module, torch.nn.Linear)
    }


def check_lora(path: Path, layers: LayerShapes) -> int:
    """How many layers the adapter in `path` touches, at least 1. Raises as `inspect_lora`."""
    return inspect_lora(path, layers)[0].matched_layers


def inspect_lora(path: Path, layers: LayerShapes) -> tuple[LoraReport, dict[str, torch.Tensor]]:
    """What `path` holds, and its matrices named as diffusers names them, alpha already applied.

    Raises UnreadableLora and UnfitLora, each with the reason.
    """
    header = _header(path)
    names = list(header)
    if kind := other_kind(names):
        raise UnfitLora(f"{kind} is not supported", "error.style_file_kind", kind=kind)
    found = _fitting(names, layers)
    tensors = _read(path)
    for name, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            detail = f"{name} holds NaN or infinite numbers"
            raise UnfitLora(detail, "error.style_file_numbers")
    grouped = grouped_by_layer(tensors, found)
    add_trained_alphas(grouped, _trained(path))
    pairs = fitting_pairs(grouped, layers)
    gain = median_gain(pairs)
    if gain > MOST_GAIN:
        detail = f"far too strong: gain {gain:.2f}, at most {MOST_GAIN}"
        raise UnfitLora(detail, "error.style_file_strong", gain=f"{gain:.1f}", limit=MOST_GAIN)
    alphas = [float(parts[ALPHA]) for parts in grouped.values() if ALPHA in parts]
    ranks = [down.shape[0] for down, _ in pairs.values()]
    report = LoraReport(
        naming(names),
        len(pairs),
        len(layers),
        len(names),
        (min(ranks), max(ranks)),
        (min(alphas), max(alphas)) if alphas else None,
        tuple(sorted({entry.dtype for entry in header.values()})),
        path.stat().st_size,
        round(gain, 3),
        sha256_of(path),
    )
    return report, named_for_diffusers(pairs, max(ranks))


def _trained(path: Path) -> dict[str, Any]:
    """The trainer's settings diffusers writes beside the tensors, {} without any.

    Raises UnfitLora for DoRA, whose scales diffusers drops.
    """
    with safe_open(path, "pt") as file:
        text = (file.metadata() or {}).get("lora_adapter_metadata", "{}")
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    settings = {
        key.removeprefix("transformer."): value
        for key, value in (told.items() if isinstance(told, dict) else ())
    }
    if settings.get("use_dora"):
        raise UnfitLora("DoRA is not supported", "error.style_file_kind", kind="DoRA")
    return settings


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _header(path: Path) -> dict[str, Any]:
    if path.suffix != ".safetensors":
        raise UnreadableLora("not named .safetensors")
    try:
        return dict(read_header(path))
    except (OSError, CheckpointRefused) as error:
        raise UnreadableLora(str(error)) from error


def _read(path: Path) -> dict[str, torch.Tensor]:
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise UnreadableLora(str(error)) from error


def _fitting(names: list[str], layers: LayerShapes) -> dict[str, Place]:
    """The place of every tensor. Raises UnfitLora when one has none."""
    found = places(names, layers)
    placed = {name: place for name, place in found.items() if place is not None}
    strangers = [name for name, place in found.items() if place is None]
    share = len(placed) / len(names)
    if share >= LEAST_MATCHED:
        return placed
    first = f"{strangers[0]} belongs to no layer of this model"
    counts = {"matched": len(placed), "tensors": len(names)}
    if text_encoder_names(strangers):
        raise UnfitLora(f"{first}: it is of a text encoder", "error.style_file_text")
    if not placed and (other := family(strangers)):
        raise UnfitLora(f"{first}: it is of {other}", "error.style_file_family", family=other)
    if not placed:
        raise UnfitLora(first, "error.style_file_nothing")
    detail = f"{first}; {len(placed)} of {len(names)} match"
    raise UnfitLora(detail, "error.style_file_part", **counts)
