"""A group of words as large as its place allows, never below what can be read.

Comes in: a group of a layout, its zone in pixels, the texts. Goes out: where every line and the
plate stand, or NoRoom. It knows nothing of colours or of the other groups.
"""

import dataclasses
import functools
import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass

from zit_engine.finish.blocks import Block, NoRoom, Ornament, Setter, Way
from zit_engine.finish.boxes import Box, anchored, around
from zit_engine.finish.layouts import ROUND, Group, Plate, kinds_in
from zit_engine.finish.lines import Line

# Sizes are tried in steps of 6 %: a smaller step is not seen, and 28 of them reach a sixth.
_STEP, _STEPS = 0.94, 30
_SECONDS = (1.0, 0.86, 0.74, 0.62)
# The second voice gives way before the first: a step of it costs only this share of one.
_SECOND_WEIGHT = 0.4
# Tried one after another: a telephone number on one line; on two; words of a row below one another;
# words cut that are too long even at the smallest size.
_WAYS = (
    Way(whole=True),
    Way(),
    Way(stacked=True),
    Way(cut=True),
    Way(stacked=True, cut=True),
)
# Words inside a circle keep to a box of this share of its width and height.
_INSCRIBED = (0.82, 0.46)
# A sum with a unit of one sign, then at least two letters more.
_TAIL_WORD = re.compile(r"(\d[^\W\d_])\s*([^\W\d_]{2,})$")
_TAIL = 0.05
# Around a line with a plate of its own, in heights of its Hangul.
LINE_PAD = 0.3
# Nothing runs to an edge that the place covers this much of: it would be a wall, not a strip.
_COVERED = 0.1
# The order in which words give way on a place that is too small.
IMPORTANCE = ("headline", "price", "subline", "contact")


@dataclass(frozen=True, slots=True)
class Page:
    """The picture's size; what its place covers (top, right, bottom, left); the area words may
    take; pixels of one unit (the square root of that area); the least height of Hangul by kind."""

    width: int
    height: int
    safe: tuple[int, int, int, int]
    area: Box
    unit: float
    floors: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Placed:
    """A group in its place. words: around all ink; plate: None without one. `room`: what others
    must keep clear of."""

    group: Group
    lines: tuple[Line, ...]
    ornaments: tuple[Ornament, ...]
    words: Box
    plate: Box | None
    room: Box


def fit(
    group: Group, zone: Box, page: Page, texts: Mapping[str, str], fonts: Mapping[str, str]
) -> Placed | None:
    """`group` at its largest in `zone`; None where it has no words. Raises NoRoom."""
    there = [kind for kind in kinds_in(group.body) if texts.get(kind)]
    if not there:
        return None
    inner = _inner(group, zone, page)
    each = LINE_PAD if group.plate and group.plate.fills else 0.0
    if group.plate and group.plate.shape in ROUND:
        texts = {kind: _in_round(text) for kind, text in texts.items()}
    setter = Setter(group, texts, fonts, page.unit, page.floors, each=each)
    block = _largest(setter, inner, tuple(there))
    return _placed(group, block, zone, inner, page)


def _in_round(text: str) -> str:
    """What follows a sum and its unit goes below it: a disc is narrow."""
    return _TAIL_WORD.sub("\\1\n\\2", text)


def _largest(setter: Setter, inner: Box, there: tuple[str, ...]) -> Block:
    width, height = inner[2] - inner[0], inner[3] - inner[1]
    least = min(there, key=lambda kind: -IMPORTANCE.index(kind))
    if width <= 0 or height <= 0:
        raise NoRoom(least)
    failed = NoRoom(least)
    sizes = _sizes(any(kind in IMPORTANCE[2:] for kind in there))
    for way, (first, second) in itertools.product(_WAYS, sizes):
        sized = dataclasses.replace(setter, first=first, second=second, way=way)
        try:
            block = sized.block(setter.group.body, width, setter.group.align)
        except NoRoom as no_room:
            failed = no_room
            continue
        if block is not None and block.height <= height:
            return block
        failed = NoRoom(least)
    raise failed


@functools.cache
def _sizes(has_second: bool) -> tuple[tuple[float, float], ...]:
    """Shares of the largest size for the first and the second voice, best first."""
    pairs = [
        (_STEP**step, second)
        for step in range(_STEPS + 1)
        for second in (_SECONDS if has_second else (1.0,))
    ]
    pairs.append((0.0, 0.0))
    return tuple(sorted(pairs, key=lambda pair: -pair[0] * pair[1] ** _SECOND_WEIGHT))


def _inner(group: Group, zone: Box, page: Page) -> Box:
    """Where the words of the group may stand: the zone less the plate's own margin."""
    plate = group.plate
    if plate is None or plate.fills:
        return zone
    if plate.shape in ROUND:
        left, top, right, bottom = _disc(group, zone)
        side = right - left
        wide, tall = (share * side for share in _INSCRIBED)
        x, y = (left + right) / 2, (top + bottom) / 2
        return x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2
    x, y = (pad * page.unit for pad in plate.pad)
    bleed = bleeding(plate, page)
    tail = _TAIL * page.unit if plate.shape == "bubble" else 0.0
    return (
        zone[0] + (0 if "left" in bleed else x),
        zone[1] + (0 if "top" in bleed else y),
        zone[2] - (0 if "right" in bleed else x),
        zone[3] - (0 if "bottom" in bleed else y) - tail,
    )


def _disc(group: Group, zone: Box) -> Box:
    side = min(zone[2] - zone[0], zone[3] - zone[1])
    x = anchored(group.anchor[0], zone[0], zone[2], side)
    y = anchored(group.anchor[1], zone[1], zone[3], side)
    return x, y, x + side, y + side


def bleeding(plate: Plate, page: Page) -> frozenset[str]:
    """The edges the plate really runs to on this page."""
    left, top, right, bottom = page.area
    covered = {"top": top, "bottom": page.height - bottom}
    return frozenset(
        edge
        for edge in plate.bleed
        if plate.splits or covered.get(edge, 0.0) <= _COVERED * page.height
    )


def _placed(group: Group, block: Block, zone: Box, inner: Box, page: Page) -> Placed:
    boxes = [line.ink for line in block.lines] + [o.box for o in block.ornaments]
    left, right = min(box[0] for box in boxes), max(box[2] for box in boxes)
    is_round = group.plate is not None and group.plate.shape in ROUND
    across, down = ("center", "middle") if is_round else group.anchor
    dx = anchored(across, inner[0], inner[2], right - left) - left
    dy = anchored(down, inner[1], inner[3], block.height)
    moved = block.moved(dx, dy)
    words = (left + dx, dy, right + dx, dy + block.height)
    words = around([words, *(line.ink for line in moved.lines)])
    plate = _plate(group, words, zone, page)
    room = words
    if plate is not None and group.plate is not None:
        edges = bleeding(group.plate, page)
        room = words if edges & {"top", "bottom"} else plate
    return Placed(group, moved.lines, moved.ornaments, words, plate, room)


def _plate(group: Group, words: Box, zone: Box, page: Page) -> Box | None:
    plate = group.plate
    if plate is None or plate.fills:
        return None
    if plate.shape in ROUND:
        return _disc(group, zone)
    x, y = (pad * page.unit for pad in plate.pad)
    left, top, right, bottom = words[0] - x, words[1] - y, words[2] + x, words[3] + y
    if plate.span in ("x", "zone"):
        left, right = zone[0], zone[2]
    if plate.span in ("y", "zone"):
        top, bottom = zone[1], zone[3]
    bleed = bleeding(plate, page)
    return (
        0.0 if "left" in bleed else left,
        0.0 if "top" in bleed else top,
        float(page.width) if "right" in bleed else right,
        float(page.height) if "bottom" in bleed else bottom,
    )
