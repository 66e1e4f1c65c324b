"""Adapter files in every naming, good and bad, all made from one shipped adapter."""

import json
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from zit_engine.settings import ROOT

ANIME = ROOT / "style_loras" / "pocket" / "anime.safetensors"
LAYERS = 70
Tensors = dict[str, torch.Tensor]


def shipped() -> Tensors:
    """{layer.lora_A|lora_B: matrix}, bf16, rank 8, 70 layers."""
    named = load_file(ANIME)
    return {
        key.removeprefix("transformer.").removesuffix(".weight"): tensor
        for key, tensor in named.items()
    }


def renamed(prefix: str, down: str, up: str, underscored: bool = False) -> Tensors:
    made = {}
    for key, tensor in shipped().items():
        layer, part = key.rsplit(".", 1)
        stem = layer.replace(".", "_") if underscored else layer
        made[f"{prefix}{stem}.{down if part == 'lora_A' else up}.weight"] = tensor
    return made


def diffusers() -> Tensors:
    return renamed("transformer.", "lora_A", "lora_B")


def original() -> Tensors:
    return renamed("diffusion_model.", "lora_A", "lora_B")


def original_down_up() -> Tensors:
    return renamed("diffusion_model.", "lora_down", "lora_up")


def plain() -> Tensors:
    return renamed("", "lora_A", "lora_B")


def peft_saved() -> Tensors:
    return renamed("base_model.model.", "lora_A", "lora_B")


def default_named() -> Tensors:
    return {
        key.replace(".weight", ".default.weight"): tensor for key, tensor in diffusers().items()
    }


def kohya(alpha: float | None = 8.0, strength: float = 1.0) -> Tensors:
    made = renamed("lora_unet_", "lora_down", "lora_up", underscored=True)
    made = {k: t * strength if ".lora_up." in k else t for k, t in made.items()}
    if alpha is not None:
        stems = {key.split(".")[0] for key in made}
        made |= {f"{stem}.alpha": torch.tensor(alpha) for stem in stems}
    return made


def kohya_convolutions() -> Tensors:
    return {k: t[:, :, None, None] if t.ndim == 2 else t for k, t in kohya().items()}


def mixed_ranks() -> Tensors:
    """Half of the layers carry eight rows of zeros more: another rank, the same product."""
    made = diffusers()
    for number, key in enumerate(sorted(key for key in made if "lora_A" in key)):
        if number % 2:
            up = key.replace("lora_A", "lora_B")
            made[key] = torch.cat([made[key], torch.zeros_like(made[key])])
            made[up] = torch.cat([made[up], torch.zeros_like(made[up])], dim=1)
    return made


def fused() -> Tensors:
    """Query, key and value in one matrix, the output under its other name."""
    made, layers = {}, shipped()
    for key, tensor in layers.items():
        if ".attention." not in key:
            made[f"diffusion_model.{key}.weight"] = tensor
        elif ".to_out.0." in key:
            made[f"diffusion_model.{key.replace('to_out.0', 'out')}.weight"] = tensor
        elif ".to_q.lora_A" in key:
            stem = key.removesuffix("to_q.lora_A")
            downs = [layers[f"{stem}to_{part}.lora_A"] for part in "qkv"]
            ups = [layers[f"{stem}to_{part}.lora_B"] for part in "qkv"]
            made[f"diffusion_model.{stem}qkv.lora_A.weight"] = torch.cat(downs)
            made[f"diffusion_model.{stem}qkv.lora_B.weight"] = torch.block_diag(*ups)
    return made


def twice(strength: float = 1.0) -> Tensors:
    """The attention layers fused and split in one file, by the names of Kohya, as published by
    some trainers. `strength` of the fused ones."""
    made = kohya(None)
    for key, tensor in fused().items():
        if "qkv" in key or "attention.out" in key:
            stem, part = key.removeprefix("diffusion_model.").split(".lora_")
            side, factor = ("up", strength) if part.startswith("B") else ("down", 1.0)
            name = f"lora_unet_{stem.replace('.', '_')}.lora_{side}.weight"
            made[name] = tensor * factor
    return made


GOOD: dict[str, tuple[Callable[[], Tensors], str]] = {
    "diffusers": (diffusers, "diffusers"),
    "original": (original, "original"),
    "original, down and up": (original_down_up, "original"),
    "plain": (plain, "plain"),
    "peft": (peft_saved, "diffusers"),
    "default adapter": (default_named, "diffusers"),
    "kohya": (kohya, "kohya"),
    "kohya without alpha": (lambda: kohya(None), "kohya"),
    "kohya, half alpha, twice the matrix": (lambda: kohya(4.0, 2.0), "kohya"),
    "kohya, 1x1 convolutions": (kohya_convolutions, "kohya"),
    "kohya, fused and split": (twice, "kohya"),
}


def _without_layer() -> Tensors:
    return {k: t for k, t in diffusers().items() if not (".layers.0." in k and "lora_B" in k)}


def _with(extra: Tensors) -> Tensors:
    return diffusers() | extra


def _other_names(pattern: str, count: int = 4) -> Tensors:
    return {
        f"{pattern.format(n)}.lora_{part}.weight": torch.ones(4, 4)
        for n in range(count)
        for part in ("A", "B")
    }


def _first(value: float) -> Tensors:
    made = diffusers()
    next(iter(made.values()))[0, 0] = value
    return made


BAD: dict[str, tuple[Callable[[], Tensors], str]] = {
    "lokr": (lambda: {"lora_unet_layers_0.lokr_w1": torch.ones(2, 2)}, "kind"),
    "loha": (lambda: {"lora_unet_layers_0.hada_w1_a": torch.ones(2, 2)}, "kind"),
    "dora, kohya": (lambda: _with({"transformer.x.dora_scale": torch.ones(2, 2)}), "kind"),
    "dora, peft": (lambda: _with({"x.lora_magnitude_vector.weight": torch.ones(2)}), "kind"),
    "whole differences": (lambda: {"diffusion_model.layers.0.diff": torch.ones(2, 2)}, "kind"),
    "flux": (lambda: _other_names("transformer.single_transformer_blocks.{}.attn.to_q"), "family"),
    "sdxl": (lambda: _other_names("lora_unet_input_blocks_{}_1_proj_in"), "family"),
    "sdxl, diffusers": (lambda: _other_names("unet.down_blocks.{}.attentions.0.to_q"), "family"),
    "qwen-image": (lambda: _other_names("transformer.transformer_blocks.{}.attn.to_q"), "family"),
    "unknown": (lambda: _other_names("transformer.elsewhere.{}.thing"), "nothing"),
    "not a lora": (lambda: {"model.weight": torch.ones(4, 4)}, "nothing"),
    "one layer too many": (lambda: _with(_other_names("transformer.layers.9{}.to_q", 1)), "part"),
    "text encoder too": (lambda: _with(_other_names("lora_te1_text_{}", 1)), "text"),
    "half a pair": (_without_layer, "unfit"),
    "twice and not the same": (lambda: twice(1.2), "twice"),
    "twice, once nothing": (lambda: twice(0.0), "twice"),
    "nan": (lambda: _first(float("nan")), "numbers"),
    "infinite": (lambda: _first(float("inf")), "numbers"),
    "alpha zero": (lambda: kohya(0.0), "numbers"),
    "alpha nan": (lambda: kohya(float("nan")), "numbers"),
    "alpha below zero": (lambda: kohya(-8.0), "numbers"),
    "twenty times too strong": (lambda: kohya(160.0), "strong"),
    "a million times": (lambda: kohya(8e6), "strong"),
    "of another size": (
        lambda: {
            k: torch.zeros(8, 3840) if "_A" in k else torch.zeros(3840, 8) for k in diffusers()
        },
        "shape",
    ),
    "three dimensions": (lambda: {k: t[None] for k, t in diffusers().items()}, "unfit"),
}


def write(tensors: Tensors, path: Path, settings: dict[str, object] | None = None) -> Path:
    metadata = {"lora_adapter_metadata": json.dumps(settings)} if settings else None
    save_file({k: t.contiguous().clone() for k, t in tensors.items()}, path, metadata)
    return path
