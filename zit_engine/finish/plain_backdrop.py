"""Finding a product in front of a plain backdrop, without any model.

Comes in: a photo. Goes out: a mask, or None where the backdrop is not plain or the product's edge
cannot be told from it. It rather gives up than cuts wrongly: a shop's wall, table or shelf is no
plain backdrop, a sheet of paper or a light box is, with its falling light and soft shadows.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

# Long side of what is looked at: an edge is found within 2 pixels of a 2048 px photo.
_SIDE = 1024
# The band along the sides that shows the backdrop, as a share of the shorter one.
_BAND = 0.03
# In levels of 255. Tried on rendered products on 11 backdrops and 9 photographs: plain ones have a
# spread of 1 to 3, a table's edge 3, wood 25, rooms and gardens over 10.
_MOST_SPREAD = 6.0
_LEAST_DIFFERENCE = 9.0
# Shares: of the band that shows something else; of the picture that may be product; of the
# product's rim that stands out. Good cuts had rims of 1.00, the best wrong one 0.88.
_MOST_COVERED = 0.05
_PRODUCT_SHARE = (0.02, 0.8)
_CLEAR_RIM = 0.97
# A shadow keeps the backdrop's hue, is not black and has no sharp edge.
_DARKEST_SHADOW = 0.45
_SHARP = 3.0
# As shares of the product: its shadow, and thin lines that belong to nothing. A grey cup taken for
# the shadow on its grey backdrop leaves five times its lid as shadow, and its outline as lines.
_MOST_SHADOW = 0.6
_MOST_LINES = 0.05
_SPECK_SHARE = 0.03
# The blur makes the first pixels outside a product differ too: 1.5 to 2 on four backdrops.
_HALO = 2


@dataclass(frozen=True, slots=True)
class _Backdrop:
    """What the picture would show without the product: levels, and how far real pixels stray."""

    levels: np.ndarray
    spread: float
    covered: float


def find_product(photo: Image.Image) -> Image.Image | None:
    """A mask (L, 0 and 255) of the photo's size with the product white; None: better painted."""
    small = photo.convert("RGB")
    small.thumbnail((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    # A little blur: grain and JPEG squares are no edges.
    pixels = ndimage.gaussian_filter(np.asarray(small, np.float32), (1, 1, 0))
    backdrop = _backdrop(pixels)
    if backdrop.spread > _MOST_SPREAD or backdrop.covered > _MOST_COVERED:
        return None
    least = max(_LEAST_DIFFERENCE, 3.5 * backdrop.spread)
    difference = np.abs(pixels - backdrop.levels).max(axis=2)
    product = _product(pixels, backdrop.levels, difference, least)
    if not _PRODUCT_SHARE[0] <= product.mean() <= _PRODUCT_SHARE[1]:
        return None
    rim = product & ~ndimage.binary_erosion(product, iterations=4)
    if (ndimage.maximum_filter(difference, 7)[rim] > 2 * least).mean() < _CLEAR_RIM:
        return None
    product = ndimage.binary_erosion(product, iterations=_HALO)
    mask = Image.fromarray(np.where(product, 255, 0).astype(np.uint8))
    smooth = mask.resize(photo.size, Image.Resampling.BILINEAR)
    return smooth.point([0] * 128 + [255] * 128)


def _backdrop(pixels: np.ndarray) -> _Backdrop:
    """A bent surface through the band along the sides, for each colour; what stands on the band
    is left out in three rounds."""
    height, width = pixels.shape[:2]
    band = max(3, round(_BAND * min(height, width)))
    is_side = np.ones((height, width), bool)
    is_side[band:-band, band:-band] = False
    surface = _surface(height, width)
    known, wanted = surface[is_side], pixels[is_side]
    kept = np.ones(len(known), bool)
    for _ in range(4):
        bend = np.linalg.lstsq(known[kept], wanted[kept])[0]
        astray = np.abs(wanted - known @ bend).max(axis=1)
        middle = float(np.median(astray[kept]))
        kept = astray < max(6.0, 4 * middle)
    spread = float(astray[kept].std()) + middle if kept.any() else float("inf")
    return _Backdrop(surface @ bend, spread, 1 - float(kept.mean()))


def _surface(height: int, width: int) -> np.ndarray:
    """(height, width, 6): the terms of a second-degree surface."""
    down, across = np.mgrid[0:height, 0:width].astype(np.float32)
    down, across = down / height - 0.5, across / width - 0.5
    terms = (np.ones_like(down), across, down, across**2, down**2, across * down)
    return np.stack(terms, axis=-1)


def _product(
    pixels: np.ndarray, levels: np.ndarray, difference: np.ndarray, least: float
) -> np.ndarray:
    """True where the product is: what the backdrop, shadows included, cannot reach from the
    sides, without specks and holes. Nothing where a product of the backdrop's own hue was taken
    for its shadow."""
    share = (pixels * levels).sum(axis=2) / np.maximum((levels**2).sum(axis=2), 1.0)
    off_hue = np.abs(pixels - share[..., None] * levels).max(axis=2)
    steepness = ndimage.gaussian_gradient_magnitude(pixels.mean(axis=2), 1.0)
    is_shadow = (off_hue < least) & (share > _DARKEST_SHADOW) & (share < 1.03)
    is_backdrop = (difference < least) | (is_shadow & (steepness < _SHARP))
    places, _ = ndimage.label(is_backdrop)
    sides = np.concatenate([places[0], places[-1], places[:, 0], places[:, -1]])
    outside = np.isin(places, np.unique(sides[sides > 0]))
    product = _largest(ndimage.binary_opening(~outside, iterations=2))
    area = product.sum()
    lines = ~outside & ~ndimage.binary_dilation(product, iterations=4)
    is_leaking = (outside & (difference >= least)).sum() > _MOST_SHADOW * area
    if is_leaking or lines.sum() > _MOST_LINES * area:
        return np.zeros_like(product)
    return ndimage.binary_fill_holes(product)


def _largest(shape: np.ndarray) -> np.ndarray:
    """The parts of `shape` that are no specks beside its largest one."""
    parts, count = ndimage.label(shape)
    sizes = ndimage.sum_labels(shape, parts, range(1, count + 1))
    return np.isin(parts, 1 + np.flatnonzero(sizes > _SPECK_SHARE * max(sizes, default=0)))
