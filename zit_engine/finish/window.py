"""A picture fitted into what words and plates leave free, instead of lying under them.

Comes in: a picture, the places on its page. Goes out: a picture of the same size whose subject is
where it can be seen. It knows nothing of words.
"""

import functools
from collections.abc import Callable

from PIL import Image

from zit_engine.finish.boxes import Box, area_of, around, beside, free_parts, grown, overlap
from zit_engine.finish.busy import SIDES, BusyMap
from zit_engine.finish.contrast import Rgb
from zit_engine.finish.crop import show
from zit_engine.finish.fitting import LINE_PAD, Page, Placed
from zit_engine.finish.marks import MAT
from zit_engine.finish.places import Places

# Makes a page of what a window (pixels of the page as it is) shows; the second box is not mirrored.
Recut = Callable[[Box, Box], Image.Image]

# A subject is never made smaller than this, and never larger than it was painted.
_SMALLEST = 0.5
# Less backdrop than this share of the short side cannot be continued.
_LEAST_RIM = 0.015
_ROUNDING = 0.51
# So much smaller a subject may be that the mark in its corner lies beside it and not on it.
_CLEAR_OF_LABEL = 1.2
# Places tried for it, best first.
_TRIED = 4
# Room kept around it in what is free, as a share of the page's short side.
_AIR = 0.04
# Less gained than this share of the subject is not worth moving the picture for.
_WORTH = 0.005


def windowed(
    picture: Image.Image,
    places: Places,
    mat: Rgb,
    *,
    held: bool,
    subject: Box | None = None,
    recut: Recut | None = None,
) -> Image.Image:
    """A copy of `picture` with its subject in what is left free: moved and made smaller, its
    backdrop continued. `subject`: its box in fractions of the picture where that is known; else it
    is looked for, and found on plain backdrops only. Pictures without one are only cropped anew
    where a plate takes part of the page. `held`: never moved but for such a plate. `recut`: the
    page made from what `picture` was made from; from `picture` itself where None."""
    page = places.page
    recut = recut or functools.partial(show, picture, page.width, page.height)
    window = window_of(places)
    whole = (0.0, 0.0, float(page.width), float(page.height))
    if held and window == whole:
        return picture.copy()
    busy = BusyMap(picture)
    subject = subject or busy.subject()
    shown = None
    if subject is not None:
        box = _scaled(subject, page.width, page.height)
        shown = _settled(busy, box, window, places, recut)
    if window == whole:
        return shown or picture.copy()
    shown = (shown.crop(_rounded(window)) if shown else None) or _recropped(picture, busy, window)
    mounted = Image.new("RGB", picture.size, mat)
    mounted.paste(shown, _rounded(window)[:2])
    return mounted


def window_of(places: Places) -> Box:
    """What the plates that split the page, and a mat, leave free."""
    page = places.page
    whole = window = (0.0, 0.0, float(page.width), float(page.height))
    for group in places.groups:
        plate, box = group.group.plate, group.plate
        if plate is not None and box is not None and plate.splits:
            window = max(beside(window, box), key=area_of)
    if places.arrangement.frame != "mat" or not places.groups:
        return window
    mat = MAT * min(page.width, page.height)
    # Where a plate already ends the picture it needs no mat as well.
    left, top, right, bottom = (
        edge + (mat if index < 2 else -mat) if edge == outer else edge
        for index, (edge, outer) in enumerate(zip(window, whole, strict=True))
    )
    return left, top, right, bottom


def _settled(
    busy: BusyMap, subject: Box, window: Box, places: Places, recut: Recut
) -> Image.Image | None:
    """The picture with its subject in the best free part of `window`; None where it may stay or
    a side would have to go on that cannot."""
    page = places.page
    air = _AIR * min(page.width, page.height)
    taken = [_covering(group) for group in places.groups]
    taken += [box for kind, box in places.marks.items() if kind != "label"]
    inside = grown(page.area, -air) if places.arrangement.frame == "line" else window
    covered = sum(area_of(_common(subject, box)) for box in [*taken, *_outside(inside, page)])
    if covered < _WORTH * area_of(subject):
        return None
    kept = _kept(subject, (page.width, page.height), busy)
    for room in _rooms(inside, taken, places.marks.get("label"), subject, air):
        scale = min(1.0, max(_SMALLEST, _fits(subject, room, air)))
        x, y = (
            _start(subject[axis], subject[axis + 2], room[axis], room[axis + 2], scale, air)
            for axis in (0, 1)
        )
        moved = _moved((page.width, page.height), kept, scale, x, y, recut)
        if moved is not None:
            return moved
    return None


def _rooms(inside: Box, taken: list[Box], label: Box | None, subject: Box, air: float) -> list[Box]:
    """Free parts of `inside`, best first: where the subject stays largest; clear of the mark in its
    corner where that costs little."""

    def worth(part: Box) -> tuple[float, float]:
        bonus = _CLEAR_OF_LABEL if label is None or not overlap(part, label) else 1.0
        return bonus * min(1.0, _fits(subject, part, air)), area_of(part)

    taken = [box for box in taken if area_of(box)]
    parts = free_parts(inside, taken) or [inside]
    if label is not None:
        parts += free_parts(inside, [*taken, label])
    return sorted(dict.fromkeys(parts), key=worth, reverse=True)[:_TRIED]


def _covering(group: Placed) -> Box:
    """What a group hides of the picture."""
    if group.plate is not None:
        return around([group.plate, group.words])
    has_labels = group.group.plate is not None
    pad = LINE_PAD * max(line.height for line in group.lines) if has_labels else 0.0
    return grown(group.words, pad)


def _outside(window: Box, page: Page) -> list[Box]:
    left, top, right, bottom = window
    wide, tall = float(page.width), float(page.height)
    return [
        (0.0, 0.0, left, tall),
        (right, 0.0, wide, tall),
        (left, 0.0, right, top),
        (left, bottom, right, tall),
    ]


def _fits(subject: Box, part: Box, air: float) -> float:
    """How large the subject may be there, 1 for as it is."""
    wide = (part[2] - part[0] - 2 * air) / (subject[2] - subject[0])
    tall = (part[3] - part[1] - 2 * air) / (subject[3] - subject[1])
    return max(0.0, min(wide, tall))


def _start(low: float, high: float, first: float, last: float, scale: float, air: float) -> float:
    """Where the picture begins along one axis so that the subject lies inside first..last: as near
    to where it was as the room allows, and in its middle where the room is small."""
    size = (high - low) * scale
    middle = (low + high) / 2
    least, most = first + air + size / 2, last - air - size / 2
    centre = min(max(middle, least), most) if least <= most else (first + last) / 2
    centre = (centre + (first + last) / 2) / 2 if least <= most else centre
    return centre - middle * scale


def _moved(
    size: tuple[int, int], kept: Box, scale: float, x: float, y: float, recut: Recut
) -> Image.Image | None:
    """The page of `size` with the picture at x, y, `scale` times as large, its backdrop continued
    over the rest; None where on one side there is no backdrop to continue."""
    wide, tall = size
    window = -x / scale, -y / scale, (wide - x) / scale, (tall - y) / scale
    missing = -window[0], -window[1], window[2] - wide, window[3] - tall
    least = _LEAST_RIM * min(size)
    gaps = zip(missing, _gaps(kept, size), strict=True)
    if any(gap > _ROUNDING and free < least for gap, free in gaps):
        return None
    return recut(window, kept)


def _kept(subject: Box, size: tuple[int, int], busy: BusyMap) -> Box:
    """The subject and all else that must not be shown twice."""
    wide, tall = size
    left, top, right, bottom = (busy.plain_depth(side) for side in SIDES)
    return (
        min(subject[0], left * wide),
        min(subject[1], top * tall),
        max(subject[2], (1 - right) * wide),
        max(subject[3], (1 - bottom) * tall),
    )


def _gaps(subject: Box, size: tuple[int, int]) -> Box:
    """From the subject to each side of the picture, in pixels."""
    return subject[0], subject[1], size[0] - subject[2], size[1] - subject[3]


def _recropped(picture: Image.Image, busy: BusyMap, window: Box) -> Image.Image:
    """As much of the picture as fills the window, its subject in the middle."""
    left, top, right, bottom = _rounded(window)
    size = right - left, bottom - top
    scale = max(size[0] / picture.width, size[1] / picture.height)
    shares = size[0] / scale / picture.width, size[1] / scale / picture.height
    at = busy.best_window(*shares)
    x = at[0] * (1 - shares[0]) * picture.width
    y = at[1] * (1 - shares[1]) * picture.height
    box = (x, y, x + size[0] / scale, y + size[1] / scale)
    return picture.resize(size, Image.Resampling.LANCZOS, box=box)


def _common(one: Box, two: Box) -> Box:
    return (
        max(one[0], two[0]),
        max(one[1], two[1]),
        min(one[2], two[2]),
        min(one[3], two[3]),
    )


def _scaled(box: Box, width: int, height: int) -> Box:
    return box[0] * width, box[1] * height, box[2] * width, box[3] * height


def _rounded(box: Box) -> tuple[int, int, int, int]:
    left, top, right, bottom = (round(value) for value in box)
    return left, top, right, bottom
