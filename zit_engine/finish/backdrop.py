"""A cut-out product set on a new background.

Comes in: a painted background and a cut-out. Goes out: one picture in which every opaque pixel of
the placed cut-out is its own. A cut-out is only ever made smaller, once, by Lanczos; where the
product in the photo is small the picture becomes smaller instead. It knows no model and no files.
"""

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter
from scipy import ndimage

from zit_engine.finish.crop import crop_to

# Pixels a picture should have, and its longest side: what full-size models paint.
_AREA = 1024 * 1024
_LONGEST = 2048
# A small product may make the picture at most this much smaller.
_LEAST_SCALE = 0.4
# How far below the middle of the painted picture its surface usually begins.
_SURFACE = 0.6
_WIDE = 2.0
# Opacity of the shadow right below the product and of the soft one around it.
_CONTACT, _AROUND = 0.55, 0.30
# The part of a product's height, from below, that it stands on.
_FOOT = 0.05


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a product goes, in shares of the picture: the largest width and height it may take,
    its middle from the left, its lower edge from the top."""

    width: float
    height: float
    middle: float
    ground: float


@dataclass(frozen=True, slots=True)
class Placed:
    """A cut-out of its final size and where it lies in a picture of width × height pixels."""

    cut: Image.Image
    left: int
    top: int
    width: int
    height: int

    @property
    def is_small(self) -> bool:
        """True when the photo had too few pixels for the usual picture."""
        return self.width * self.height < _AREA / 2


def place(cut: Image.Image, width: int, height: int) -> Placed:
    """Where `cut` (trimmed RGBA) stands in a picture shaped width to height, and how large both
    are: the picture as large as models paint, or smaller where the product is."""
    spot = _spot(width / height)
    scale = min(math.sqrt(_AREA / (width * height)), _LONGEST / max(width, height))
    # The box at full size against the pixels there are.
    fill = max(cut.width / (spot.width * width), cut.height / (spot.height * height)) / scale
    scale *= min(1.0, max(fill, _LEAST_SCALE))
    full = max(1, round(width * scale)), max(1, round(height * scale))
    smaller = min(1.0, spot.width * full[0] / cut.width, spot.height * full[1] / cut.height)
    if smaller < 1.0:
        size = max(1, round(cut.width * smaller)), max(1, round(cut.height * smaller))
        cut = cut.resize(size, Image.Resampling.LANCZOS)
    left = round(spot.middle * full[0] - cut.width / 2)
    top = round(spot.ground * full[1]) - cut.height
    return Placed(cut, left, top, *full)


def compose(background: Image.Image, placed: Placed) -> Image.Image:
    """The product on `background` (any size, RGB), which is cropped and scaled to fit, with its
    shadow."""
    size = (placed.width, placed.height)
    ground = crop_to(background.convert("RGB"), *size, focus=(0.5, _SURFACE))
    return with_product(_shaded(ground, placed), placed)


def with_product(picture: Image.Image, placed: Placed) -> Image.Image:
    """`picture` with the cut-out laid over it again: opaque pixels exactly its own."""
    result = picture.copy()
    result.paste(placed.cut, (placed.left, placed.top), placed.cut.getchannel("A"))
    return result


def surroundings(placed: Placed, reach: int) -> Image.Image:
    """A mask (L) that is white at the product's edge, falls to black over `reach` pixels away from
    it, and is black on the product."""
    alpha = _alpha(placed)
    away = ndimage.distance_transform_edt(alpha < 128)
    near = np.where(alpha < 255, np.clip(1 - away / (reach + 1), 0, 1), 0)
    return Image.fromarray(np.round(255 * near).astype(np.uint8))


def emptied(picture: Image.Image) -> Image.Image:
    """A painted picture without what stands in it: each row runs from its left end to its right
    end. Gradients, tables and horizons stay; patterns become bands, which painting over them
    turns into patterns again."""
    pixels = np.asarray(picture.convert("RGB"), np.float64)
    width = pixels.shape[1]
    band = max(2, width // 16)
    ends = (part.mean(axis=1)[:, None] for part in (pixels[:, :band], pixels[:, -band:]))
    share = np.linspace(0, 1, width)[None, :, None]
    left, right = ends
    return Image.fromarray(np.round(left * (1 - share) + right * share).astype(np.uint8))


def _spot(ratio: float) -> _Spot:
    if ratio >= _WIDE:  # a banner's words stand on the left
        return _Spot(0.34, 0.82, 0.76, 0.92)
    if ratio >= 0.85:
        return _Spot(0.62, 0.62, 0.5, 0.84)
    return _Spot(0.74, 0.52, 0.5, 0.78)


def _alpha(placed: Placed) -> np.ndarray:
    """The cut-out's opacity in the whole picture."""
    whole = Image.new("L", (placed.width, placed.height), 0)
    whole.paste(placed.cut.getchannel("A"), (placed.left, placed.top))
    return np.asarray(whole)


def _shaded(ground: Image.Image, placed: Placed) -> Image.Image:
    """`ground` darker where the product keeps the light away; its colour shines through."""
    keep = 1 - _shadow(placed)[..., None]
    return Image.fromarray(np.round(np.asarray(ground, np.float32) * keep).astype(np.uint8))


def _shadow(placed: Placed) -> np.ndarray:
    """0..1: how much light is taken from each pixel of the picture. Right below the product it
    follows the outline of its foot, which may be flat or round; further out it is an ellipse."""
    alpha = _alpha(placed) >= 128
    rows = np.flatnonzero(alpha.any(axis=1))
    if not rows.size:
        return np.zeros(alpha.shape, np.float32)
    lowest, tall = int(rows[-1]), int(rows[-1] - rows[0] + 1)
    foot = alpha.copy()
    foot[: lowest - max(1, round(_FOOT * tall))] = False
    columns = np.flatnonzero(foot.any(axis=0))
    half = float(columns[-1] - columns[0] + 1) / 2
    middle = float(columns[0] + columns[-1] + 1) / 2
    contact = np.maximum(
        _soft(np.roll(foot, round(0.012 * tall), axis=0), 0.006 * tall),
        _soft(np.roll(foot, round(0.02 * tall), axis=0), 0.02 * tall) * 0.8,
    )
    down, across = np.ogrid[0 : alpha.shape[0], 0 : alpha.shape[1]]
    far = ((across - middle) / (1.2 * half)) ** 2 + ((down - lowest) / (0.2 * half)) ** 2
    around = _soft(far <= 1, 0.12 * half)
    return 1 - (1 - _CONTACT * contact) * (1 - _AROUND * around)


def _soft(shape: np.ndarray, blur: float) -> np.ndarray:
    picture = Image.fromarray(np.where(shape, 255, 0).astype(np.uint8))
    soft = picture.filter(ImageFilter.GaussianBlur(max(blur, 1.0)))
    return np.asarray(soft, np.float32) / 255
