"""Numbers to picture. Comes in: the decoder's pixels. Goes out: an RGB picture, or BrokenImage.

It knows nothing of models; a broken picture is reported, never painted again in secret.
"""

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from zit_engine.errors import BrokenImage

if TYPE_CHECKING:
    import torch

# One step of 255 is the smallest difference an 8-bit picture can show.
SMALLEST = 1 / 255


def to_picture(pixels: np.ndarray) -> Image.Image:
    """The picture of `pixels`, (height, width, 3) floats in 0..1.

    Raises BrokenImage with kind "not finite" (float16 overflow), "black" or "flat" (one colour).
    """
    _check(bool(np.isfinite(pixels).all()), float(pixels.mean()), float(pixels.std()))
    return Image.fromarray((pixels * 255).round().astype(np.uint8), "RGB")


def from_decoder(decoded: "torch.Tensor") -> Image.Image:
    """The picture of `decoded` (3, height, width), numbers in -1..1 on any device: a quarter of
    the bytes leaves it, and rounding is not the host's work. Raises as `to_picture`."""
    import torch

    pixels = (decoded.float() / 2 + 0.5).clamp(0, 1)
    told = (decoded.isfinite().all().float(), pixels.mean(), pixels.std(correction=0))
    # One transfer for the three numbers. Clamping lets NaN through.
    is_finite, mean, std = torch.stack(told).tolist()
    _check(is_finite == 1.0, mean, std)
    return Image.fromarray(
        (pixels * 255).round().byte().permute(1, 2, 0).contiguous().cpu().numpy(), "RGB"
    )


def _check(is_finite: bool, mean: float, std: float) -> None:
    if not is_finite:
        raise BrokenImage(kind="not finite")
    if mean < SMALLEST:
        raise BrokenImage(kind="black")
    if std < SMALLEST:
        raise BrokenImage(kind="flat")
