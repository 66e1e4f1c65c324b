"""A picture fitted into what words and plates leave free, instead of lying under them.

Comes in: a picture, the places on its page. Goes out: a picture of the same size whose subject is
where it can be seen. It knows nothing of words.
"""

from PIL import Image, ImageFilter

from zit_engine.finish.boxes import Box, area_of, around, beside, free_parts, grown
from zit_engine.finish.busy import BusyMap
from zit_engine.finish.contrast import Rgb
from zit_engine.finish.fitting import LINE_PAD, Page, Placed
from zit_engine.finish.marks import MAT
from zit_engine.finish.places import Places

# A subject is never made smaller than this, and never larger than it was painted.
_SMALLEST = 0.6
# Room kept around it in what is free, as a share of the page's short side.
_AIR = 0.025
# Less gained than this share of the subject is not worth moving the picture for.
_WORTH = 0.005
# The rim's colour is taken from so many pixels and smoothed along the side over this share of it.
_RIM = 6
_SMOOTH = 0.03


def windowed(picture: Image.Image, places: Places, mat: Rgb, *, held: bool) -> Image.Image:
    """A copy of `picture` with its subject in what is left free: moved and made smaller where it
    stands on a plain backdrop, which is then extended. Other pictures are only cropped anew where
    a plate takes part of the page. `held`: never moved but for such a plate."""
    page = places.page
    window = window_of(places)
    whole = (0.0, 0.0, float(page.width), float(page.height))
    busy = BusyMap(picture)
    subject = busy.subject()
    if held and window == whole:
        return picture.copy()
    shown = None
    if subject is not None:
        shown = _settled(picture, busy, _scaled(subject, page.width, page.height), window, places)
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
    picture: Image.Image, busy: BusyMap, subject: Box, window: Box, places: Places
) -> Image.Image | None:
    """The picture with its subject in the best free part of `window`; None where it may stay or
    cannot be moved without showing what was never painted."""
    page = places.page
    air = _AIR * min(page.width, page.height)
    taken = [_covering(group) for group in places.groups]
    taken += [box for kind, box in places.marks.items() if kind != "label"]
    inside = grown(page.area, -air) if places.arrangement.frame == "line" else window
    parts = free_parts(inside, [box for box in taken if area_of(box)]) or [inside]
    room = max(parts, key=lambda part: (min(1.0, _fits(subject, part, air)), area_of(part)))
    scale = min(1.0, max(_SMALLEST, _fits(subject, room, air)))
    covered = sum(area_of(_common(subject, box)) for box in [*taken, *_outside(window, page)])
    if covered < _WORTH * area_of(subject):
        return None
    x, y = (
        _start(subject[axis], subject[axis + 2], room[axis], room[axis + 2], scale, air)
        for axis in (0, 1)
    )
    return _moved(picture, busy.plain_sides(), scale, x, y)


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
    picture: Image.Image, plain: frozenset[str], scale: float, x: float, y: float
) -> Image.Image | None:
    """The picture at x, y, `scale` times as large, the rest of its page filled with the backdrop of
    the nearest side; None where that side is not plain."""
    width, height = picture.size
    size = round(width * scale), round(height * scale)
    left, top = round(x), round(y)
    gaps = {
        "left": left > 0,
        "top": top > 0,
        "right": left + size[0] < width,
        "bottom": top + size[1] < height,
    }
    if any(gap and side not in plain for side, gap in gaps.items()):
        return None
    small = picture if scale == 1 else picture.resize(size, Image.Resampling.LANCZOS)
    page = Image.new("RGB", picture.size)
    page.paste(small, (left, top))
    # Sideways first, over the rows that have picture; then up and down over the whole width.
    _extend(page, (0, top, max(left, 0), top + size[1]), small, "left")
    _extend(page, (left + size[0], top, width, top + size[1]), small, "right")
    row, last = max(top, 0), min(top + size[1], height)
    _extend(page, (0, 0, width, row), page.crop((0, row, width, last)), "top")
    _extend(page, (0, last, width, height), page.crop((0, row, width, last)), "bottom")
    return page


def _extend(
    page: Image.Image, gap: tuple[int, int, int, int], source: Image.Image, side: str
) -> None:
    wide, tall = gap[2] - gap[0], gap[3] - gap[1]
    if wide <= 0 or tall <= 0:
        return
    rim = {
        "left": (0, 0, _RIM, source.height),
        "right": (source.width - _RIM, 0, source.width, source.height),
        "top": (0, 0, source.width, _RIM),
        "bottom": (0, source.height - _RIM, source.width, source.height),
    }[side]
    line = source.crop(rim)
    thin = (1, line.height) if side in ("left", "right") else (line.width, 1)
    line = line.resize(thin, Image.Resampling.BOX)
    line = line.filter(ImageFilter.GaussianBlur(_SMOOTH * max(thin)))
    page.paste(line.resize((wide, tall), Image.Resampling.BILINEAR), gap[:2])


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
