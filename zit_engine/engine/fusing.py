"""Weights of several linear layers in one piece, without a second copy.

Comes in: the stock transformer. Goes out: one tensor for each group of layers that read the same
input; the layers' own weights become views of it, so that saving, adapters and the stock forward
go on as before. It multiplies nothing.
"""

from collections.abc import Sequence
from typing import Any

import torch

from zit_engine.engine.block import Styled, Weights

# Group -> the layers of a block it is made of, in the order of their outputs.
GROUPS = {
    "qkv": ("attention.to_q", "attention.to_k", "attention.to_v"),
    "out": ("attention.to_out.0",),
    "w13": ("feed_forward.w1", "feed_forward.w3"),
    "w2": ("feed_forward.w2",),
}
STACKS = ("noise_refiner", "context_refiner", "layers")


def base_layer(transformer: Any, path: str) -> Any:
    """The linear layer itself, also where an adapter is wrapped around it."""
    module = transformer.get_submodule(path)
    return getattr(module, "base_layer", module)


def block_paths(transformer: Any) -> list[str]:
    return [f"{stack}.{n}" for stack in STACKS for n in range(len(getattr(transformer, stack)))]


def fused(transformer: Any, paths: Sequence[str]) -> torch.Tensor:
    """(sum of outputs, inputs): the weights of the layers at `paths`, now living in it."""
    layers = [base_layer(transformer, path) for path in paths]
    if len(layers) == 1:
        weight: torch.Tensor = layers[0].weight.data
        return weight
    together = torch.cat([layer.weight.data for layer in layers])
    pieces = together.split([layer.out_features for layer in layers])
    for layer, piece in zip(layers, pieces, strict=True):
        layer.weight.data = piece
    return together


def merged(weights: Weights, styled: Styled) -> Weights:
    """New weights with the style in them; `weights` stay as they are."""
    made = {}
    for group in GROUPS:
        weight, low = getattr(weights, group), getattr(styled, group)
        parts, rank, wide = low.down.shape
        whole = weight.view(parts, -1, wide)
        up = low.up.view(parts, -1, rank)
        made[group] = torch.baddbmm(whole, up, low.down).view_as(weight)
    return weights._replace(**made)


def block_weights(transformer: Any, path: str) -> Weights:
    """Of the block at `path`."""
    attention = transformer.get_submodule(f"{path}.attention")
    norms = torch.stack([attention.norm_q.weight.data, attention.norm_k.weight.data])[:, None]
    groups = {
        group: fused(transformer, [f"{path}.{name}" for name in names])
        for group, names in GROUPS.items()
    }
    return Weights(**groups, qk_norm=norms)
