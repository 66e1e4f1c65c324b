"""Bowls, plates, baskets and what lies on them: shapes that several subjects share.

In: a Sheet and places on it. Out: nothing; the shapes are laid.
"""

from __future__ import annotations

import math
from random import Random

from zit_engine.pocket.drawn.sketch import Mask, Point, Sheet, curve, ellipse, polygon, stroke


def bowl(
    sheet: Sheet, code: str, x: float = 0.5, y: float = 0.44, across: float = 0.43,
    down: float = 0.17, deep: float = 0.36, rim: str | None = None,
) -> Mask:  # fmt: skip
    """A bowl seen from a little above, its main part the clay. Returns the hollow's mask."""
    wall = [(x + across * math.cos(t), y + deep * max(0.0, math.sin(t)) ** 0.75)
            for t in (k * math.pi / 40 for k in range(41))]  # fmt: skip
    foot = ellipse(x, y + deep * 0.98, across * 0.45, 0.045)
    sheet.lay(foot, code, main=True, bulge=0.02)
    sheet.lay(polygon([*wall, (x - across, y - 0.01), (x + across, y - 0.01)]), code, main=True,
              bulge=0.09, gloss=0.5)  # fmt: skip
    sheet.lay(ellipse(x, y, across, down), rim or code, main=rim is None, bulge=0.012, gloss=0.4)
    hollow = ellipse(x, y + 0.005, across * 0.91, down * 0.86)
    sheet.lay(hollow, rim or code, main=rim is None, bulge=0, shadow=0)
    sheet.shade(hollow, 0.28, 0.004)
    sheet.shine(stroke([(x - across * 0.82, y + deep * 0.22), (x - across * 0.66, y + deep * 0.5)],
                       0.022), 0.45, 0.008)  # fmt: skip
    return hollow


def plate(sheet: Sheet, code: str, x: float = 0.5, y: float = 0.6, across: float = 0.46,
          down: float = 0.25) -> Mask:  # fmt: skip
    """A flat plate with a rim; returns the mask of its middle."""
    sheet.lay(ellipse(x, y + 0.025, across * 0.97, down), code, main=True, bulge=0.03)
    sheet.lay(ellipse(x, y, across, down), code, main=True, bulge=0.025, gloss=0.35)
    middle = ellipse(x, y, across * 0.78, down * 0.74)
    sheet.shade(middle, 0.14, 0.006)
    return middle


def spread(rnd: Random, count: int, x: float, y: float, across: float, down: float) -> list[Point]:
    """Places inside an ellipse, evenly and a little at random, the far ones first."""
    places = []
    for k in range(count):
        radius, angle = math.sqrt((k + 0.5) / count), k * 2.39996 + rnd.uniform(-0.25, 0.25)
        places.append((x + across * radius * math.cos(angle), y + down * radius * math.sin(angle)))
    return sorted(places, key=lambda place: place[1])


def rod(x: float, y: float, length: float, turn: float, width: float, flat: float = 0.6) -> Mask:
    """A thick straight piece lying at `turn` degrees, foreshortened downwards by `flat`."""
    a = math.radians(turn)
    dx, dy = math.cos(a) * length / 2, math.sin(a) * length / 2 * flat
    return stroke([(x - dx, y - dy), (x + dx, y + dy)], width)


def half_egg(sheet: Sheet, x: float, y: float, size: float = 0.1) -> None:
    """A boiled egg cut in two, the yolk up."""
    sheet.lay(ellipse(x, y, size, size * 0.72, -12), "#fbf7ee", bulge=0.02, gloss=0.5)
    sheet.lay(ellipse(x, y, size * 0.56, size * 0.42, -12), "#f6b23c", bulge=0.02, gloss=0.5,
              shadow=0.1)  # fmt: skip


def strands(
    sheet: Sheet, rnd: Random, codes: tuple[str, ...], count: int, x: float, y: float,
    across: float, down: float, width: float = 0.02, inside: Mask | None = None,
) -> None:  # fmt: skip
    """Noodles or thin strips coiled inside an ellipse."""
    for k in range(count):
        size = 1 - 0.8 * k / count
        start, turns = rnd.uniform(0, math.tau), rnd.uniform(2.2, 4.2)
        line = [
            (x + across * size * math.cos(start + turns * t / 10) * rnd.uniform(0.94, 1.06),
             y - 0.03 * (1 - size) + down * size * math.sin(start + turns * t / 10))
            for t in range(11)
        ]  # fmt: skip
        sheet.lay(stroke(curve(line, 6), width), codes[k % len(codes)], bulge=0.008, gloss=0.2,
                  shadow=0.3, inside=inside)  # fmt: skip


def seeds(sheet: Sheet, rnd: Random, code: str, count: int, x: float, y: float,
          across: float, down: float, size: float = 0.009) -> None:  # fmt: skip
    """Sesame and the like."""
    for px, py in spread(rnd, count, x, y, across, down):
        sheet.lay(ellipse(px, py, size, size * 0.6, rnd.uniform(0, 180)), code, bulge=0.004)


def rings(sheet: Sheet, rnd: Random, count: int, x: float, y: float, across: float,
          down: float) -> None:  # fmt: skip
    """Cut spring onion."""
    for px, py in spread(rnd, count, x, y, across, down):
        size = rnd.uniform(0.016, 0.024)
        ring = ellipse(px, py, size, size * 0.7) * (1 - ellipse(px, py, size * 0.5, size * 0.32))
        sheet.lay(ring, rnd.choice(("#6fae3f", "#8cc85a", "#4f9a3a")), bulge=0.005)
