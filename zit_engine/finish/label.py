"""The visible mark that a picture was made by AI, and the shop's logo.

Comes in: the picture, a place. Goes out: the mark painted there. Where it stands is decided
elsewhere; the mark's words live in layouts.toml.
"""

import functools
import tomllib
from pathlib import Path

from PIL import Image

from zit_engine.finish.boxes import Box
from zit_engine.finish.contrast import Rgb, between, luminance_of, ratio
from zit_engine.finish.ink import Ink, coloured, ink_of
from zit_engine.finish.lines import height_of, set_lines
from zit_engine.finish.shapes import plate_mask

_TABLE = Path(__file__).with_name("layouts.toml")
# Hangul as tall as this share of the short side, never under so many delivered pixels.
_HEIGHT = 0.02
_LEAST_PIXELS = 12.0
_PAD = (0.75, 0.5)
_PLATE: Rgb = (12, 12, 14)
_INK: Rgb = (255, 255, 255)
# On pure white this leaves a grey on which white reads at 6.6:1.
_OPACITY = 0.66
# A logo this close in lightness to what lies beneath gets a plate.
_LOGO_HOLDS = 2.2
_LOGO_PAD = 0.14


@functools.cache
def _words() -> tuple[str, str]:
    table = tomllib.loads(_TABLE.read_text(encoding="utf-8"))["mark"]
    return table["text"], table["font"]


def label_size(size: tuple[int, int], scale: float) -> tuple[float, float]:
    """Width and height of the mark on a picture of that size."""
    height = max(_HEIGHT * min(size), _LEAST_PIXELS * scale)
    lines = set_lines("label", *_words(), height, 1e6, 1) or []
    x, y = (pad * height for pad in _PAD)
    return lines[0].ink[2] + 2 * x, height_of(lines) + 2 * y


def paint_label(picture: Image.Image, box: Box) -> Ink:
    """The mark painted into `box`; its ink, to be measured."""
    left, top, right, bottom = (round(value) for value in box)
    plate = plate_mask("rect", right - left, bottom - top, (bottom - top) // 2, 0, 0)
    picture.paste(_PLATE, (left, top), plate.point(lambda value: value * _OPACITY))
    text, font = _words()
    height = _fitting_height(box)
    line = (set_lines("label", text, font, height, 1e6, 1) or [])[0]
    x = (box[0] + box[2] - line.ink[2]) / 2
    y = (box[1] + box[3]) / 2 - (line.ink[1] + line.ink[3]) / 2
    ink = coloured(ink_of(line.moved(x, y)), _INK)
    picture.paste(_INK, (ink.x, ink.y), ink.mask)
    return ink


def _fitting_height(box: Box) -> float:
    """The height of Hangul `label_size` made the box for."""
    text, font = _words()
    tall = height_of(set_lines("label", text, font, 100.0, 1e6, 1) or []) + 200 * _PAD[1]
    return 100 * (box[3] - box[1]) / tall


def trimmed(logo: Image.Image) -> Image.Image | None:
    """The logo without its empty rim, None where nothing of it can be seen."""
    logo = logo.convert("RGBA")
    seen = logo.getchannel("A").point(lambda value: 255 * (value > 12)).getbbox()
    return logo.crop(seen) if seen else None


def logo_shape(logo: Image.Image) -> float:
    """Width over height of the room a logo takes, its margin included."""
    inner = 1 - 2 * _LOGO_PAD
    return inner * logo.width / logo.height + 2 * _LOGO_PAD


def paint_logo(picture: Image.Image, logo: Image.Image, box: Box, paper: Rgb, deep: Rgb) -> None:
    """The logo in `box`, on a plate of its own where it would drown."""
    left, top, right, bottom = (round(value) for value in box)
    size = right - left, bottom - top
    pad = round(_LOGO_PAD * size[1])
    inner = max(1, size[0] - 2 * pad), max(1, size[1] - 2 * pad)
    shown = logo.resize(inner, Image.Resampling.LANCZOS)
    opaque = shown.getchannel("A").getextrema()[0] == 255
    own = _mean(shown.convert("RGB"), shown.getchannel("A"))
    ground = _mean(picture.crop((left, top, right, bottom)), None)
    if not opaque and ratio(luminance_of(own), luminance_of(ground)) < _LOGO_HOLDS:
        fill = max((paper, deep), key=lambda tone: between(tone, own))
        picture.paste(fill, (left, top), plate_mask("rect", *size, pad, 0, 0))
    picture.paste(shown.convert("RGB"), (left + pad, top + pad), shown.getchannel("A"))


def _mean(picture: Image.Image, weight: Image.Image | None) -> Rgb:
    # Of the histogram, not of resized pixels: see-through ones must not count.
    values = []
    for band in picture.split():
        counts = band.histogram(weight.point(lambda v: 255 * (v > 127)) if weight else None)
        total = sum(counts) or 1
        values.append(round(sum(value * count for value, count in enumerate(counts)) / total))
    return values[0], values[1], values[2]
