"""The matrices of a LoRA file, layer by layer. Comes in: checked tensors and where they belong.
Goes out: pairs that fit the transformer, alpha applied, all of one rank. It reads no file.
"""

import math
from collections.abc import Mapping
from typing import Any

import torch

from zit_engine.engine.lora_names import ALPHA, DOWN, UP, Place, split

LayerShapes = Mapping[str, tuple[int, int]]


class UnfitLora(Exception):
    """A readable file that does not belong on this transformer. `message_id` and `values` make the
    sentence for people; the text is for the log."""

    def __init__(self, detail: str, message_id: str = "", **values: object):
        super().__init__(detail)
        self.message_id = message_id or "error.style_file_unfit"
        self.values = values


def grouped_by_layer(
    tensors: Mapping[str, torch.Tensor], found: Mapping[str, Place]
) -> dict[str, dict[str, torch.Tensor]]:
    """{layer: {part: tensor}}, fused layers taken apart. Raises UnfitLora."""
    grouped: dict[str, dict[str, torch.Tensor]] = {}
    for name, tensor in tensors.items():
        place = found[name]
        layers = split(place.layer) if place.is_fused else (place.layer,)
        pieces = [tensor] * len(layers)
        if place.is_fused and place.part == UP:
            if tensor.ndim != 2 or tensor.shape[0] % len(layers):
                raise UnfitLora(f"{name} cannot be taken apart: {tuple(tensor.shape)}")
            pieces = list(tensor.chunk(len(layers)))
        for layer, piece in zip(layers, pieces, strict=True):
            if place.part in grouped.setdefault(layer, {}):
                raise UnfitLora(f"{name} is there twice under two names")
            grouped[layer][place.part] = piece
    return grouped


def fitting_pairs(
    grouped: Mapping[str, Mapping[str, torch.Tensor]], layers: LayerShapes
) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """(down, up) of each layer, of the layer's shape, alpha / rank put into up."""
    pairs = {}
    for layer, parts in grouped.items():
        down, up = parts.get(DOWN), parts.get(UP)
        if down is None or up is None:
            raise UnfitLora(f"{layer} has no fitting {'lora_B' if up is None else 'lora_A'}")
        # Kohya writes the matrices of linear layers as 1 x 1 convolutions in some files.
        down, up = (_flat(layer, matrix) for matrix in (down, up))
        if up.shape[1] != down.shape[0] or not down.shape[0]:
            told = f"ranks {down.shape[0]} and {up.shape[1]}"
            raise UnfitLora(f"{layer} has no fitting lora_B: {told}")
        if (up.shape[0], down.shape[1]) != layers[layer]:
            shape = (up.shape[0], down.shape[1])
            raise UnfitLora(f"{layer} is {layers[layer]}, not {shape}", "error.style_file_shape")
        pairs[layer] = (down.contiguous(), _scaled(layer, up, parts.get(ALPHA), down.shape[0]))
    return pairs


def _flat(layer: str, matrix: torch.Tensor) -> torch.Tensor:
    if matrix.ndim == 4 and matrix.shape[2:] == (1, 1):
        matrix = matrix[:, :, 0, 0]
    if matrix.ndim != 2:
        raise UnfitLora(f"{layer} holds a tensor of shape {tuple(matrix.shape)}")
    return matrix


def _scaled(layer: str, up: torch.Tensor, alpha: torch.Tensor | None, rank: int) -> torch.Tensor:
    """`up` times alpha / rank, as the file's trainer applied it; without alpha as it is."""
    if alpha is None:
        return up.contiguous()
    if alpha.numel() != 1 or not float(alpha) > 0:
        raise UnfitLora(f"{layer} has an alpha of {alpha.tolist()}", "error.style_file_numbers")
    scale = float(alpha) / rank
    # In 32 bits: a scale that is no power of two would round 16-bit numbers.
    return up.contiguous() if scale == 1.0 else (up.float() * scale).contiguous()


def median_gain(pairs: Mapping[str, tuple[torch.Tensor, torch.Tensor]]) -> float:
    """Median over layers of |up·down| / sqrt(out) (Frobenius): the size of what is added to an
    output for an input of independent numbers of size 1. By way of the two small Gram matrices."""
    gains = []
    for down, up in pairs.values():
        down, up = down.double(), up.double()
        square = float(((down @ down.T) * (up.T @ up)).sum())
        gains.append(math.sqrt(max(square, 0.0) / up.shape[0]))
    return float(torch.tensor(gains).median())


def add_trained_alphas(
    grouped: dict[str, dict[str, torch.Tensor]], trained: Mapping[str, Any]
) -> None:
    """Alphas of the trainer's settings for the layers without one among the tensors."""
    patterns = trained.get("alpha_pattern") or {}
    for layer, parts in grouped.items():
        special = (patterns[key] for key in patterns if layer.endswith(key))
        alpha = next(special, trained.get("lora_alpha"))
        if ALPHA in parts or DOWN not in parts or not isinstance(alpha, int | float):
            continue
        # Rank-stabilised LoRA divides by the root of the rank instead of the rank.
        root = math.sqrt(parts[DOWN].shape[0]) if trained.get("use_rslora") else 1.0
        parts[ALPHA] = torch.tensor(float(alpha) * root)


def named_for_diffusers(
    pairs: Mapping[str, tuple[torch.Tensor, torch.Tensor]], rank: int
) -> dict[str, torch.Tensor]:
    """The matrices by diffusers' names, all of one rank: diffusers gives every layer the alpha of
    the commonest rank, so layers of another rank would come out too strong or too weak. Rows and
    columns of zeros change no product."""
    named = {}
    for layer, (down, up) in pairs.items():
        more = rank - down.shape[0]
        padded_up = torch.nn.functional.pad(up, (0, more)) if more else up
        padded_down = torch.nn.functional.pad(down, (0, 0, 0, more)) if more else down
        named[f"transformer.{layer}.lora_A.weight"] = padded_down
        named[f"transformer.{layer}.lora_B.weight"] = padded_up
    return named
