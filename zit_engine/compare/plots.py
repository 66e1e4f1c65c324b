"""Two plots of votes as places on a line, ready to be drawn. Comes in: counted styles. Goes out:
pixels and labels. It draws nothing and knows nothing of HTML.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from zit_engine.compare.tally import StyleTally, signed

Name = tuple[str, str]
# Pixels: names on the left, then the scale, then room for a number.
LEFT, SCALE, RIGHT, ROW = 120, 240, 60, 34


@dataclass(frozen=True, slots=True)
class Dot:
    """One style: its name in both languages, where it lies, its whiskers (None without), a label.
    `x` values are pixels from the left."""

    name: Name
    y: int
    x: float
    low: float | None
    high: float | None
    text: str


@dataclass(frozen=True, slots=True)
class Plot:
    """`kind` is "rate" or "strength"; `ticks` are (x, label); sizes are pixels."""

    kind: str
    dots: tuple[Dot, ...]
    ticks: tuple[tuple[float, str], ...]
    width: int
    height: int


def rates(rows: Sequence[tuple[Name, StyleTally]]) -> Plot:
    """Win rates from 0 to 100 % with their 95 % intervals."""
    dots: list[Dot] = []
    for name, row in rows:
        if row.rate is None or row.low is None or row.high is None:
            continue
        x, low, high = (LEFT + SCALE * share for share in (row.rate, row.low, row.high))
        dots.append(Dot(name, _y(len(dots)), x, low, high, f"{row.rate:.0%}"))
    ticks = tuple((LEFT + SCALE * share / 100, f"{share}%") for share in (0, 25, 50, 75, 100))
    return _plot("rate", dots, ticks)


def strengths(rows: Sequence[tuple[Name, StyleTally]]) -> Plot:
    """Bradley-Terry strengths around 0, the scale as wide as the largest needs, at least ±1."""
    known = [(name, row.strength) for name, row in rows if row.strength is not None]
    edge = max([1, *(math.ceil(abs(strength)) for _, strength in known)])
    dots = [
        Dot(name, _y(place), _on_scale(strength, edge), None, None, signed(strength))
        for place, (name, strength) in enumerate(known)
    ]
    ticks = tuple(
        (_on_scale(value, edge), f"{value:+d}" if value else "0") for value in (-edge, 0, edge)
    )
    return _plot("strength", dots, ticks)


def _on_scale(value: float, edge: int) -> float:
    return LEFT + SCALE * (value + edge) / (2 * edge)


def _y(place: int) -> int:
    return ROW * place + ROW // 2


def _plot(kind: str, dots: Sequence[Dot], ticks: tuple[tuple[float, str], ...]) -> Plot:
    return Plot(kind, tuple(dots), ticks, LEFT + SCALE + RIGHT, ROW * len(dots) + 28)
