"""Words become lines by Korean rules, of lengths as even as they can be.

Comes in: a text, a measure, a width. Goes out: lines, or None. It knows nothing of fonts; where a
line may end is the business of `breaks`.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from zit_engine.finish.breaks import Piece, counted, leans, pieces

# A rest of fewer letters does not stand on a line of its own.
_LEAST = 2
# A line ending in a word that leans on the next costs as much as two lines half a width apart.
_LEANING = 0.35

Measure = Callable[[str], float]


def wrap(text: str, width_of: Measure, max_width: float, max_lines: int) -> list[str] | None:
    """The fewest lines, at most max_lines, none wider than max_width, then the most even ones.

    Line ends in the text are kept, runs of spaces become one. A line ends between words, inside a
    word only where that word alone is wider than max_width. None where it cannot be done without
    cutting a number off its unit, leaving one syllable alone on a last line, or starting a line
    with punctuation.
    """
    lines: list[str] = []
    for paragraph in unicodedata.normalize("NFC", text).strip().splitlines():
        found = _paragraph(paragraph, width_of, max_width, max_lines - len(lines))
        if found is None:
            return None
        lines += found
    return lines if len(lines) <= max_lines else None


def _paragraph(
    paragraph: str, width_of: Measure, max_width: float, max_lines: int
) -> list[str] | None:
    parts = pieces(paragraph, lambda word: width_of(word) > max_width)
    if not parts:
        return [""]
    setter = _Setter(parts, width_of, max_width)
    return next((ways.lines for ways in setter.by_count(max_lines) if ways), None)


@dataclass(frozen=True, slots=True)
class _Way:
    """Lines so far; `cost` is what they are compared by: cut words, then unevenness."""

    cost: tuple[int, float]
    lines: list[str]


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that ends before the piece `end`."""

    text: str
    end: int
    cost: float


class _Setter:
    """Dynamic programme over (lines, pieces): the best way to set the first pieces in so many."""

    def __init__(self, parts: list[Piece], width_of: Measure, max_width: float) -> None:
        self._parts = parts
        self._max_width = max_width
        self._width_of = width_of
        self._leaning = (_LEANING * max_width) ** 2
        # Which lines there can be is the same for every number of them; none after the last piece.
        self._lines = [self._lines_from(start) for start in range(len(parts) + 1)]

    def by_count(self, max_lines: int) -> "list[_Way | None]":
        """The best way in one line, in two, and so on."""
        total = len(self._parts)
        ways: dict[int, _Way] = {0: _Way((0, 0.0), [])}
        found: list[_Way | None] = []
        for _ in range(min(max_lines, total)):
            ways = self._one_more_line(ways)
            found.append(ways.get(total))
            if found[-1]:
                break
        return found

    def _one_more_line(self, ways: dict[int, _Way]) -> dict[int, _Way]:
        longer: dict[int, _Way] = {}
        for start, way in ways.items():
            for line in self._lines[start]:
                cuts, unevenness = way.cost
                cost = cuts + self._is_cut(line.end), unevenness + line.cost
                if line.end not in longer or cost < longer[line.end].cost:
                    longer[line.end] = _Way(cost, [*way.lines, line.text])
        return longer

    def _lines_from(self, start: int) -> list[_Line]:
        """Every line that may start at a piece."""
        found, text = [], ""
        for end in range(start + 1, len(self._parts) + 1):
            part = self._parts[end - 1]
            text += (" " if part.space and text else "") + part.text
            width = self._width_of(text)
            if width > self._max_width:
                break
            if self._may_stand(text, start, end):
                is_last = end == len(self._parts)
                # With the sum of widths given, their squares sum up least when they are equal.
                cost = width**2 + (0 if is_last or not leans(text) else self._leaning)
                found.append(_Line(text, end, cost))
        return found

    def _may_stand(self, text: str, start: int, end: int) -> bool:
        is_last = end == len(self._parts)
        if not is_last and not self._parts[end].may_start:
            return False
        is_rest = (is_last and start > 0) or self._is_cut(start) or self._is_cut(end)
        return not is_rest or counted(text) >= _LEAST

    def _is_cut(self, place: int) -> bool:
        """Whether a line ending there ends inside a word."""
        return 0 < place < len(self._parts) and not self._parts[place].space
