"""Numbers to picture. Comes in: the decoder's pixels. Goes out: an RGB picture, or BrokenImage.

It knows nothing of models; a broken picture is reported, never painted again in secret.
"""

import numpy as np
from PIL import Image

from zit_engine.errors import BrokenImage

# One step of 255 is the smallest difference an 8-bit picture can show.
SMALLEST = 1 / 255


def to_picture(pixels: np.ndarray) -> Image.Image:
    """The picture of `pixels`, (height, width, 3) floats in 0..1.

    Raises BrokenImage with kind "not finite" (float16 overflow), "black" or "flat" (one colour).
    """
    if not np.isfinite(pixels).all():
        raise BrokenImage(kind="not finite")
    if pixels.mean() < SMALLEST:
        raise BrokenImage(kind="black")
    if pixels.std() < SMALLEST:
        raise BrokenImage(kind="flat")
    return Image.fromarray((pixels * 255).round().astype(np.uint8), "RGB")
