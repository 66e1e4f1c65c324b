"""The model's pictures of prompts, how long each took, and how faithful its VAE is.

In: an assembled pipeline. Out: uint8 pictures with their seconds; PSNR and SSIM of renders.
Pictures can be kept in a file: an evaluation cut short goes on, and a better judge looks again.
"""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL, ZImagePipeline
from safetensors import safe_open
from safetensors.torch import save_file
from skimage.metrics import structural_similarity
from torch import Tensor

from zit_engine.pocket.sizes import STEPS
from zit_engine.pocket.vae import there_and_back, to_bytes

log = logging.getLogger(__name__)
_One = tuple[Tensor, float, float]  # a picture, its wall and its processor seconds
FIRST_SEED = 500  # the n-th prompt is painted with this plus n


@dataclass(frozen=True)
class Painted:
    """pictures uint8 [N, 3, side, side]; wall and processor seconds of each."""

    pictures: Tensor
    seconds: list[float]
    cpu_seconds: list[float]


def paint(
    pipe: ZImagePipeline, texts: list[str], side: int, keep: Path | None = None,
    steps: int = STEPS, places: Sequence[int] | None = None,
) -> Painted:  # fmt: skip
    """One call a prompt, as the product paints, each with its own seed.

    `places` are the prompts' places in a longer list, whose seeds they then have.

    `keep` holds what was painted for these texts before, and gets the rest, 20 at a time.
    """
    made, places = _kept(keep, texts, side), places or range(len(texts))
    for i in range(len(made), len(texts)):
        wall, cpu = time.perf_counter(), time.process_time()
        image = pipe(
            texts[i], height=side, width=side, num_inference_steps=steps, guidance_scale=0.0,
            generator=torch.Generator().manual_seed(FIRST_SEED + places[i]),
        ).images[0]  # fmt: skip
        times = time.perf_counter() - wall, time.process_time() - cpu
        made.append((torch.from_numpy(np.array(image)).permute(2, 0, 1), *times))
        if keep and (i % 20 == 19 or i == len(texts) - 1):
            _keep(keep, texts, made)
            log.info("%d of %d painted", i + 1, len(texts))
    pictures, seconds, cpu_seconds = (list(column) for column in zip(*made, strict=True))
    return Painted(torch.stack(pictures), seconds, cpu_seconds)


def _keep(file: Path, texts: list[str], made: list[_One]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    notes = {"texts": texts, "times": [times for _, *times in made]}
    pictures = torch.stack([picture for picture, *_ in made])
    partial = file.with_suffix(".part")
    save_file({"pictures": pictures}, str(partial), metadata={"notes": json.dumps(notes)})
    partial.replace(file)


def _kept(file: Path | None, texts: list[str], side: int) -> list[_One]:
    """What a file holds for these very texts and this size; nothing where they differ."""
    if file is None or not file.exists():
        return []
    with safe_open(file, "pt") as tensors:
        notes, pictures = json.loads(tensors.metadata()["notes"]), tensors.get_tensor("pictures")
    if notes["texts"] != texts or pictures.shape[-1] != side:
        return []
    return [(picture, *times) for picture, times in zip(pictures, notes["times"], strict=True)]


def middle(values: list[float]) -> float:
    """The median, to a hundredth."""
    return round(float(np.median(values)), 2)


def fidelity(vae: AutoencoderKL, pictures: Tensor) -> dict[str, float | int]:
    """PSNR in dB and mean SSIM of encoding and decoding pictures in -1..1, as 8-bit pictures."""
    again = to_bytes(there_and_back(vae, pictures))
    plain = to_bytes(pictures)
    likeness = [
        structural_similarity(
            before.permute(1, 2, 0).numpy(), after.permute(1, 2, 0).numpy(), channel_axis=2
        )
        for before, after in zip(plain, again, strict=True)
    ]
    error = (plain.float() - again.float()).pow(2).mean().clamp(min=1e-6).item()
    return {
        "pictures": len(pictures),
        "side": pictures.shape[-1],
        "psnr_db": round(10 * math.log10(255**2 / error), 2),
        "ssim": round(float(np.mean(likeness)), 4),
    }
