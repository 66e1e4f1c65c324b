"""How far apart two pictures are: in the latents before decoding, and to the eye.

Comes in: two engines' latents and pictures. Goes out: the largest absolute difference and SSIM. It
does not say what is too far.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from PIL import Image
from skimage.metrics import structural_similarity


@contextmanager
def latents_of(pipeline: Any) -> Iterator[list[torch.Tensor]]:
    """What the pipeline's decoder is given while the block runs, in the scale of the denoising
    steps; in tiles it comes in pieces. Not for timing: the hook may make a compiled decoder new."""
    seen: list[torch.Tensor] = []
    config = pipeline.vae.config

    def note(_module: Any, given: tuple[Any, ...]) -> None:
        scaled = given[0].detach().float().cpu()
        seen.append((scaled - config.shift_factor) * config.scaling_factor)

    hook = pipeline.vae.decoder.register_forward_pre_hook(note)
    try:
        yield seen
    finally:
        hook.remove()


def latent_difference(ours: list[torch.Tensor], theirs: list[torch.Tensor]) -> dict[str, Any]:
    """The largest difference, and as a ratio to the largest number; None where they cannot be
    laid over each other."""
    if not ours or [each.shape for each in ours] != [each.shape for each in theirs]:
        return {"latents_max_abs": None, "latents_max_abs_ratio": None}
    mine, other = (torch.cat([each.flatten() for each in side]) for side in (ours, theirs))
    most = float((mine - other).abs().max())
    return {
        "latents_max_abs": round(most, 6),
        "latents_max_abs_ratio": round(most / float(other.abs().max()), 6),
    }


def pixel_difference(ours: Image.Image, theirs: Image.Image) -> dict[str, Any]:
    """SSIM (1 for the same picture), the largest step of 255, and whether no pixel differs."""
    mine, other = (np.asarray(each.convert("RGB")) for each in (ours, theirs))
    similar = structural_similarity(mine, other, channel_axis=2, data_range=255)
    steps = np.abs(mine.astype(int) - other.astype(int))
    return {
        "ssim": round(float(similar), 5),
        "pixels_max_abs": int(steps.max()),
        "is_identical": not steps.any(),
    }
