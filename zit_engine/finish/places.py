"""Where everything stands on a picture: marks in their corners, words in what is left.

Comes in: the picture's size, the safe area, texts and marks, an arrangement. Goes out: places in
pixels and what found no room. It knows nothing of colours or of what the picture shows.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from zit_engine.errors import InvalidRequest
from zit_engine.finish.blocks import NoRoom
from zit_engine.finish.boxes import Box, area_of, beside, grown, overlap, part_of
from zit_engine.finish.fitting import IMPORTANCE, Page, Placed, fit
from zit_engine.finish.layouts import Arrangement, Group, Row, kinds_in, shape_of
from zit_engine.finish.marks import GAP, Marks, mark_boxes

# Hangul is never lower than this share of the short side, nor than so many delivered pixels.
LEAST_HEIGHT = 0.022
LEAST_PIXELS = 12.0
# Headline and price stand out even where room is short; a price's 원 is a bit over half its digits.
_FLOORS = {"headline": 1.35, "price": 1.8, "subline": 1.0, "contact": 1.0}
# Words keep this share of the short side from the edge, and this from what the place covers.
_MARGINS = {"banner": 0.085}
_MARGIN = 0.06
_CLEAR = 0.015
_FRAME = 0.055
# Left with this much of their height, words keep their width when a mark takes part of their zone;
# words side by side need the width most.
_STACK_HEIGHT = 0.5
_ROW_HEIGHT = 0.3
_ROOM_MESSAGES = {
    "headline": "type.headline_room",
    "subline": "type.subline_room",
    "price": "type.price_room",
    "contact": "type.contact_room",
}


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
    return Page(width, height, safe, area, unit, floors)


def place(
    page: Page,
    arrangement: Arrangement,
    texts: Mapping[str, str],
    fonts: Mapping[str, str],
    marks: Marks,
    scale: float,
) -> Places:
    """Everything in its place. What has no room gives way: the QR code, the logo, then the least
    important words. Raises InvalidRequest for words that do not fit even alone."""
    area = grown(page.area, -_FRAME * page.unit) if arrangement.frame == "line" else page.area
    wanted = [kind for kind in IMPORTANCE if texts.get(kind)]
    there = (group for group in arrangement.groups if _is_there(group, wanted))
    known = {kind for group in there for kind in kinds_in(group.body)}
    dropped = [kind for kind in wanted if kind not in known]
    texts = {kind: texts[kind] for kind in wanted if kind in known}
    while True:
        boxes = mark_boxes(page, area, arrangement, marks, scale)
        for kind in (kind for kind, is_wanted in marks.wanted().items() if is_wanted):
            if kind not in boxes:
                marks = marks.without(kind)
                dropped.append(kind)
        try:
            groups = _groups(page, area, arrangement, texts, fonts, list(boxes.values()))
            return Places(page, arrangement, groups, boxes, tuple(dropped))
        except _Crowded as crowded:
            marks, gone = _without(crowded, texts, marks)
            dropped.append(gone)
            texts = {kind: text for kind, text in texts.items() if kind != gone}


class _Crowded(Exception):
    """A group has no room beside all else on the page; `kind` of its words should give way."""

    def __init__(
        self, kind: str, group: Group, zone: Box, page: Page, fonts: Mapping[str, str]
    ) -> None:
        self.kind, self.group, self.zone, self.page, self.fonts = kind, group, zone, page, fonts
        super().__init__()


def _without(crowded: _Crowded, texts: Mapping[str, str], marks: Marks) -> tuple[Marks, str]:
    for kind in ("qr", "logo"):
        if marks.wanted()[kind]:
            return marks.without(kind), kind
    there = [kind for kind in IMPORTANCE if kind in texts and kind in kinds_in(crowded.group.body)]
    # An advert may go without its small print, told, but not without its headline or price.
    if crowded.kind != there[0] or (there[0] in IMPORTANCE[2:] and len(texts) > 1):
        return marks, crowded.kind
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
    clear = [grown(box, GAP * page.unit) for box in taken]
    placed = []
    for group in arrangement.groups:
        if not _is_there(group, texts):
            continue
        zone = part_of(area, group.zone)
        try:
            found = _clear_of(group, zone, page, texts, fonts, clear)
        except NoRoom as no_room:
            for box in clear:
                zone = next(iter(_rest(zone, box, group)), zone)
            raise _Crowded(no_room.kind, group, zone, page, fonts) from None
        if found is not None:
            placed.append(found)
    return tuple(placed)


def _is_there(group: Group, kinds: Collection[str]) -> bool:
    return group.needs <= set(kinds) and not group.lacks & set(kinds)


def _clear_of(
    group: Group,
    zone: Box,
    page: Page,
    texts: Mapping[str, str],
    fonts: Mapping[str, str],
    taken: list[Box],
) -> Placed | None:
    """The group in its zone, or in what is left of it once the marks it touches are cut off."""
    found = fit(group, zone, page, texts, fonts)
    left = list(taken)
    while found is not None:
        touched = next((box for box in left if overlap(found.room, box)), None)
        if touched is None:
            break
        # Each is cut off once: what is set in the rest meets it by a rounding error at most.
        left.remove(touched)
        found, zone = _fitted(group, _rest(zone, touched, group), page, texts, fonts)
    return found


def _fitted(
    group: Group,
    parts: list[Box],
    page: Page,
    texts: Mapping[str, str],
    fonts: Mapping[str, str],
) -> tuple[Placed | None, Box]:
    """The group in the first of `parts` that holds it, and that part. Raises the first NoRoom."""
    there = [kind for kind in IMPORTANCE if texts.get(kind) and kind in kinds_in(group.body)]
    failed = NoRoom(there[-1])
    for index, part in enumerate(parts):
        try:
            return fit(group, part, page, texts, fonts), part
        except NoRoom as no_room:
            failed = failed if index else no_room
    raise failed


def _rest(zone: Box, taken: Box, group: Group) -> list[Box]:
    """The parts of `zone` beside, above and below `taken`, best first: of full width where enough
    height is left, so that edges stay where the page has them, then by size."""
    if not overlap(zone, taken):
        return [zone]
    has_row = any(isinstance(child, Row) for child in group.body.children)
    tall = (_ROW_HEIGHT if has_row else _STACK_HEIGHT) * (zone[3] - zone[1])

    def worth(part: Box) -> tuple[bool, float]:
        return part[2] - part[0] >= zone[2] - zone[0] and part[3] - part[1] >= tall, area_of(part)

    parts = (part for part in beside(zone, taken) if part[0] < part[2] and part[1] < part[3])
    return sorted(parts, key=worth, reverse=True)
