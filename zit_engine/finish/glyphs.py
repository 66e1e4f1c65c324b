"""A line of text as ink: how wide it is, where its ink lies, and its coverage in pixels.

Comes in: a font's id, a size in pixels, a line. Goes out: numbers and a greyscale mask. Letters the
font lacks come from its fallbacks at matching size and height. It knows nothing of colours, lines
below one another or the picture.
"""

import functools
import math
import threading
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from zit_engine.finish.fonts import FOLDER, emoji_file, load_fonts, reference
from zit_engine.finish.runs import Run, runs

# Measured once at this size and scaled: the same layout in a preview and in the full picture.
_MEASURE = 1000
_KEPT_SIZES = 48
_EMOJI_HEIGHT = 1.1

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A run with its place: `x` from the pen start, `shift` below the baseline, `scale` of size."""

    run: Run
    x: float
    shift: float
    scale: float


class Face:
    """A typeface at a size. Cheap to make; safe to use from several threads."""

    def __init__(self, font_id: str, size: float) -> None:
        self.font = load_fonts()[font_id]
        self.size = size
        self._unit = size / _MEASURE
        top, bottom = _reach(self.font.file, "hangul")
        self.ink_height = (bottom - top) * self._unit
        self.ascent, self.descent = (value * self._unit for value in _metrics(self.font.file))

    def width(self, text: str) -> float:
        """How far the pen moves."""
        return _layout(self.font.id, text)[1] * self._unit

    def ink_box(self, text: str) -> Box:
        """left, top, right, bottom of the ink, from the pen start on the baseline; y down."""
        boxes = [_piece_box(piece) for piece in _layout(self.font.id, text)[0]]
        boxes = [box for box in boxes if box[2] > box[0]]
        if not boxes:
            return 0.0, 0.0, 0.0, 0.0
        left, top, right, bottom = zip(*boxes, strict=True)
        return (
            min(left) * self._unit,
            min(top) * self._unit,
            max(right) * self._unit,
            max(bottom) * self._unit,
        )

    def mask(self, text: str, stroke: float = 0) -> tuple[Image.Image, int, int]:
        """Coverage 0..255 of the line, outlined by `stroke` pixels, and where the mask's top left
        corner lies from the pen start on the baseline."""
        margin = math.ceil(stroke) + 2
        left, top, right, bottom = self.ink_box(text)
        dx, dy = math.floor(left) - margin, math.floor(top) - margin
        size = math.ceil(right) + margin - dx, math.ceil(bottom) + margin - dy
        mask = Image.new("L", size)
        draw = ImageDraw.Draw(mask)
        for piece in _layout(self.font.id, text)[0]:
            draw.text(
                (piece.x * self._unit - dx, piece.shift * self._unit - dy),
                piece.run.text,
                fill=255,
                font=_open(piece.run.file, self.size * piece.scale),
                anchor="ls",
                stroke_width=stroke,
            )
        return mask, dx, dy


@functools.lru_cache(maxsize=2048)
def _layout(font_id: str, text: str) -> tuple[tuple[_Piece, ...], float]:
    pieces, x = [], 0.0
    for run in runs(text, font_id):
        scale, shift = _fit(load_fonts()[font_id].file, run.file, run.rank)
        pieces.append(_Piece(run, x, shift, scale))
        x += _open(run.file, _MEASURE).getlength(run.text) * scale
    return tuple(pieces), x


@functools.cache
def _fit(own: str, other: str, rank: int) -> tuple[float, float]:
    """Scale and downward shift that make a fallback file stand as tall as the font's own Hangul."""
    if rank == 0:
        return 1.0, 0.0
    top, bottom = _reach(own, "hangul")
    is_emoji = other == emoji_file()
    high, low = _reach(other, "\U0001f600" if is_emoji else "hangul")
    scale = (bottom - top) / (low - high) * (_EMOJI_HEIGHT if is_emoji else 1.0)
    return scale, (top + bottom) / 2 - (high + low) / 2 * scale


@functools.cache
def _reach(file: str, kind: str) -> tuple[float, float]:
    letters = reference(kind) if kind.isascii() else kind
    _, top, _, bottom = _open(file, _MEASURE).getbbox(letters, anchor="ls")
    return top, bottom


@functools.cache
def _metrics(file: str) -> tuple[int, int]:
    return _open(file, _MEASURE).getmetrics()


@functools.lru_cache(maxsize=2048)
def _run_box(run: Run) -> Box:
    return _open(run.file, _MEASURE).getbbox(run.text, anchor="ls")


def _piece_box(piece: _Piece) -> Box:
    left, top, right, bottom = _run_box(piece.run)
    return (
        piece.x + left * piece.scale,
        piece.shift + top * piece.scale,
        piece.x + right * piece.scale,
        piece.shift + bottom * piece.scale,
    )


class _Opened(threading.local):
    """FreeType faces are not thread-safe: each thread opens its own."""

    def __init__(self) -> None:
        self.font = functools.lru_cache(maxsize=_KEPT_SIZES)(
            lambda file, size: ImageFont.truetype(FOLDER / file, size)
        )


_OPENED = _Opened()


def _open(file: str, size: float) -> ImageFont.FreeTypeFont:
    return _OPENED.font(file, size)
