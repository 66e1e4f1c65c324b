"""The names trainers give the tensors of a LoRA file, read as layers of our transformer.

Comes in: tensor names and the transformer's own layer names. Goes out: which tensor is which part
of which layer. It reads no file and no number.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# In this order a layer's two matrices meet: x -> down (rank, in) -> up (out, rank).
DOWN, UP, ALPHA = "down", "up", "alpha"
_ENDINGS = {
    ".lora_A.weight": DOWN,
    ".lora_A.default.weight": DOWN,
    ".lora_down.weight": DOWN,
    ".lora.down.weight": DOWN,
    ".lora_B.weight": UP,
    ".lora_B.default.weight": UP,
    ".lora_up.weight": UP,
    ".lora.up.weight": UP,
    ".alpha": ALPHA,
}
# Longest first; "" last: a file without a prefix.
_PREFIXES = {
    "base_model.model.transformer.": "diffusers",
    "base_model.model.": "diffusers",
    "transformer.": "diffusers",
    "model.diffusion_model.": "original",
    "diffusion_model.": "original",
    "lora_unet_": "kohya",
    "lora_transformer_": "kohya",
    "": "plain",
}
# The single-file layout keeps query, key and value in one matrix and calls the output otherwise.
FUSED = "qkv"
_PARTS = ("to_q", "to_k", "to_v")
# Other ways to adapt a layer than two matrices, by a piece of their names.
_OTHER_KINDS = {
    "DoRA": r"dora_scale|lora_magnitude_vector",
    "LoKr": r"\.lokr_",
    "LoHa": r"\.hada_",
    "OFT": r"\.oft_|oft_blocks",
    "GLoRA": r"\.(a1|a2|b1|b2)\.weight$",
    "IA3": r"\.on_input$|\.ia3_",
    "whole differences": r"\.diff(_b)?$",
}
_BLOCK = re.compile(r"^(layers|noise_refiner|context_refiner)_(\d+)_attention_")
_TEXT_ENCODER = re.compile(r"^(lora_te\d?_|text_encoder|text_model\.|lora_te_)")
# Whose files people put here most often; names as their trainers store them.
_FAMILIES = {
    "Flux": r"single_transformer_blocks|double_blocks|single_blocks|joint_transformer_blocks",
    "Stable Diffusion (SDXL)": r"(input|output|down|up|middle|mid)_blocks?[._]|time_embed",
    "Qwen-Image": r"transformer_blocks[._]\d+[._](attn|img_m|txt_m)",
    "Stable Diffusion 3": r"joint_blocks",
    "Wan": r"blocks[._]\d+[._](cross_attn|self_attn)",
}


@dataclass(frozen=True, slots=True)
class Place:
    """`part` of `layer`; with `is_fused` the tensor is of query, key and value at once. `stem` is
    the file's own name of the layer: one layer may be there under two."""

    layer: str
    part: str
    stem: str
    is_fused: bool = False


def other_kind(names: Iterable[str]) -> str:
    """The kind of adapter that is no plain LoRA, "" when there is none."""
    for name in names:
        for kind, pattern in _OTHER_KINDS.items():
            if re.search(pattern, name):
                return kind
    return ""


def text_encoder_names(names: Iterable[str]) -> list[str]:
    return [name for name in names if _TEXT_ENCODER.match(name)]


def family(names: Iterable[str]) -> str:
    """The other model these names are of, "" when none is recognised."""
    table = list(names)
    for found, pattern in _FAMILIES.items():
        if any(re.search(pattern, name) for name in table):
            return found
    return ""


def naming(names: Iterable[str]) -> str:
    """ "diffusers", "original", "kohya" or "plain", by the first name's prefix."""
    first = next(iter(names), "")
    return next(kind for prefix, kind in _PREFIXES.items() if first.startswith(prefix))


def places(names: Iterable[str], layers: Mapping[str, tuple[int, int]]) -> dict[str, Place | None]:
    """Where each tensor belongs; None for one that belongs nowhere."""
    underscored = {layer.replace(".", "_"): layer for layer in layers}
    return {name: _place(name, layers, underscored) for name in names}


def _place(
    name: str, layers: Mapping[str, tuple[int, int]], underscored: Mapping[str, str]
) -> Place | None:
    ending = next((ending for ending in _ENDINGS if name.endswith(ending)), None)
    if ending is None:
        return None
    prefix = next(prefix for prefix in _PREFIXES if name.startswith(prefix))
    stem = name.removeprefix(prefix).removesuffix(ending)
    # Matched against the names that exist: an underscore may stand for a dot or for itself.
    layer = stem if stem in layers else underscored.get(stem, "")
    if layer:
        return Place(layer, _ENDINGS[ending], stem)
    dotted = _BLOCK.sub(r"\1.\2.attention.", stem)
    if dotted.endswith("attention.out") and f"{dotted[:-3]}to_out.0" in layers:
        return Place(f"{dotted[:-3]}to_out.0", _ENDINGS[ending], stem)
    if dotted.endswith("attention.qkv") and all(p in layers for p in split(dotted)):
        return Place(dotted, _ENDINGS[ending], stem, is_fused=True)
    return None


def split(fused_layer: str) -> tuple[str, ...]:
    """The layers one fused layer stands for: query, key, value."""
    stem = fused_layer.removesuffix(FUSED)
    return tuple(f"{stem}{part}" for part in _PARTS)
