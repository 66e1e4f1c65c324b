"""Folders people name as the model by mistake: how each is made, and what it is."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from tests.engine.broken import own_weights
from zit_engine.engine.recognise import Kind

TRANSFORMER = "transformer/diffusion_pytorch_model.safetensors"
VAE = "vae/diffusion_pytorch_model.safetensors"
PICKLE = b"\x80\x04\x95rest"


def save(path: Path, *names: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: torch.zeros(4, 4) for name in names}, path)


def split(folder: Path, keep_index: bool) -> None:
    """The transformer as three shards of which the second never came."""
    path = own_weights(folder, "transformer")
    tensors = load_file(path)
    path.unlink()
    names, weight_map = sorted(tensors), {}
    for number in range(3):
        file = f"m-{number + 1:05}-of-00003.safetensors"
        weight_map |= dict.fromkeys(names[number::3], file)
        if number != 1:
            save_file({name: tensors[name] for name in names[number::3]}, path.with_name(file))
    if keep_index:
        index = path.with_name("m.safetensors.index.json")
        index.write_text(json.dumps({"weight_map": weight_map}))


def to_pickle(folder: Path) -> None:
    for part in ("transformer", "text_encoder", "vae"):
        path = own_weights(folder, part)
        path.rename(path.with_suffix(".bin"))


def only(folder: Path, *files: str) -> None:
    """Leave nothing but these files."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir():
            path.rmdir() if not any(path.iterdir()) else None
        elif path.relative_to(folder).as_posix() not in files:
            path.unlink()


def deepen(folder: Path, below: str) -> None:
    """The same, further down."""
    aside = folder.rename(folder.parent / "aside")
    (folder / below).parent.mkdir(parents=True)
    aside.rename(folder / below)


def replace(path: Path, content: bytes) -> None:
    path.unlink()
    path.write_bytes(content)


CASES: dict[str, tuple[Callable[[Path], object], Kind, str]] = {
    "whole": (lambda f: None, Kind.COMPLETE, ""),
    "no index": (lambda f: (f / "model_index.json").unlink(), Kind.MENDABLE, ""),
    "odd config": (lambda f: (f / "vae/config.json").write_text("[]"), Kind.MENDABLE, ""),
    "a shard missing": (
        lambda f: split(f, keep_index=False),
        Kind.HALF_DOWNLOADED,
        "transformer/m-00002-of-00003.safetensors",
    ),
    "a listed shard missing": (
        lambda f: split(f, keep_index=True),
        Kind.HALF_DOWNLOADED,
        "transformer/m-00002-of-00003.safetensors",
    ),
    "a cut file": (
        lambda f: os.truncate(own_weights(f, "vae"), 5000),
        Kind.HALF_DOWNLOADED,
        VAE,
    ),
    "a pointer": (
        lambda f: replace(f / VAE, b"version https://git-lfs.github.com/spec/v1\n"),
        Kind.HALF_DOWNLOADED,
        VAE,
    ),
    "a dead link": (
        lambda f: ((f / VAE).unlink(), (f / VAE).symlink_to("nowhere")),
        Kind.HALF_DOWNLOADED,
        VAE,
    ),
    "small files only": (
        lambda f: [path.unlink() for path in f.glob("*/*.safetensors")],
        Kind.HALF_DOWNLOADED,
        "text_encoder/*.safetensors",
    ),
    "no tokenizer": (
        lambda f: shutil.rmtree(f / "tokenizer"),
        Kind.HALF_DOWNLOADED,
        "tokenizer/tokenizer.json",
    ),
    "no vae": (lambda f: shutil.rmtree(f / "vae"), Kind.PARTS_MISSING, "vae"),
    "pickles": (to_pickle, Kind.PICKLE, "transformer/diffusion_pytorch_model.bin"),
    "a pickle by another name": (lambda f: replace(f / VAE, PICKLE), Kind.PICKLE, VAE),
    "a pickle at the top": (
        lambda f: (only(f), (f / "z.ckpt").write_bytes(PICKLE)),
        Kind.PICKLE,
        "z.ckpt",
    ),
    "one file": (
        lambda f: (only(f), save(f / "z_image.safetensors", "layers.0.attention.qkv.weight")),
        Kind.SINGLE_FILE,
        "z_image.safetensors",
    ),
    "a style": (
        lambda f: (only(f), save(f / "s.safetensors", "layers.0.attention.to_q.lora_A.weight")),
        Kind.ADAPTER,
        "style_loras",
    ),
    "flux": (
        lambda f: replace_weights(f, "single_transformer_blocks.0.attn.to_q.weight"),
        Kind.OTHER_MODEL,
        "Flux",
    ),
    "sdxl": (
        lambda f: (
            only(f),
            (f / "unet").mkdir(),
            (f / "model_index.json").write_text('{"_class_name": "StableDiffusionXLPipeline"}'),
        ),
        Kind.OTHER_MODEL,
        "StableDiffusionXLPipeline",
    ),
    "sdxl in one file": (
        lambda f: (
            only(f),
            save(f / "x.safetensors", "model.diffusion_model.input_blocks.0.0.bias"),
        ),
        Kind.OTHER_MODEL,
        "Stable Diffusion",
    ),
    "all of sdxl": (
        lambda f: (
            shutil.rmtree(f / "transformer"),
            save(f / "unet/m.safetensors", "down_blocks.0.resnets.0.conv1.weight"),
            (f / "model_index.json").write_text('{"_class_name": "StableDiffusionXLPipeline"}'),
        ),
        Kind.OTHER_MODEL,
        "StableDiffusionXLPipeline",
    ),
    "sdxl without an index": (
        lambda f: (
            shutil.rmtree(f / "transformer"),
            save(f / "unet/m.safetensors", "down_blocks.0.resnets.0.conv1.weight"),
        ),
        Kind.OTHER_MODEL,
        "Stable Diffusion",
    ),
    "an index of nonsense": (
        lambda f: (f / "vae/a.safetensors.index.json").write_text(
            '{"weight_map": {"a": [1], "b": {}, "c": "../../up.safetensors", "d": null}}'
        ),
        Kind.COMPLETE,
        "",
    ),
    "an index with a mark": (
        lambda f: (f / "vae/a.safetensors.index.json").write_text(
            '{"weight_map": {"a": "gone.safetensors"}}', encoding="utf-8-sig"
        ),
        Kind.HALF_DOWNLOADED,
        "vae/gone.safetensors",
    ),
    "a tokenizer that is a pointer": (
        lambda f: (f / "tokenizer/tokenizer.json").write_text("version https://git-lfs"),
        Kind.HALF_DOWNLOADED,
        "tokenizer/tokenizer.json",
    ),
    "a whole file with a number": (
        lambda f: (
            (f / VAE).rename(f / "vae/m-00001-of-00002.safetensors"),
            (f / "vae/m.safetensors.index.json").write_text('{"weight_map": {}}'),
        ),
        Kind.COMPLETE,
        "",
    ),
    "a pickle at the top by another name": (
        lambda f: (only(f), (f / "z.safetensors").write_bytes(PICKLE)),
        Kind.PICKLE,
        "z.safetensors",
    ),
    "a hub cache": (
        lambda f: deepen(f, "models--owner--name/snapshots/0123"),
        Kind.NESTED,
        "models--owner--name/snapshots/0123",
    ),
    "one folder deeper": (
        lambda f: deepen(f, "inner"),
        Kind.NESTED,
        "inner",
    ),
    "empty": (only, Kind.EMPTY, ""),
    "pictures": (
        lambda f: (only(f), (f / "cake.png").write_bytes(b"")),
        Kind.PARTS_MISSING,
        "transformer",
    ),
}


def replace_weights(folder: Path, name: str) -> None:
    (folder / TRANSFORMER).unlink()
    save(folder / TRANSFORMER, name)
