"""A layout mirrored to where the picture is calmer.

Comes in: an arrangement that may be mirrored, a picture. Goes out: the arrangement to use. It knows
nothing of words.
"""

import dataclasses
import itertools

from PIL import Image

from zit_engine.finish.boxes import Box, part_of
from zit_engine.finish.busy import BusyMap
from zit_engine.finish.fitting import Page
from zit_engine.finish.layouts import Arrangement, Group

# The designed side is kept unless another shows this much less detail: layouts should not jump
# about between two pictures that are nearly the same.
_CLEARLY_CALMER = 0.6
_OPPOSITE = {"left": "right", "right": "left", "top": "bottom", "bottom": "top"}


def calmest(arrangement: Arrangement, picture: Image.Image, page: Page) -> Arrangement:
    """`arrangement`, mirrored along the axes it allows where that is clearly calmer."""
    if not arrangement.flips:
        return arrangement
    busy = BusyMap(picture)
    ways = [
        axes
        for count in range(len(arrangement.flips) + 1)
        for axes in itertools.combinations(arrangement.flips, count)
    ]
    tried = [_mirrored(arrangement, axes) for axes in ways]
    detail = [_detail(each, busy, page) for each in tried]
    best = min(range(len(ways)), key=lambda index: detail[index])
    return tried[best] if detail[best] < _CLEARLY_CALMER * detail[0] else arrangement


def _detail(arrangement: Arrangement, busy: BusyMap, page: Page) -> float:
    zones = (_on_picture(group.zone, page) for group in arrangement.groups)
    return max(busy.mean(zone) for zone in zones)


def _on_picture(zone: Box, page: Page) -> Box:
    left, top, right, bottom = part_of(page.area, zone)
    return left / page.width, top / page.height, right / page.width, bottom / page.height


def _mirrored(arrangement: Arrangement, axes: tuple[str, ...]) -> Arrangement:
    for axis in axes:
        arrangement = dataclasses.replace(
            arrangement,
            groups=tuple(_group(group, axis) for group in arrangement.groups),
            logo=_corner(arrangement.logo, axis),
            qr=_corner(arrangement.qr, axis),
        )
    return arrangement


def _group(group: Group, axis: str) -> Group:
    left, top, right, bottom = group.zone
    across, down = group.anchor
    if axis == "x":
        zone = (1 - right, top, 1 - left, bottom)
        anchor = (_OPPOSITE.get(across, across), down)
        align = _OPPOSITE.get(group.align, group.align)
        return dataclasses.replace(group, zone=zone, anchor=anchor, align=align)
    zone = (left, 1 - bottom, right, 1 - top)
    return dataclasses.replace(group, zone=zone, anchor=(across, _OPPOSITE.get(down, down)))


def _corner(corner: str, axis: str) -> str:
    down, across = corner.split("-")
    return f"{down}-{_OPPOSITE[across]}" if axis == "x" else f"{_OPPOSITE[down]}-{across}"
