"""Where the AI mark, the logo and the QR code stand: in their corners, clear of each other.

Comes in: a page, an arrangement, what is wanted. Goes out: boxes by kind; what has no room is left
out. It knows nothing of words or colours.
"""

import dataclasses
from dataclasses import dataclass

from zit_engine.finish.boxes import Box, grown, in_corner, overlap, within
from zit_engine.finish.fitting import Page
from zit_engine.finish.layouts import Arrangement

# Between two things on a page, in units.
GAP = 0.028
# A mat leaves this share of the short side around the picture.
MAT = 0.05
# Marks may stand nearer to the edge than words: shares of the short side.
_MARGIN = 0.024
_CLEAR = 0.004
# From the corner of a line to a mark that breaks it, in units.
_INSET = 0.05
_LOGO = (0.32, 0.1)
_QR_SIDE = 0.19
# A module under 3 delivered pixels or 0.3 % of the short side is lost on a phone's camera.
_MODULE_PIXELS = 3.0
_MODULE = 0.003
_QR_MOST = 0.46


@dataclass(frozen=True, slots=True)
class Marks:
    """What is to be placed besides words. logo: width over height; qr_modules: of one side with its
    quiet zone; label: (corner, width, height in pixels). None: not wanted."""

    logo: float | None = None
    qr_modules: int | None = None
    label: tuple[str, float, float] | None = None

    def wanted(self) -> dict[str, bool]:
        return {"qr": bool(self.qr_modules), "logo": bool(self.logo), "label": bool(self.label)}

    def without(self, kind: str) -> "Marks":
        fields = {"qr": "qr_modules", "logo": "logo", "label": "label"}
        return dataclasses.replace(self, **{fields[kind]: None})


def mark_boxes(
    page: Page, area: Box, arrangement: Arrangement, marks: Marks, scale: float
) -> dict[str, Box]:
    """Boxes by kind. `area`: where words may stand; `scale`: pixels per delivered pixel."""
    boxes: dict[str, Box] = {}
    if marks.label is not None:
        corner, width, height = marks.label
        on_line = arrangement.frame == "line"
        rim = _line(page, height) if on_line else _rim(page, arrangement.frame == "mat")
        box = in_corner(rim, corner, width, height)
        if within(box, rim):
            boxes["label"] = box
    if marks.logo is not None:
        most_width, most_height = (share * page.unit for share in _LOGO)
        height = min(most_height, most_width / marks.logo)
        box = _placed(area, arrangement.logo, height * marks.logo, height, boxes, page)
        if within(box, area):
            boxes["logo"] = box
    if marks.qr_modules is not None:
        module = max(_MODULE_PIXELS * scale, _MODULE * min(page.width, page.height))
        side = max(_QR_SIDE * page.unit, module * marks.qr_modules)
        box = _placed(area, arrangement.qr, side, side, boxes, page)
        is_small = side <= _QR_MOST * min(area[3] - area[1], area[2] - area[0])
        if is_small and within(box, area):
            boxes["qr"] = box
    return boxes


def _line(page: Page, height: float) -> Box:
    """Where a mark of that height breaks the line of a frame, as a legend does: inside it would
    stand among the words."""
    top, _, bottom, _ = page.safe
    left, first, right, last = page.area
    inset = _INSET * page.unit
    above, below = min(height / 2, first - top), min(height / 2, page.height - bottom - last)
    return left + inset, first - above, right - inset, last + below


def _rim(page: Page, has_mat: bool) -> Box:
    short = min(page.width, page.height)
    least = (MAT + 0.02 if has_mat else _MARGIN) * short
    top, right, bottom, left = (max(side + _CLEAR * short, least) for side in page.safe)
    return left, top, page.width - right, page.height - bottom


def _placed(
    area: Box, corner: str, width: float, height: float, taken: dict[str, Box], page: Page
) -> Box:
    """In the corner, moved up or down along its side until it is clear of the marks there."""
    gap = GAP * page.unit
    box = in_corner(area, corner, width, height)
    for other in taken.values():
        if overlap(box, grown(other, gap)):
            top = other[3] + gap if corner.startswith("top") else other[1] - gap - height
            box = box[0], top, box[2], top + height
    return box
