"""Where everything stands on a picture: marks in their corners, words in what is left.

Comes in: the picture's size, the safe area, the lettering, a layout. Goes out: places in pixels and
what found no room. It knows nothing of colours or of what the picture shows.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from zit_engine.errors import InvalidRequest
from zit_engine.finish.blocks import NoRoom
from zit_engine.finish.fitting import IMPORTANCE, Box, Page, Placed, fit
from zit_engine.finish.layouts import Arrangement, Group, Layout, kinds_in, shape_of

# Hangul is never lower than this share of the short side, nor than so many delivered pixels.
LEAST_HEIGHT = 0.022
LEAST_PIXELS = 12.0
# Headline and price stand out even where room is short; a price's 원 is a bit over half its digits.
_FLOORS = {"headline": 1.35, "price": 1.8, "subline": 1.0, "contact": 1.0}
# Words keep this share of the short side from the edge, and this from what the place covers.
_MARGINS = {"banner": 0.085}
_MARGIN = 0.06
_CLEAR = 0.015
# Marks may stand nearer to the edge than words.
_MARK_MARGIN = 0.024
_MARK_CLEAR = 0.004
_FRAME = 0.055
_GAP = 0.028
_LOGO = (0.32, 0.1)
_QR_SIDE = 0.19
# A module under 3 delivered pixels or 0.3 % of the short side is lost on a phone's camera.
QR_MODULE_PIXELS = 3.0
_QR_MODULE = 0.003
_QR_MOST = 0.46
_ROOM_MESSAGES = {
    "headline": "type.headline_room",
    "subline": "type.subline_room",
    "price": "type.price_room",
    "contact": "type.contact_room",
}


@dataclass(frozen=True, slots=True)
class Marks:
    """What is to be placed besides words. logo: width over height; qr_modules: of one side with its
    quiet zone; label: (corner, width, height in pixels). None: not wanted."""

    logo: float | None = None
    qr_modules: int | None = None
    label: tuple[str, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Places:
    """groups in painting order; marks: boxes by kind; dropped: kinds that found no room."""

    page: Page
    arrangement: Arrangement
    groups: tuple[Placed, ...]
    marks: Mapping[str, Box]
    dropped: tuple[str, ...]


def page_of(size: tuple[int, int], safe: tuple[int, int, int, int], scale: float) -> Page:
    """The page of a picture; `scale`: its pixels per delivered pixel."""
    width, height = size
    short = min(size)
    margin = _MARGINS.get(shape_of(width, height), _MARGIN) * short
    top, right, bottom, left = (max(side + _CLEAR * short, margin) for side in safe)
    area = (left, top, width - right, height - bottom)
    unit = (max(area[2] - area[0], 1.0) * max(area[3] - area[1], 1.0)) ** 0.5
    least = max(LEAST_HEIGHT * short, LEAST_PIXELS * scale)
    floors = {kind: least * factor for kind, factor in _FLOORS.items()}
    return Page(width, height, area, unit, floors)


def place(
    page: Page,
    safe: tuple[int, int, int, int],
    arrangement: Arrangement,
    texts: Mapping[str, str],
    fonts: Mapping[str, str],
    marks: Marks,
    scale: float,
) -> Places:
    """Everything in its place. What has no room gives way: the QR code, the logo, then the least
    important words. Raises InvalidRequest for words that do not fit even alone."""
    area = _inside(page.area, _FRAME * page.unit) if arrangement.frame == "line" else page.area
    known = {kind for group in arrangement.groups for kind in kinds_in(group.body)}
    texts = {kind: text for kind, text in texts.items() if text}
    dropped = [kind for kind in IMPORTANCE if kind in texts and kind not in known]
    texts = {kind: text for kind, text in texts.items() if kind in known}
    while True:
        boxes = _mark_boxes(page, safe, area, arrangement, marks, scale)
        if marks.qr_modules and "qr" not in boxes:
            marks = Marks(marks.logo, None, marks.label)
            dropped.append("qr")
        try:
            groups = _groups(page, area, arrangement, texts, fonts, list(boxes.values()))
            return Places(page, arrangement, groups, boxes, tuple(dropped))
        except _Crowded as crowded:
            marks, gone = _without(crowded, texts, marks)
            dropped.append(gone)
            texts = {kind: text for kind, text in texts.items() if kind != gone}


class _Crowded(Exception):
    """A group has no room, though its words are shown with all else on the page."""

    def __init__(self, group: Group, zone: Box, page: Page, fonts: Mapping[str, str]):
        self.group, self.zone, self.page, self.fonts = group, zone, page, fonts
        super().__init__()


def _without(crowded: _Crowded, texts: Mapping[str, str], marks: Marks) -> tuple[Marks, str]:
    if marks.qr_modules:
        return Marks(marks.logo, None, marks.label), "qr"
    if marks.logo:
        return Marks(None, None, marks.label), "logo"
    there = [kind for kind in IMPORTANCE if kind in texts and kind in kinds_in(crowded.group.body)]
    if len(there) > 1:
        return marks, there[-1]
    raise _refusal(crowded, there[0], texts[there[0]])


def _refusal(crowded: _Crowded, kind: str, text: str) -> InvalidRequest:
    """How many of its characters would fit, found by halving."""
    fits, fails = 0, len(text)
    while fails - fits > 1:
        middle = (fits + fails) // 2
        shorter = {kind: text[:middle].strip()}
        try:
            fit(crowded.group, crowded.zone, crowded.page, shorter, crowded.fonts)
            fits = middle
        except NoRoom:
            fails = middle
    return InvalidRequest(kind, _ROOM_MESSAGES[kind], chars=len(text), limit=fits)


def _groups(
    page: Page,
    area: Box,
    arrangement: Arrangement,
    texts: Mapping[str, str],
    fonts: Mapping[str, str],
    taken: list[Box],
) -> tuple[Placed, ...]:
    placed = []
    for group in arrangement.groups:
        if not group.needs <= texts.keys() or group.lacks & texts.keys():
            continue
        zone = _in_pixels(group.zone, area)
        try:
            found = _clear_of(group, zone, page, texts, fonts, taken)
        except NoRoom:
            for box in taken:
                zone = _cut(zone, _grown(box, _GAP * page.unit))
            raise _Crowded(group, zone, page, fonts) from None
        if found is not None:
            placed.append(found)
    return tuple(placed)


def _clear_of(
    group: Group,
    zone: Box,
    page: Page,
    texts: Mapping[str, str],
    fonts: Mapping[str, str],
    taken: list[Box],
) -> Placed | None:
    """The group in its zone, or in what is left of it once the marks it touches are cut off."""
    grown = [_grown(box, _GAP * page.unit) for box in taken]
    found = fit(group, zone, page, texts, fonts)
    for _ in taken:
        touched = [box for box in grown if found is not None and overlap(found.room, box)]
        if not touched:
            break
        zone = _cut(zone, touched[0])
        found = fit(group, zone, page, texts, fonts)
    return found


def _mark_boxes(
    page: Page,
    safe: tuple[int, int, int, int],
    area: Box,
    arrangement: Arrangement,
    marks: Marks,
    scale: float,
) -> dict[str, Box]:
    boxes: dict[str, Box] = {}
    if marks.label is not None:
        corner, width, height = marks.label
        rim = area if arrangement.frame == "line" else _rim(page, safe)
        boxes["label"] = _corner(rim, corner, width, height)
    if marks.logo is not None:
        most_width, most_height = (share * page.unit for share in _LOGO)
        height = min(most_height, most_width / marks.logo)
        box = _corner(area, arrangement.logo, height * marks.logo, height)
        boxes["logo"] = _beside(box, arrangement.logo, list(boxes.values()), page)
    if marks.qr_modules is not None:
        module = max(QR_MODULE_PIXELS * scale, _QR_MODULE * min(page.width, page.height))
        side = max(_QR_SIDE * page.unit, module * marks.qr_modules)
        box = _corner(area, arrangement.qr, side, side)
        box = _beside(box, arrangement.qr, list(boxes.values()), page)
        if side <= _QR_MOST * min(area[3] - area[1], area[2] - area[0]):
            boxes["qr"] = box
    return boxes


def _rim(page: Page, safe: tuple[int, int, int, int]) -> Box:
    short = min(page.width, page.height)
    top, right, bottom, left = (max(s + _MARK_CLEAR * short, _MARK_MARGIN * short) for s in safe)
    return left, top, page.width - right, page.height - bottom


def _corner(area: Box, corner: str, width: float, height: float) -> Box:
    vertical, horizontal = corner.split("-")
    x = area[0] if horizontal == "left" else area[2] - width
    y = area[1] if vertical == "top" else area[3] - height
    return x, y, x + width, y + height


def _beside(box: Box, corner: str, taken: list[Box], page: Page) -> Box:
    """`box` moved up or down along its side until it is clear of the marks already there."""
    gap = _GAP * page.unit
    for other in taken:
        if overlap(box, _grown(other, gap)):
            height = box[3] - box[1]
            top = other[3] + gap if corner.startswith("top") else other[1] - gap - height
            box = box[0], top, box[2], top + height
    return box


def _in_pixels(zone: Box, area: Box) -> Box:
    width, height = area[2] - area[0], area[3] - area[1]
    left, top, right, bottom = zone
    return (
        area[0] + left * width,
        area[1] + top * height,
        area[0] + right * width,
        area[1] + bottom * height,
    )


def _inside(box: Box, by: float) -> Box:
    return _grown(box, -by)


def _grown(box: Box, by: float) -> Box:
    return box[0] - by, box[1] - by, box[2] + by, box[3] + by


def overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _cut(zone: Box, taken: Box) -> Box:
    """The largest part of `zone` beside, above or below `taken`."""
    if not overlap(zone, taken):
        return zone
    left, top, right, bottom = zone
    parts = [
        (left, top, min(right, taken[0]), bottom),
        (max(left, taken[2]), top, right, bottom),
        (left, top, right, min(bottom, taken[1])),
        (left, max(top, taken[3]), right, bottom),
    ]
    return max(parts, key=lambda p: max(p[2] - p[0], 0.0) * max(p[3] - p[1], 0.0))


def layout_fonts(layout: Layout, chosen: str) -> dict[str, str]:
    """The font of every kind of words: the person's for headline and price, where chosen."""
    loud = chosen or layout.font
    quiet = layout.text_font
    return {"headline": loud, "price": loud, "subline": quiet, "contact": quiet}
