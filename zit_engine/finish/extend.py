"""The backdrop of a picture continued beyond its edges.

Comes in: a picture, how far to continue it on each side, where its subject stands. Goes out: a
larger picture. It knows nothing of why.

At the seam the new part is the mirror image of the strip between the edge and the subject, so
that nothing jumps and nothing is shown twice. Further out its pattern fades and only its light
stays: the colours along the edge, softer with every step.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

# Lengths as shares of the picture's side along the seam.
# Two thirds of the pattern's strength are gone here: a stripe or dot is seen to go on, then melts.
# A strip mirrored over and over makes a ladder, so a short one fades within its own width, but
# not so fast that the seam is seen.
_FADE, _FASTEST = 0.35, 0.05
# How far into the picture the light's colours are gathered, as a deviation.
_REACH = 0.15
# A row that shows so little of that, as a share, is half its neighbours'.
_FEW = 0.2
# The light gets softer along the seam up to the last deviation, step by step at these distances.
_SOFT, _SOFT_AT = (0.0, 0.012, 0.04, 0.09), (0.0, 0.06, 0.25, 0.8)
# So near to the subject its glow is seen; below it, as a share of its height, lies its shadow.
_CLEAR, _SHADOW = 0.02, 0.12
# Models paint the outermost pixels a little off, and mirrored that is a line: they are replaced.
_FRINGE = 0.015

_Pixels = NDArray[np.float32]
_Mask = NDArray[np.bool_]


def extended(
    image: Image.Image,
    pads: tuple[int, int, int, int],
    subject: tuple[float, float, float, float] | None = None,
) -> Image.Image:
    """`image` with so many pixels of backdrop more at its left, top, right and bottom. `subject`
    (left, top, right, bottom in pixels) is neither mirrored nor counted as light; None: the middle
    half.

    All other pixels stay what they are but the outermost 1.5 % of a continued side. A see-through
    picture is continued by nothing. Raises ValueError below 0.
    """
    if min(pads) < 0:
        raise ValueError(f"cannot extend by {pads}")
    left, top, right, bottom = pads
    if image.mode == "RGBA":
        canvas = Image.new("RGBA", (image.width + left + right, image.height + top + bottom))
        canvas.paste(image, (left, top))
        return canvas
    image = image.convert("RGB")
    is_backdrop = _backdrop(image.size, subject)
    pixels = _wider(np.asarray(image), left, right, is_backdrop)
    is_backdrop = np.pad(is_backdrop, ((0, 0), (left, right)), constant_values=True)
    pixels = _wider(pixels.swapaxes(0, 1), top, bottom, is_backdrop.T).swapaxes(0, 1)
    return Image.fromarray(np.ascontiguousarray(pixels))


def _backdrop(size: tuple[int, int], subject: tuple[float, float, float, float] | None) -> _Mask:
    """[h, w]: everything but the subject and its shadow."""
    width, height = size
    left, top, right, bottom = subject or (width / 4, height / 4, width * 3 / 4, height * 3 / 4)
    room = _CLEAR * min(size)
    mask = np.ones((height, width), dtype=bool)
    mask[
        max(0, int(top - room)) : max(0, int(bottom + _SHADOW * (bottom - top))),
        max(0, int(left - room)) : max(0, int(right + room)),
    ] = False
    return mask


def _wider(
    pixels: NDArray[np.uint8], before: int, after: int, is_backdrop: _Mask
) -> NDArray[np.uint8]:
    """[h, w, 3] continued along its width by `before` and `after` columns."""
    parts = [pixels]
    if before:
        fringe = _fringe(is_backdrop)
        new = _continued(pixels[:, fringe:], before + fringe, is_backdrop[:, fringe:])
        parts = [new[:, ::-1], pixels[:, fringe:]]
    if after:
        fringe = _fringe(is_backdrop[:, ::-1])
        seen = slice(pixels.shape[1] - fringe - 1, None, -1)
        new = _continued(pixels[:, seen], after + fringe, is_backdrop[:, seen])
        parts = [*parts[:-1], parts[-1][:, : parts[-1].shape[1] - fringe], new]
    return np.concatenate(parts, axis=1)


def _fringe(is_backdrop: _Mask) -> int:
    """How many columns to replace at column 0: never one the subject stands in."""
    height, width = is_backdrop.shape
    return max(0, min(round(_FRINGE * height), width // 8, _clear(is_backdrop) - 2))


def _clear(is_backdrop: _Mask) -> int:
    """Columns before the first the subject stands in."""
    blocked = np.flatnonzero(~is_backdrop.all(axis=0))
    return int(blocked[0]) if len(blocked) else is_backdrop.shape[1]


def _continued(pixels: NDArray[np.uint8], count: int, is_backdrop: _Mask) -> NDArray[np.uint8]:
    """`count` columns [h, count, 3] to stand before column 0, the nearest to it first."""
    side = pixels.shape[0]
    strip = pixels[:, : max(2, _clear(is_backdrop))].astype(np.float32)
    light = _light(pixels, is_backdrop)
    away = (np.arange(count, dtype=np.float32) + 0.5) / side
    fade = min(_FADE, max(_FASTEST, strip.shape[1] / side))
    strength = np.exp(-away / fade)
    total = (strip[:, _back_and_forth(count, strip.shape[1])] - light[0][:, None]) * strength[
        :, None
    ]
    place = np.interp(away, _SOFT_AT, np.arange(len(_SOFT)))
    for number, level in enumerate(light):
        weight = np.clip(1 - np.abs(place - number), 0, 1).astype(np.float32)
        total += level[:, None] * weight[:, None]
    return np.rint(total.clip(0, 255)).astype(np.uint8)


def _light(pixels: NDArray[np.uint8], is_backdrop: _Mask) -> list[_Pixels]:
    """The backdrop's colours [h, 3] at column 0, softer and softer: a straight line is laid through
    each row, so that a backdrop lit from the middle stays as dark as its edge."""
    side, width, _ = pixels.shape
    reach = max(2, min(width, round(3 * _REACH * side)))
    away = ((np.arange(reach) + 0.5) / side).astype(np.float32)
    near = np.exp(-((away / _REACH) ** 2) / 2)
    weights = is_backdrop[:, :reach] * near
    # Rows wholly behind the subject still have their outermost pixel.
    weights[:, 0] = 1
    seen = pixels[:, :reach].astype(np.float32)
    count, first, second = ((weights @ away**power)[:, None] for power in range(3))
    colour = np.einsum("hw,hwc->hc", weights, seen)
    moment = np.einsum("hw,hwc->hc", weights * away, seen)
    many, middle, spread, mean, lean = (
        _soft(each, _SOFT[-1] * side) for each in (count, first, second, colour, moment)
    )
    slope = (many * lean - middle * mean) / (many * spread - middle**2 + 1e-6 * many**2)
    # A row that shows little backdrop takes its colours from its neighbours.
    few = _FEW * near.sum()
    levels = []
    for deviation in (share * side for share in _SOFT):
        total = _soft(count, deviation) + few
        centre = (_soft(first, deviation) + few * middle / many) / total
        levels.append((_soft(colour, deviation) + few * mean / many) / total - slope * centre)
    return levels


def _soft(rows: _Pixels, deviation: float) -> _Pixels:
    if not deviation:
        return rows
    return ndimage.gaussian_filter1d(rows, deviation, axis=0, mode="nearest")


def _back_and_forth(count: int, width: int) -> NDArray[np.intp]:
    """0, 1 … width-1, width-1 … 1, 0, 0, 1 … : `count` columns of a strip mirrored at its ends."""
    steps = np.arange(count) % (2 * width)
    return np.where(steps < width, steps, 2 * width - 1 - steps)
