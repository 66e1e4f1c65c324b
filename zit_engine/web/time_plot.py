"""A plot of the last hour as SVG that follows the page's colours and language.

Comes in: points (seconds ago, value). Goes out: HTML. No script and no outside host draws it.
"""

import math
from collections.abc import Sequence

from zit_engine.last_hour import HOUR_S, Points
from zit_engine.messages import LANGUAGES, say
from zit_engine.web.markup import both, labelled_text

# Pixels of the drawing; it scales with the page, lines keep their width.
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 560, 136, 48, 8, 8, 8
_MINUTES = (60, 45, 30, 15, 0)
_STEPS = (1, 2, 5)


def time_plot(title_id: str, points: Points, kind: str) -> str:
    """A figure with its title. `kind`: "steps" holds a value until the next point, "dots" shows
    each by itself, "bars" are values of their own stretch of time."""
    caption = f"<figcaption>{both(title_id)}</figcaption>"
    if not points:
        empty = f'<p class="note">{both("health.plot_empty")}</p>'
        return f'<figure class="time-plot">{caption}{empty}</figure>'
    top = _ceiling(max(1.0, *(value for _, value in points)))
    drawn = {"steps": _steps, "dots": _dots, "bars": _bars}[kind](points, top)
    return (
        f'<figure class="time-plot">{caption}<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f"{_said(title_id, points)}>{_scale(top)}{drawn}</svg>{_axis()}</figure>"
    )


def per_stretch(points: Points, seconds: float = 300.0) -> Points:
    """Sums over stretches of so many seconds, each at its middle."""
    sums: dict[int, float] = {}
    for ago, value in points:
        sums[int(ago // seconds)] = sums.get(int(ago // seconds), 0.0) + value
    return tuple(((n + 0.5) * seconds, sums[n]) for n in sorted(sums, reverse=True))


def _ceiling(most: float) -> float:
    """The next round number: 1, 2 or 5 with zeros."""
    zeros = 10.0 ** math.floor(math.log10(most))
    return next((step * zeros for step in _STEPS if step * zeros >= most), 10 * zeros)


def _x(ago: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * (1 - min(ago, HOUR_S) / HOUR_S)


def _y(value: float, top: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top)


def _scale(top: float) -> str:
    """Three lines across with their values; the moments stand below as text of the page."""
    lines = []
    for value in (0.0, top / 2, top):
        y = _y(value, top)
        lines.append(f'<line class="rule" x1="{LEFT}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>')
        lines.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>')
    return "".join(lines)


def _steps(points: Points, top: float) -> str:
    path = [f"M{_x(points[0][0]):.1f} {_y(points[0][1], top):.1f}"]
    for ago, value in points[1:]:
        path.append(f"H{_x(ago):.1f}V{_y(value, top):.1f}")
    return f'<path class="line" d="{"".join(path)}"/>'


def _dots(points: Points, top: float) -> str:
    # Hundreds lie on each other; the newest on top.
    return "".join(
        f'<circle cx="{_x(ago):.1f}" cy="{_y(value, top):.1f}" r="3"/>' for ago, value in points
    )


def _bars(points: Points, top: float) -> str:
    bars = []
    for ago, value in points:
        y = _y(value, top)
        height = HEIGHT - BOTTOM - y
        bars.append(f'<rect x="{_x(ago) - 14:.1f}" y="{y:.1f}" width="28" height="{height:.1f}"/>')
    return "".join(bars)


def _axis() -> str:
    marks = "".join(
        f"<span>{both('health.minutes_ago', minutes=each) if each else both('health.now')}</span>"
        for each in _MINUTES
    )
    return f'<div class="moments" aria-hidden="true">{marks}</div>'


def _said(title_id: str, points: Points) -> str:
    """The plot for who cannot see it."""
    values: Sequence[float] = [value for _, value in points]
    facts = {"most": f"{max(values):.3g}", "last": f"{values[-1]:.3g}"}
    said = (say("health.plot_said", lang, title=say(title_id, lang), **facts) for lang in LANGUAGES)
    return labelled_text("aria-label", *said)
