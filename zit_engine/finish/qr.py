"""A QR code as a picture a phone can read.

Comes in: a text, a side in pixels. Goes out: the number of modules, or the picture with its quiet
zone. It knows nothing of the picture beneath.
"""

import functools

import numpy as np
import segno
from PIL import Image

from zit_engine.finish.contrast import Rgb

# Four modules of quiet zone: ISO/IEC 18004.
QUIET = 4


@functools.lru_cache(maxsize=32)
def _code(text: str) -> segno.QRCode:
    # "m" mends 15 % of damage; JPEG and a phone at an angle need some.
    return segno.make(text, error="m", micro=False, boost_error=False)


def modules(text: str) -> int:
    """Modules along one side, quiet zone included."""
    return int(_code(text).symbol_size(border=QUIET)[0])


def draw(text: str, side: int, dark: Rgb, light: Rgb) -> Image.Image:
    """The code on its light plate, side × side pixels."""
    grid = np.array([list(row) for row in _code(text).matrix_iter(border=QUIET)], bool)
    colours = np.where(grid[:, :, None], np.array(dark, np.uint8), np.array(light, np.uint8))
    # Enlarged by whole modules first, then shrunk: edges stay within a pixel of where they belong.
    factor = -(-side // len(grid))
    large = Image.fromarray(np.repeat(np.repeat(colours, factor, 0), factor, 1))
    return large if large.width == side else large.resize((side, side), Image.Resampling.BOX)
