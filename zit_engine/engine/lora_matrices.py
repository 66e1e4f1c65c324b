"""The matrices of a LoRA file, layer by layer. Comes in: checked tensors and where they belong.
Goes out: pairs that fit the transformer, alpha applied, all of one rank. It reads no file.
"""

import math
from collections.abc import Mapping
from typing import Any

import torch

from zit_engine.engine.lora_names import ALPHA, DOWN, UP, Place, split

LayerShapes = Mapping[str, tuple[int, int]]
# (down, up) of one layer; (layer, the file's own name of it).
Pair = tuple[torch.Tensor, torch.Tensor]
Key = tuple[str, str]
# How far two statements of one layer may lie apart, as a share of it: rounding to bf16 moves each
# of the two matrices by up to 0.4 %.
MOST_APART = 0.02
# Widths of the models whose layers are named alike, as their configurations say ("dim").
_WIDTHS = {3840: "Z-Image (6B)", 2304: "Lumina Image 2", 384: "Pocket Z-Image"}


class UnfitLora(Exception):
    """A readable file that does not belong on this transformer. `message_id` and `values` make the
    sentence for people; the text is for the log."""

    def __init__(self, detail: str, message_id: str = "", **values: object):
        super().__init__(detail)
        self.message_id = message_id or "error.style_file_unfit"
        self.values = values


def grouped_by_layer(
    tensors: Mapping[str, torch.Tensor], found: Mapping[str, Place]
) -> dict[Key, dict[str, torch.Tensor]]:
    """{(layer, the file's name of it): {part: tensor}}, fused layers taken apart. Raises
    UnfitLora."""
    grouped: dict[Key, dict[str, torch.Tensor]] = {}
    for name, tensor in tensors.items():
        place = found[name]
        layers = split(place.layer) if place.is_fused else (place.layer,)
        pieces = [tensor] * len(layers)
        if place.is_fused and place.part == UP:
            if tensor.ndim != 2 or tensor.shape[0] % len(layers):
                raise UnfitLora(f"{name} cannot be taken apart: {tuple(tensor.shape)}")
            pieces = list(tensor.chunk(len(layers)))
        for layer, piece in zip(layers, pieces, strict=True):
            parts = grouped.setdefault((layer, place.stem), {})
            if place.part in parts:
                raise UnfitLora(f"{name} is there twice under two names")
            parts[place.part] = piece
    return grouped


def fitting_pairs(
    grouped: Mapping[Key, Mapping[str, torch.Tensor]], layers: LayerShapes
) -> dict[str, Pair]:
    """(down, up) of each layer, of the layer's shape, alpha / rank put into up.

    Some published files hold a layer twice, fused and split, so that either kind of program finds
    its own names. Equal ones count once; two that differ would leave the style to chance.
    """
    pairs: dict[str, Pair] = {}
    for (layer, stem), parts in grouped.items():
        pair = _fitting_pair(layer, parts, layers[layer])
        known = pairs.setdefault(layer, pair)
        if known is not pair and _apart(known, pair) > MOST_APART:
            detail = f"{layer} is there twice and differs, the second time as {stem}"
            raise UnfitLora(detail, "error.style_file_twice", layer=layer)
        if pair[0].shape[0] < known[0].shape[0]:
            pairs[layer] = pair
    return pairs


def _fitting_pair(layer: str, parts: Mapping[str, torch.Tensor], expected: tuple[int, int]) -> Pair:
    down, up = parts.get(DOWN), parts.get(UP)
    if down is None or up is None:
        raise UnfitLora(f"{layer} has no fitting {'lora_B' if up is None else 'lora_A'}")
    # Kohya writes the matrices of linear layers as 1 x 1 convolutions in some files.
    down, up = (_flat(layer, matrix) for matrix in (down, up))
    if up.shape[1] != down.shape[0] or not down.shape[0]:
        told = f"ranks {down.shape[0]} and {up.shape[1]}"
        raise UnfitLora(f"{layer} has no fitting lora_B: {told}")
    if (up.shape[0], down.shape[1]) != expected:
        shape = (up.shape[0], down.shape[1])
        detail, guess = f"{layer} is {expected}, not {shape}", guessed_model(shape)
        raise UnfitLora(detail, "error.style_file_shape", guess=guess)
    return down.contiguous(), _scaled(layer, up, parts.get(ALPHA), down.shape[0])


def guessed_model(shape: tuple[int, int]) -> str:
    """The model a layer of that (out, in) belongs to by its width, "?" for an unknown one."""
    return next((_WIDTHS[side] for side in shape if side in _WIDTHS), "?")


def _apart(one: Pair, other: Pair) -> float:
    """|up·down - up'·down'| / |up·down| (Frobenius), 0.0 when both are nothing."""
    difference = (
        torch.cat([one[0].double(), other[0].double()]),
        torch.cat([one[1].double(), -other[1].double()], dim=1),
    )
    size = _product_size(one)
    return _product_size(difference) / size if size else float(_product_size(other) > 0)


def _product_size(pair: Pair) -> float:
    """|up·down| (Frobenius), by way of the two small Gram matrices."""
    down, up = (matrix.double() for matrix in pair)
    return math.sqrt(max(float(((down @ down.T) * (up.T @ up)).sum()), 0.0))


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


def median_gain(pairs: Mapping[str, Pair]) -> float:
    """Median over layers of |up·down| / sqrt(out) (Frobenius): the size of what is added to an
    output for an input of independent numbers of size 1."""
    gains = [_product_size(pair) / math.sqrt(pair[1].shape[0]) for pair in pairs.values()]
    return float(torch.tensor(gains).median())


def add_trained_alphas(
    grouped: dict[Key, dict[str, torch.Tensor]], trained: Mapping[str, Any]
) -> None:
    """Alphas of the trainer's settings for the layers without one among the tensors."""
    patterns = trained.get("alpha_pattern") or {}
    for (layer, _), parts in grouped.items():
        special = (patterns[key] for key in patterns if layer.endswith(key))
        alpha = next(special, trained.get("lora_alpha"))
        if ALPHA in parts or DOWN not in parts or not isinstance(alpha, int | float):
            continue
        # Rank-stabilised LoRA divides by the root of the rank instead of the rank.
        root = math.sqrt(parts[DOWN].shape[0]) if trained.get("use_rslora") else 1.0
        parts[ALPHA] = torch.tensor(float(alpha) * root)


def named_for_diffusers(pairs: Mapping[str, Pair], rank: int) -> dict[str, torch.Tensor]:
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
