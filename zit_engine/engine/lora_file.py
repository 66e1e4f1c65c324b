"""Adapter files, distrusted. Comes in: a path. Goes out: LoRA matrices that fit the transformer.

The format is decided by parsing, never by the name alone, and nothing is unpickled. diffusers
accepts files that touch no layer, and safetensors opens duplicate keys and NaN weights, so both
are checked here before either sees the file.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from diffusers import ZImagePipeline
from safetensors import SafetensorError
from safetensors.torch import load_file

from zit_engine.engine.weights import read_header
from zit_engine.errors import CheckpointRefused

# In this order a network module's matrices meet: x -> A (rank, in) -> B (out, rank).
_DOWN, _UP = ".lora_A.weight", ".lora_B.weight"

LayerShapes = Mapping[str, tuple[int, int]]


class UnreadableLora(Exception):
    """Not a whole, plain safetensors file."""


class UnfitLora(Exception):
    """A readable file that does not belong on this transformer."""


def linear_shapes(transformer: Any) -> dict[str, tuple[int, int]]:
    """(out, in) features of each linear layer, by module path. Take it before any adapter."""
    return {
        name: (module.out_features, module.in_features)
        for name, module in transformer.named_modules()
        if isinstance(module, torch.nn.Linear)
    }


def check_lora(path: Path, layers: LayerShapes) -> int:
    """How many layers the adapter in `path` touches, at least 1.

    Raises UnreadableLora and UnfitLora, each with the reason for the log.
    """
    tensors = _read(path)
    if any("dora_scale" in key or ".lokr_" in key for key in tensors):
        raise UnfitLora("DoRA and LoKr adapters are not supported")
    for key, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise UnfitLora(f"{key} holds NaN or infinite numbers")
    try:
        # diffusers knows the namings of other trainers; the dict form reads no file.
        named = ZImagePipeline.lora_state_dict(dict(tensors))
    except (KeyError, ValueError, IndexError) as error:
        raise UnfitLora(f"not a LoRA of this model: {error}") from error
    return _count_layers(named, layers)


def _count_layers(named: Mapping[str, torch.Tensor], layers: LayerShapes) -> int:
    touched = 0
    for key, down in named.items():
        layer = key.removeprefix("transformer.").removesuffix(_DOWN).removesuffix(_UP)
        if layer not in layers or not key.endswith((_DOWN, _UP)):
            raise UnfitLora(f"{key} belongs to no layer of this model")
        if key.endswith(_UP):
            if key.removesuffix(_UP) + _DOWN not in named:
                raise UnfitLora(f"{key} has no lora_A")
            continue
        up = named.get(key.removesuffix(_DOWN) + _UP)
        if up is None or up.ndim != 2 or down.ndim != 2 or up.shape[1] != down.shape[0]:
            raise UnfitLora(f"{key} has no fitting lora_B")
        if (up.shape[0], down.shape[1]) != layers[layer]:
            raise UnfitLora(f"{layer} is {layers[layer]}, not {(up.shape[0], down.shape[1])}")
        touched += 1
    if not touched:
        raise UnfitLora("touches no layer of this model")
    return touched


def _read(path: Path) -> dict[str, torch.Tensor]:
    if path.suffix != ".safetensors":
        raise UnreadableLora("not named .safetensors")
    try:
        read_header(path)
        return load_file(path)
    except (OSError, SafetensorError, CheckpointRefused) as error:
        raise UnreadableLora(str(error)) from error
