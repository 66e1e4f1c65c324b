"""The backdrop of a picture continued beyond its edges.

Comes in: a picture, how far to continue it on each side, where its subject stands. Goes out: a
larger picture. It knows nothing of why.

At the seam the new part is the mirror image of the strip between the edge and the subject, so
that nothing jumps and nothing is shown twice. Further out its pattern fades and only its light
stays: the colours along the edge, softer with every step. Nothing there is lighter or darker than
what is near the edge.
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
# What is seen so near to the edge is what goes on; so far along it its colours may wander.
_EDGE, _WANDER = 0.04, 0.07
# A row that shows so little of that, as a share, is half its neighbours'.
_FEW = 0.2
# The light gets softer along the seam up to the last deviation, step by step at these distances.
_SOFT, _SOFT_AT = (0.0, 0.012, 0.04, 0.09), (0.0, 0.06, 0.25, 0.8)
# So near to the subject its glow is seen; below it, as a share of its height, lies its shadow.
_CLEAR, _SHADOW = 0.02, 0.12
# Models paint the outermost pixels off: 4 of 256 by up to 15 levels, 4 more by 2, and enlarging
# spreads that by 1. Mirrored that is a line and stretched it is a stripe, so they are replaced.
_FRINGE = 0.035

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

    All other pixels stay what they are but the outermost 3.5 % of a continued side. A see-through
    picture is continued by nothing. Raises ValueError below 0.
    """
    if min(pads) < 0:
        raise ValueError(f"cannot extend by {pads}")
    left, top, right, bottom = pads
    if image.mode == "RGBA":
        canvas = Image.new("RGBA", (image.width + left + right, image.height + top + bottom))
        canvas.paste(image, (left, top))
        return canvas
    pixels = np.asarray(image.convert("RGB"))
    box = subject or _middle_half(image.size)
    is_clear, is_backdrop = _beside(image.size, box, 0.0), _beside(image.size, box, _SHADOW)
    # Off on all sides before the first is continued: each would run into its neighbours.
    left, right, columns = _without_fringe(left, right, is_clear)
    top, bottom, rows = _without_fringe(top, bottom, is_clear.T)
    pixels = pixels[rows, columns]
    masks = np.stack([is_clear[rows, columns], is_backdrop[rows, columns]])
    pixels = _wider(pixels, left, right, masks)
    masks = np.pad(masks, ((0, 0), (0, 0), (left, right)), constant_values=True)
    pixels = _wider(pixels.swapaxes(0, 1), top, bottom, masks.swapaxes(1, 2)).swapaxes(0, 1)
    return Image.fromarray(np.ascontiguousarray(pixels))


def _middle_half(size: tuple[int, int]) -> tuple[float, float, float, float]:
    width, height = size
    return width / 4, height / 4, width * 3 / 4, height * 3 / 4


def _beside(
    size: tuple[int, int], subject: tuple[float, float, float, float], below: float
) -> _Mask:
    """[h, w]: everything but the subject and so much below it, as a share of its height."""
    width, height = size
    left, top, right, bottom = subject
    room = _CLEAR * min(size)
    mask = np.ones((height, width), dtype=bool)
    mask[
        max(0, int(top - room)) : max(0, int(bottom + max(room, below * (bottom - top)))),
        max(0, int(left - room)) : max(0, int(right + room)),
    ] = False
    return mask


def _without_fringe(before: int, after: int, is_clear: _Mask) -> tuple[int, int, slice]:
    """How many columns to continue by where the outermost ones go as well, and which stay."""
    first = _fringe(is_clear) if before else 0
    last = _fringe(is_clear[:, ::-1]) if after else 0
    before, after = before + first, after + last
    return before, after, slice(first, is_clear.shape[1] - last)


def _fringe(is_clear: _Mask) -> int:
    """How many columns to replace at column 0: never one the subject stands in."""
    height, width = is_clear.shape
    return max(0, min(round(_FRINGE * height), width // 8, _clear(is_clear) - 2))


def _clear(is_clear: _Mask) -> int:
    """Columns before the first the subject stands in."""
    blocked = np.flatnonzero(~is_clear.all(axis=0))
    return int(blocked[0]) if len(blocked) else is_clear.shape[1]


def _wider(pixels: NDArray[np.uint8], before: int, after: int, masks: _Mask) -> NDArray[np.uint8]:
    """[h, w, 3] continued along its width by `before` and `after` columns. `masks` [2, h, w]: what
    may be mirrored and what shows the light."""
    parts = [pixels]
    if before:
        parts.insert(0, _continued(pixels, before, *masks)[:, ::-1])
    if after:
        parts.append(_continued(pixels[:, ::-1], after, *masks[..., ::-1]))
    return np.concatenate(parts, axis=1)


def _continued(
    pixels: NDArray[np.uint8], count: int, is_clear: _Mask, is_backdrop: _Mask
) -> NDArray[np.uint8]:
    """`count` columns [h, count, 3] to stand before column 0, the nearest to it first."""
    side, width, _ = pixels.shape
    clear = max(2, min(width, _clear(is_clear)))
    strip = pixels[:, :clear].astype(np.float32)
    edge = strip[:, : max(2, round(_EDGE * side))]
    strip = strip.clip(*_range(edge))
    light = _light(edge, is_backdrop[:, : edge.shape[1]])
    away = (np.arange(count, dtype=np.float32) + 0.5) / side
    fade = min(_FADE, max(_FASTEST, clear / side))
    strength = np.exp(-away / fade)
    total = (strip[:, _back_and_forth(count, strip.shape[1])] - light[0][:, None]) * strength[
        :, None
    ]
    place = np.interp(away, _SOFT_AT, np.arange(len(_SOFT)))
    for number, level in enumerate(light):
        weight = np.clip(1 - np.abs(place - number), 0, 1).astype(np.float32)
        total += level[:, None] * weight[:, None]
    return np.rint(total.clip(0, 255)).astype(np.uint8)


def _range(edge: _Pixels) -> tuple[_Pixels, _Pixels]:
    """The least and most of each colour around each row's edge [h, 1, 3]: shadows and things that
    stand further in are not mirrored out of it."""
    reach = 2 * round(_WANDER * edge.shape[0]) + 1
    least = ndimage.minimum_filter1d(edge.min(axis=1, keepdims=True), reach, axis=0)
    most = ndimage.maximum_filter1d(edge.max(axis=1, keepdims=True), reach, axis=0)
    return least, most


def _light(edge: _Pixels, is_backdrop: _Mask) -> list[_Pixels]:
    """The backdrop's colours [h, 3] along the edge, softer and softer."""
    side, width, _ = edge.shape
    # The last pixels count most: from them on the light is not to change.
    near = np.linspace(1, 0, width, endpoint=False, dtype=np.float32) ** 2
    weights = is_backdrop * near
    # Rows wholly behind the subject still have their outermost pixel.
    weights[:, 0] = 1
    # Sides that are not continued have their own fringe: it is no light to spread.
    rim = round(_FRINGE * side)
    weights[:rim] = weights[side - rim :] = 0
    count = weights.sum(axis=1)[:, None]
    colour = np.einsum("hw,hwc->hc", weights, edge)
    _, around = _soft(count, colour, _SOFT[-1] * side)
    # A row that shows little backdrop takes its colours from its neighbours.
    few = _FEW * near.sum()
    levels = []
    for deviation in (share * side for share in _SOFT):
        shown, level = _soft(count, colour, deviation)
        level = (level * shown + around * few) / (shown + few)
        levels.append(level.clip(edge.min(axis=(0, 1)), edge.max(axis=(0, 1))))
    return levels


def _soft(count: _Pixels, colour: _Pixels, deviation: float) -> tuple[_Pixels, _Pixels]:
    """How much shows around each row, and its mean colour of `count` pixels that sum to `colour`. A
    straight line is laid through them: light that falls along the seam falls to its very ends."""
    if not deviation:
        return count, (colour / np.maximum(count, 1e-6)).astype(np.float32)
    at = np.linspace(0, 1, len(count), dtype=np.float32)[:, None]
    many, first, second, total, lean = (
        ndimage.gaussian_filter1d(rows, deviation, axis=0, mode="constant")
        for rows in (count, count * at, count * at**2, colour, colour * at)
    )
    many = np.maximum(many, 1e-6)
    slope = (many * lean - first * total) / (many * second - first**2 + 1e-6 * many**2)
    level = (total + slope * (at * many - first)) / many
    return many, level.astype(np.float32)


def _back_and_forth(count: int, width: int) -> NDArray[np.intp]:
    """0, 1 … width-1, width-1 … 1, 0, 0, 1 … : `count` columns of a strip mirrored at its ends."""
    steps = np.arange(count) % (2 * width)
    return np.where(steps < width, steps, 2 * width - 1 - steps)
