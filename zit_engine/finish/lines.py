"""One text becomes lines at a size: wrapped, priced, measured.

Comes in: a text, what kind it is, a font, a size. Goes out: lines with their pen places and ink.
It knows nothing of colours or of what stands beside the text.
"""

import functools
import re
from dataclasses import dataclass

from zit_engine.finish.fonts import reference
from zit_engine.finish.glyphs import Face
from zit_engine.finish.wrap import wrap

# Everything is measured at one size and scaled: a preview and the full picture break alike.
_MEASURE = 100.0
# From one line's Hangul to the next, in heights of Hangul: display type tight, small type loose.
_PITCH = {"headline": 1.28, "price": 1.25}
_LOOSE_PITCH = 1.5
# Words beside the figures of a price, in heights of the figures.
_UNIT = 0.56
_PERCENT = 0.72
_FIGURES = re.compile(r"[\d][\d,.]*(?:\s?[+~:]\s?\d[\d,.]*)*|\d")


@dataclass(frozen=True, slots=True)
class Piece:
    """Letters of one size: `x` from the start of the line, `size` of the font in pixels."""

    text: str
    x: float
    size: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line at its place. x, y: the pen's start on the baseline; ink: left, top, right, bottom.
    `height`: of its Hangul, in pixels."""

    kind: str
    text: str
    font: str
    height: float
    x: float
    y: float
    pieces: tuple[Piece, ...]
    ink: tuple[float, float, float, float]

    def moved(self, dx: float, dy: float) -> "Line":
        left, top, right, bottom = self.ink
        return Line(
            self.kind,
            self.text,
            self.font,
            self.height,
            self.x + dx,
            self.y + dy,
            self.pieces,
            (left + dx, top + dy, right + dx, bottom + dy),
        )


def set_lines(
    kind: str, text: str, font: str, height: float, width: float, most: int, cut: bool = False
) -> list[Line] | None:
    """The text in lines of Hangul `height` pixels tall, the first one's ink at the top (y = 0),
    each ink's left edge at 0. `cut`: a word wider than the line may be cut. None where it does not
    fit into `width` and `most` lines."""
    # A price without figures is words like any other; beside figures words are small.
    voice = kind if kind != "price" or _FIGURES.search(text) else "words"
    # Rounded down: the same lines for the same room, and hits in the cache.
    room = int(width / height * 200) / 200
    texts = _wrapped(text, font, voice, room, max(most, text.count("\n") + 1), cut)
    if texts is None:
        return None
    pitch = _PITCH.get(kind, _LOOSE_PITCH) * height
    size = height / hangul(font)[2]
    drop, lines = 0.0, []
    for index, line in enumerate(texts):
        measured = _measured(line, font, voice)
        left, top, right, bottom = (value * size for value in measured.ink)
        if right - left > width:
            return None
        if index == 0:
            drop = -min(top, hangul(font)[0] * size)
        y = drop + index * pitch
        pieces = tuple(Piece(p.text, p.x * size, p.size * size) for p in measured.pieces)
        lines.append(
            Line(
                kind, line, font, height, -left, y, pieces, (0.0, y + top, right - left, y + bottom)
            )
        )
    return lines


def height_of(lines: list[Line]) -> float:
    """From the top of the first line to the foot of the last one's Hangul or ink."""
    last = lines[-1]
    return max(last.ink[3], last.y + hangul(last.font)[1] * last.height / hangul(last.font)[2])


@functools.cache
def hangul(font: str) -> tuple[float, float, float]:
    """Top (negative), bottom and height of the font's Hangul, in sizes of the font."""
    face = Face(font, _MEASURE)
    _, top, _, bottom = face.ink_box(reference("hangul"))
    return top / _MEASURE, bottom / _MEASURE, (bottom - top) / _MEASURE


@dataclass(frozen=True, slots=True)
class _Measured:
    """In sizes of the font."""

    pieces: tuple[Piece, ...]
    ink: tuple[float, float, float, float]


@functools.lru_cache(maxsize=4096)
def _measured(text: str, font: str, kind: str) -> _Measured:
    face = Face(font, _MEASURE)
    x, pieces, boxes = 0.0, [], []
    for part, scale in _parts(text, kind):
        pieces.append(Piece(part, x, scale))
        left, top, right, bottom = (value / _MEASURE * scale for value in face.ink_box(part))
        if right > left:
            boxes.append((x + left, top, x + right, bottom))
        x += face.width(part) / _MEASURE * scale
    if not boxes:
        return _Measured(tuple(pieces), (0.0, 0.0, 0.0, 0.0))
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return _Measured(tuple(pieces), (min(lefts), min(tops), max(rights), max(bottoms)))


def _parts(text: str, kind: str) -> list[tuple[str, float]]:
    """The line cut where the size changes: figures of a price large, what surrounds them small."""
    if kind != "price":
        return [(text, 1.0)]
    parts, at = [], 0
    for match in _FIGURES.finditer(text):
        if match.start() > at:
            parts.append((text[at : match.start()], _UNIT))
        parts.append((match.group(), 1.0))
        at = match.end()
        if text[at : at + 1] == "%":
            parts.append(("%", _PERCENT))
            at += 1
    if at < len(text):
        parts.append((text[at:], _UNIT))
    return parts


@functools.lru_cache(maxsize=4096)
def _wrapped(
    text: str, font: str, kind: str, room: float, most: int, cut: bool
) -> tuple[str, ...] | None:
    """Lines no wider than `room` heights of Hangul."""
    height = hangul(font)[2]

    lines = wrap(text, lambda line: _advance(line, font, kind) / height, room, most)
    if lines is None or (not cut and " ".join(lines).split() != text.split()):
        return None
    return tuple(lines)


@functools.lru_cache(maxsize=8192)
def _advance(text: str, font: str, kind: str) -> float:
    """How far the pen moves, in sizes of the font. Found ten times as fast as the ink."""
    face = Face(font, _MEASURE)
    return sum(face.width(part) / _MEASURE * scale for part, scale in _parts(text, kind))
