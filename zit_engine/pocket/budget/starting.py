"""The folder a run starts from: a model's weights, the judge's and every sprite, made small.

In: an assembled model, the judge's file, the unpacked picture package. Out: a folder of about
37 MiB to take along; on the other machine the parts and the sprite pyramid out of it. Sprites
come as pictures, as drawing them would take two minutes there.
"""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL, ZImageTransformer2DModel
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor
from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3Model

from zit_engine.pocket.budget.carrying import pack, unpack
from zit_engine.pocket.concepts import Concept, load_sprite, sprite_file, sprite_pyramid
from zit_engine.pocket.drawn.catalogue import drawn_sprites

SPRITES = "sprites.zip"
ENDING = ".safetensors"
WEIGHTS = {
    "vae": "diffusion_pytorch_model" + ENDING,
    "text_encoder": "model" + ENDING,
    "transformer": "diffusion_pytorch_model" + ENDING,
}


@dataclass(frozen=True)
class Parts:
    """A model in float32 on the CPU."""

    vae: AutoencoderKL
    encoder: Qwen3Model
    transformer: ZImageTransformer2DModel
    tokens: PreTrainedTokenizerFast


def prepare(
    model: Path, judge: Path | None, packages: Path, concepts: list[Concept], out: Path
) -> int:
    """Write the folder; returns its bytes. The VAE stays exact, what is trained on is rounded."""
    out.mkdir(parents=True, exist_ok=True)
    for part, name in WEIGHTS.items():
        pack(load_file(model / part / name), {}, out, part, eight_bits=part != "vae")
        shutil.copy(model / part / "config.json", out / f"{part}.json")
    shutil.copytree(model / "tokenizer", out / "tokenizer", dirs_exist_ok=True)
    if judge:
        with safe_open(judge, "pt") as held:
            pack(load_file(judge), held.metadata(), out, "judge")
    _pack_sprites(packages, concepts, out / SPRITES)
    codes = json.dumps([concept.code for concept in concepts])
    (out / "codes.json").write_text(codes + "\n", encoding="utf-8")
    return sum(file.stat().st_size for file in out.rglob("*") if file.is_file())


def _pack_sprites(packages: Path, concepts: list[Concept], file: Path) -> None:
    drawn = [concept for concept in concepts if concept.drawn]
    with zipfile.ZipFile(file, "w") as held:
        for concept in concepts:
            if not concept.drawn:
                held.write(sprite_file(packages, concept.code), f"{concept.code}.webp")
        sprites = iter(drawn_sprites(drawn, packages) if drawn else [])
        for concept in drawn:
            for look in range(concept.looks):
                sprite = next(sprites)
                held.writestr(f"{concept.code}-{look}.webp", _picture(sprite[:4], "WEBP"))
                held.writestr(f"{concept.code}-{look}.png", _picture(sprite[4:], "PNG"))


def _picture(sprite: Tensor, kind: str) -> bytes:
    held = io.BytesIO()
    pixels = sprite.permute(1, 2, 0).numpy()
    picture = Image.fromarray(pixels if pixels.shape[2] == 4 else pixels[..., 0])
    picture.save(held, kind, **({"lossless": True} if kind == "WEBP" else {"optimize": True}))
    return held.getvalue()


def open_pyramid(start: Path, concepts: list[Concept], device: torch.device) -> list[Tensor]:
    """The sprites as `every_pyramid` gives them: first looks in order, then the further ones."""
    plain: list[Tensor] = []
    firsts: list[Tensor] = []
    further: list[Tensor] = []
    with zipfile.ZipFile(start / SPRITES) as held:
        for concept in concepts:
            if not concept.drawn:
                with held.open(f"{concept.code}.webp") as file:
                    plain.append(load_sprite(io.BytesIO(file.read())))
                continue
            for look in range(concept.looks):
                sprite = _drawn(held, f"{concept.code}-{look}")
                (further if look else firsts).append(sprite)
    groups = [plain[i : i + 64] for i in range(0, len(plain), 64)]
    groups += [group for group in (firsts, further) if group]
    pyramids = [sprite_pyramid(torch.stack(group).to(device)) for group in groups]
    return [torch.cat(levels) for levels in zip(*pyramids, strict=True)]


def _drawn(held: zipfile.ZipFile, name: str) -> Tensor:
    with held.open(f"{name}.webp") as file:
        rgba = np.array(Image.open(io.BytesIO(file.read())).convert("RGBA"))
    with held.open(f"{name}.png") as file:
        part = np.array(Image.open(io.BytesIO(file.read())).convert("L"))
    return torch.from_numpy(np.dstack([rgba, part])).permute(2, 0, 1).contiguous()


def open_parts(start: Path) -> Parts:
    """The model in a prepared folder."""
    configs = {part: json.loads((start / f"{part}.json").read_text("utf-8")) for part in WEIGHTS}
    vae = AutoencoderKL.from_config(configs["vae"])
    transformer = ZImageTransformer2DModel.from_config(configs["transformer"])
    encoder = Qwen3Model(Qwen3Config(**configs["text_encoder"])).float()
    models = {"vae": vae, "text_encoder": encoder, "transformer": transformer}
    for part, module in models.items():
        weights, _ = unpack(start, part)
        module.load_state_dict({key: value.float() for key, value in weights.items()})
        module.float().eval().requires_grad_(False)
    tokens = PreTrainedTokenizerFast.from_pretrained(start / "tokenizer")
    return Parts(vae, encoder, transformer, tokens)
