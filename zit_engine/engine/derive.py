"""What the weights of a part prove about its configuration.

Comes in: names and shapes of tensors, under the names of the model's classes. Goes out: key ->
value for config.json. No number here comes from anywhere but the shapes.
"""

import re
from collections.abc import Mapping
from typing import Any

from zit_engine.engine.families import looks_like
from zit_engine.errors import CheckpointRefused

Shape = tuple[int, ...]
Shapes = Mapping[str, Shape]


def derive(part: str, shapes: Shapes) -> dict[str, Any]:
    """Every key of `part` that shapes prove. Raises CheckpointRefused naming the tensor and, where
    it can be told, the model these weights belong to instead."""
    makers = {"transformer": _transformer, "text_encoder": _text_encoder, "vae": _vae}
    return makers[part](shapes)


def _need(part: str, shapes: Shapes, name: str, dims: int) -> Shape:
    """The shape of a tensor without which nothing can be told."""
    shape = shapes.get(name)
    if shape is None or len(shape) != dims:
        family = looks_like(shapes)
        found = "missing" if shape is None else str(list(shape))
        if family:
            found += f"; these weights look like {family}"
        wanted = {"transformer": "Z-Image", "text_encoder": "Qwen3", "vae": "AutoencoderKL"}
        raise CheckpointRefused(part, name, found, f"{dims} dimensions, as in {wanted[part]}")
    return shape


def _count(part: str, shapes: Shapes, prefix: str) -> int:
    """How many numbered children `prefix` has. Raises CheckpointRefused for a gap, so that no
    number in a name can ask for more layers than there are tensors."""
    numbers = {
        int(first)
        for name in shapes
        if name.startswith(prefix)
        and re.fullmatch(r"\d{1,5}", first := name[len(prefix) :].partition(".")[0])
    }
    for number in range(len(numbers)):
        if number not in numbers:
            raise CheckpointRefused(part, f"{prefix}{number}", "missing", "each number once")
    return len(numbers)


def _heads(part: str, shapes: Shapes, name: str, width: int) -> int:
    """Rows of a projection over the width of one head."""
    rows, _ = _need(part, shapes, name, 2)
    if rows % width:
        raise CheckpointRefused(part, name, f"{rows} rows", f"a multiple of {width}, one head")
    return rows // width


def _transformer(shapes: Shapes) -> dict[str, Any]:
    part = "transformer"
    patches = sorted(
        (int(found[1]), int(found[2]))
        for name in shapes
        if (found := re.fullmatch(r"all_x_embedder\.(\d{1,3})-(\d{1,3})\.weight", name))
    )
    patch, frames = patches[0] if patches else (2, 1)
    dim, pixel = _need(part, shapes, f"all_x_embedder.{patch}-{frames}.weight", 2)
    (features,) = _need(part, shapes, "cap_embedder.0.weight", 1)
    siglip = shapes.get("siglip_embedder.0.weight")
    proven = {
        "all_patch_size": [size for size, _ in patches],
        "all_f_patch_size": [size for _, size in patches],
        "in_channels": pixel // max(1, frames * patch * patch),
        "dim": dim,
        "n_layers": _count(part, shapes, "layers."),
        "n_refiner_layers": _count(part, shapes, "noise_refiner."),
        "qk_norm": "layers.0.attention.norm_q.weight" in shapes,
        "cap_feat_dim": features,
        "siglip_feat_dim": siglip[0] if siglip else None,
    }
    if proven["qk_norm"]:
        attention = "layers.0.attention."
        (width,) = _need(part, shapes, f"{attention}norm_q.weight", 1)
        proven["n_heads"] = _heads(part, shapes, f"{attention}to_q.weight", width)
        proven["n_kv_heads"] = _heads(part, shapes, f"{attention}to_k.weight", width)
    return proven


def _text_encoder(shapes: Shapes) -> dict[str, Any]:
    part, layer = "text_encoder", "layers.0."
    vocabulary, hidden = _need(part, shapes, "embed_tokens.weight", 2)
    (width,) = _need(part, shapes, f"{layer}self_attn.q_norm.weight", 1)
    queries, keys = f"{layer}self_attn.q_proj.weight", f"{layer}self_attn.k_proj.weight"
    between, _ = _need(part, shapes, f"{layer}mlp.gate_proj.weight", 2)
    return {
        "vocab_size": vocabulary,
        "hidden_size": hidden,
        "num_hidden_layers": _count(part, shapes, "layers."),
        "num_attention_heads": _heads(part, shapes, queries, width),
        "num_key_value_heads": _heads(part, shapes, keys, width),
        "head_dim": width,
        "intermediate_size": between,
        "attention_bias": f"{layer}self_attn.q_proj.bias" in shapes,
    }


def _vae(shapes: Shapes) -> dict[str, Any]:
    part = "vae"
    downs = range(_count(part, shapes, "encoder.down_blocks."))
    ups = range(_count(part, shapes, "decoder.up_blocks."))
    first = [f"encoder.down_blocks.{n}.resnets.0.conv1.weight" for n in downs]

    def kinds(blocks: range, side: str, plain: str) -> list[str]:
        attends = [_count(part, shapes, f"{side}.{n}.attentions.") > 0 for n in blocks]
        return [f"Attn{plain}" if attending else plain for attending in attends]

    return {
        "in_channels": _need(part, shapes, "encoder.conv_in.weight", 4)[1],
        "out_channels": _need(part, shapes, "decoder.conv_out.weight", 4)[0],
        "latent_channels": _need(part, shapes, "decoder.conv_in.weight", 4)[1],
        "block_out_channels": [_need(part, shapes, name, 4)[0] for name in first],
        "layers_per_block": _count(part, shapes, "encoder.down_blocks.0.resnets."),
        "down_block_types": kinds(downs, "encoder.down_blocks", "DownEncoderBlock2D"),
        "up_block_types": kinds(ups, "decoder.up_blocks", "UpDecoderBlock2D"),
        "mid_block_add_attention": _count(part, shapes, "decoder.mid_block.attentions.") > 0,
        "use_quant_conv": "quant_conv.weight" in shapes,
        "use_post_quant_conv": "post_quant_conv.weight" in shapes,
    }
