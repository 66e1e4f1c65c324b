"""A line of text as ink: how wide it is, where its ink lies, and its coverage in pixels.

Comes in: a typeface's id, a size in pixels, a line. Goes out: numbers and a greyscale mask. Letters
the typeface lacks come from others at matching size and height. It knows nothing of colours, of
lines below one another or of the picture.
"""

import functools
import math
from dataclasses import dataclass

from PIL import Image, ImageDraw

from zit_engine.finish.fonts import FACES, load_fonts, opened, reference
from zit_engine.finish.runs import Run, runs

# Advances are taken once at this size and scaled, so that a preview and the full picture get the
# same layout: within 0.06 % of what each size would give.
_MEASURE = 1000
# Ink is found by drawing at this size: 3 to 7 ms a line, once, and 1/200 of the size exact.
_DRAWN = 200
# A picture as tall as Hangul looks smaller than it: its corners are empty.
_EMOJI_HEIGHT = 1.12
_KEPT_LINES = 2048

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A run with its place, in parts of the size: `x` from the pen start, `drop` below the
    baseline, `scale` against the size."""

    run: Run
    x: float
    drop: float
    scale: float


class Face:
    """A typeface at a size. Costs nothing to make; may be used by several threads.

    `ink_height`: how tall Hangul stands. `ascent` and `descent`: the designer's line, both
    positive. All in pixels.
    """

    def __init__(self, font_id: str, size: float) -> None:
        self.font = load_fonts()[font_id]
        self.size = size
        top, bottom = _reach(self.font.file, "hangul")
        self.ink_height = (bottom - top) * size
        self.ascent, self.descent = (part * size for part in _line_reach(self.font.file))

    def width(self, text: str) -> float:
        """How far the pen moves over the line."""
        return _layout(self.font.id, text)[1] * self.size

    def ink_box(self, text: str) -> Box:
        """left, top, right, bottom of the ink from the pen start on the baseline, y downwards;
        all 0 where there is no ink. In proportion to the size; what `mask` draws keeps to it
        within 2 pixels, because FreeType moves stems onto whole pixels."""
        left, top, right, bottom = _line_box(self.font.id, text)
        return left * self.size, top * self.size, right * self.size, bottom * self.size

    def mask(self, text: str, stroke: float = 0) -> tuple[Image.Image, int, int]:
        """Coverage 0..255 ("L") of the line, widened by `stroke` pixels on every side, and where
        the mask's top left corner lies from the pen start on the baseline."""
        left, top, right, bottom = self.ink_box(text)
        margin = math.ceil(stroke) + 2
        dx, dy = math.floor(left) - margin, math.floor(top) - margin
        mask = Image.new("L", (math.ceil(right) + margin - dx, math.ceil(bottom) + margin - dy))
        draw = ImageDraw.Draw(mask)
        with FACES:
            for piece in _layout(self.font.id, text)[0]:
                draw.text(
                    (piece.x * self.size - dx, piece.drop * self.size - dy),
                    piece.run.text,
                    fill=255,
                    font=opened(piece.run.file, self.size * piece.scale),
                    anchor="ls",
                    stroke_width=stroke,
                )
        return mask, dx, dy


@functools.lru_cache(maxsize=_KEPT_LINES)
def _layout(font_id: str, text: str) -> tuple[tuple[_Piece, ...], float]:
    """The pieces of a line and its width, for size 1."""
    pieces, x = [], 0.0
    own = load_fonts()[font_id].file
    for run in runs(text, font_id):
        scale, drop = _fit(own, run.file, run.kind)
        pieces.append(_Piece(run, x, drop, scale))
        with FACES:
            x += opened(run.file, _MEASURE).getlength(run.text) / _MEASURE * scale
    return tuple(pieces), x


@functools.lru_cache(maxsize=_KEPT_LINES)
def _line_box(font_id: str, text: str) -> Box:
    boxes = [box for piece in _layout(font_id, text)[0] if (box := _piece_box(piece))]
    if not boxes:
        return 0.0, 0.0, 0.0, 0.0
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _piece_box(piece: _Piece) -> Box | None:
    box = _run_box(piece.run.text, piece.run.file)
    if box is None:
        return None
    left, top, right, bottom = (edge * piece.scale for edge in box)
    return piece.x + left, piece.drop + top, piece.x + right, piece.drop + bottom


@functools.lru_cache(maxsize=_KEPT_LINES)
def _run_box(text: str, file: str) -> Box | None:
    """Found by drawing: FreeType's own boxes count the advance as ink."""
    with FACES:
        face = opened(file, _DRAWN)
        reach = math.ceil(face.getlength(text)) + 4 * _DRAWN, 4 * _DRAWN
        drawn = Image.new("L", reach)
        ImageDraw.Draw(drawn).text((2 * _DRAWN, 2 * _DRAWN), text, 255, face, anchor="ls")
    box = drawn.getbbox()
    if box is None:
        return None
    left, top, right, bottom = ((edge - 2 * _DRAWN) / _DRAWN for edge in box)
    return left, top, right, bottom


@functools.cache
def _fit(own: str, other: str, kind: str) -> tuple[float, float]:
    """Scale and drop at which another file's letters stand as tall and as high as the own."""
    if kind == "own":
        return 1.0, 0.0
    is_emoji = kind == "emoji"
    top, bottom = _reach(own, "hangul" if is_emoji else kind)
    high, low = _reach(other, kind)
    scale = (bottom - top) / (low - high) * (_EMOJI_HEIGHT if is_emoji else 1.0)
    return scale, (top + bottom) / 2 - (high + low) / 2 * scale


@functools.cache
def _reach(file: str, kind: str) -> tuple[float, float]:
    """Mean top and bottom of the reference letters, for size 1."""
    with FACES:
        face = opened(file, _MEASURE)
        boxes = [face.getbbox(letter, anchor="ls") for letter in reference(kind)]
    share = 1 / (_MEASURE * len(boxes))
    return sum(box[1] for box in boxes) * share, sum(box[3] for box in boxes) * share


@functools.cache
def _line_reach(file: str) -> tuple[float, float]:
    with FACES:
        ascent, descent = opened(file, _MEASURE).getmetrics()
    return ascent / _MEASURE, descent / _MEASURE
