"""Random weights in Z-Image Turbo's layout, because memory and time do not depend on their values.

Comes in: a folder and a size. Goes out: a whole diffusers checkpoint there, and style files that
fit it: python -m zit_engine.bench.random_checkpoint FOLDER [--toy]
"""

import argparse
import json
import math
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from zit_engine.engine.layouts import FULL as LAYOUT
from zit_engine.engine.loader import build_empty
from zit_engine.engine.lora_matrices import LayerShapes
from zit_engine.settings import ROOT

POCKET = ROOT / "assets" / "pocket"
# Names of the linear layers a style of the usual kind touches: 238 at full size.
STYLED: tuple[str, ...] = (
    "attention.to_q",
    "attention.to_k",
    "attention.to_v",
    "attention.to_out.0",
)
STYLED += ("feed_forward.w1", "feed_forward.w2", "feed_forward.w3")
SHARD_BYTES = 10**9

# The published configuration, laid over the pocket model's.
FULL: Mapping[str, dict[str, Any]] = {
    part: {**LAYOUT.proven[part], **LAYOUT.trained[part]}
    for part in ("transformer", "text_encoder", "vae")
}
_ROPE_THETA = FULL["text_encoder"].pop("rope_theta")
FULL["text_encoder"].update(
    layer_types=["full_attention"] * FULL["text_encoder"]["num_hidden_layers"],
    rope_parameters={"rope_theta": _ROPE_THETA, "rope_type": "default"},
    max_position_embeddings=40960,
)
TOY: Mapping[str, dict[str, Any]] = {"transformer": {}, "text_encoder": {}, "vae": {}}


def write_checkpoint(folder: Path, changes: Mapping[str, dict[str, Any]]) -> None:
    """A checkpoint in `folder`, which is made: bf16, shards of at most 1 GB."""
    folder.mkdir(parents=True)
    shutil.copy(POCKET / "model_index.json", folder)
    for name in ("scheduler", "tokenizer"):
        shutil.copytree(POCKET / name, folder / name)
    for part, changed in changes.items():
        (folder / part).mkdir()
        config = json.loads((POCKET / part / "config.json").read_text(encoding="utf-8"))
        (folder / part / "config.json").write_text(json.dumps(config | changed), encoding="utf-8")
        _write_part(part, folder / part)


def _write_part(part: str, folder: Path) -> None:
    shapes = {name: tuple(t.shape) for name, t in build_empty(part, folder).state_dict().items()}
    shards = list(_shards(shapes))
    device = "cuda" if torch.cuda.is_available() else "cpu"
    generator = torch.Generator(device).manual_seed(len(shapes))
    weight_map: dict[str, str] = {}
    for number, names in enumerate(shards, start=1):
        file = f"model-{number:05d}-of-{len(shards):05d}.safetensors"
        tensors = {name: _random(name, shapes[name], generator) for name in names}
        save_file(tensors, folder / file, metadata={"format": "pt"})
        weight_map |= dict.fromkeys(names, file)
    stem = "model" if part == "text_encoder" else "diffusion_pytorch_model"
    index = folder / f"{stem}.safetensors.index.json"
    index.write_text(json.dumps({"metadata": {}, "weight_map": weight_map}), encoding="utf-8")


def _shards(shapes: Mapping[str, tuple[int, ...]]) -> Iterator[list[str]]:
    names: list[str] = []
    held = 0
    for name, shape in shapes.items():
        size = 2 * math.prod(shape)
        if names and held + size > SHARD_BYTES:
            yield names
            names, held = [], 0
        names.append(name)
        held += size
    yield names


def _random(name: str, shape: tuple[int, ...], generator: torch.Generator) -> torch.Tensor:
    """Sizes of numbers as in a trained model, so that a picture of noise comes out, not of NaN."""
    if len(shape) == 1:
        one = torch.ones if name.endswith("weight") else torch.zeros
        return one(shape, dtype=torch.bfloat16)
    scale = 1 / math.sqrt(math.prod(shape[1:]))
    noise = torch.randn(shape, generator=generator, device=generator.device, dtype=torch.bfloat16)
    return noise.mul_(scale).cpu()


def write_style(path: Path, layers: LayerShapes, rank: int, seed: int) -> None:
    """A LoRA of `rank` on every styled linear, weak enough to leave a picture."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    generator = torch.Generator(device).manual_seed(seed)

    def numbers(rows: int, columns: int, scale: float) -> torch.Tensor:
        made = torch.randn((rows, columns), generator=generator, device=device)
        return (made * scale).to(torch.bfloat16).cpu()

    tensors = {}
    for name, (out_features, in_features) in layers.items():
        if not name.endswith(STYLED):
            continue
        down = numbers(rank, in_features, 1 / math.sqrt(in_features))
        tensors[f"transformer.{name}.lora_A.weight"] = down
        tensors[f"transformer.{name}.lora_B.weight"] = numbers(out_features, rank, 0.05)
    save_file(tensors, path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--toy", action="store_true")
    options = parser.parse_args()
    write_checkpoint(options.folder, TOY if options.toy else FULL)


if __name__ == "__main__":
    main()
