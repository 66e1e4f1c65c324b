"""Lines as coverage in their places, and how well each stands out from a picture.

Comes in: placed lines. Goes out: masks at pixel places, measured contrasts. It chooses no colours.
"""

import dataclasses
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops

from zit_engine.finish.contrast import Rgb, around, near, reach, worst
from zit_engine.finish.glyphs import Face
from zit_engine.finish.lines import Line

# Width of an outline in heights of Hangul; wider than what is measured around the ink.
STROKE = 0.085


@dataclass(frozen=True, slots=True)
class Ink:
    """One line ready to be painted: `mask` with its top left corner at x, y. `stroke`: colour of an
    outline, None without one."""

    line: Line
    mask: Image.Image
    x: int
    y: int
    colour: Rgb = (0, 0, 0)
    stroke: Rgb | None = None

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Of the mask, its empty rim included."""
        return self.x, self.y, self.x + self.mask.width, self.y + self.mask.height

    @property
    def tight(self) -> tuple[int, int, int, int]:
        """Of the ink itself, with its outline."""
        left, top, right, bottom = self.mask.getbbox() or (0, 0, 1, 1)
        wide = stroke_width(self.line) if self.stroke else 0
        return (
            self.x + left - wide,
            self.y + top - wide,
            self.x + right + wide,
            self.y + bottom + wide,
        )


def stroke_width(line: Line) -> int:
    return max(reach(line.height) + 1, round(STROKE * line.height))


def ink_of(line: Line) -> Ink:
    """The line's coverage, with room around it for what is measured and for an outline."""
    mask, x, y = _coverage(line, 0)
    return Ink(line, mask, x, y)


def outline_of(ink: Ink) -> tuple[Image.Image, int, int]:
    """Coverage of ink and outline together, and its place."""
    return _coverage(ink.line, stroke_width(ink.line))


def _coverage(line: Line, stroke: int) -> tuple[Image.Image, int, int]:
    rim = stroke + reach(line.height) + 3
    left, top = round(line.ink[0]) - rim, round(line.ink[1]) - rim
    width = round(line.ink[2]) + rim - left
    height = round(line.ink[3]) + rim - top
    mask = Image.new("L", (width, height))
    for piece in line.pieces:
        part, dx, dy = Face(line.font, piece.size).mask(piece.text, stroke)
        at = round(line.x + piece.x) + dx - left, round(line.y) + dy - top
        region = (at[0], at[1], at[0] + part.width, at[1] + part.height)
        mask.paste(ImageChops.lighter(mask.crop(region), part), region)
    return mask, left, top


def reads_on(picture: Image.Image, ink: Ink) -> float:
    """Contrast the ink will have on `picture`: with what it covers or with what stays beside it,
    whichever is less."""
    pixels = np.asarray(picture.crop(ink.box))
    covered = worst(pixels[near(ink.mask, ink.line.height)], ink.colour)
    return min(covered, contrast_in(picture, ink))


def contrast_in(picture: Image.Image, ink: Ink) -> float:
    """Contrast of the ink with what is to be seen around it, painted or not."""
    pixels = np.asarray(picture.crop(ink.box))
    return worst(pixels[around(ink.mask, ink.line.height)], ink.colour)


def coloured(ink: Ink, colour: Rgb, stroke: Rgb | None = None) -> Ink:
    return dataclasses.replace(ink, colour=colour, stroke=stroke)
