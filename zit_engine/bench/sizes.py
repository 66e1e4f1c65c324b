"""Does anything but the first picture of a size pay for that size, whatever the style?

Comes in: a Trial. Goes out: a dict for JSON: for each size that a place of use is painted at, every
style once; the longest a step stood still after the size's first picture; and how much was compiled
then. Quickly: the smallest, a middle and the largest size, two styles each.
"""

import statistics
from typing import Any

from torch._dynamo.utils import counters

from zit_engine.bench.trial import Trial
from zit_engine.bench.watched_engine import Moments
from zit_engine.request.channels import load_channels, render_size

# A step so much longer than the others of its picture is one that somebody waits for.
STALL_S = 0.2


def run(trial: Trial) -> dict[str, Any]:
    facts = trial.engine.facts
    sizes = distinct_sizes(trial.side**2, facts.max_aspect, facts.size_step)
    if trial.quick:
        sizes = [sizes[0], sizes[len(sizes) // 2], sizes[-1]]
    styles = trial.styles
    trial.warm()
    rows, first_graphs, later_graphs = [], 0, 0
    for number, (width, height) in enumerate(sizes):
        begun = graphs()
        first = trial.paint(trial.shot(number, styles[0], width=width, height=height))
        known = graphs()
        chosen = [styles[1 + (number + each) % 5] for each in range(2)] if trial.quick else styles
        later = [
            trial.paint(trial.shot(number, style, width=width, height=height)) for style in chosen
        ]
        first_graphs += known - begun
        later_graphs += graphs() - known
        rows.append(_row(width, height, first, later))
    return {
        "sizes": len(sizes),
        "pictures_after_the_first": sum(row["pictures"] for row in rows),
        "longest_stall_s": max(row["stall_s"] for row in rows),
        "stalls_over_limit": sum(row["stall_s"] > STALL_S for row in rows),
        "first_picture_most_ratio": max(row["first_ratio"] for row in rows),
        "compiled_for_first_pictures": first_graphs,
        "compiled_later": later_graphs,
        "each": rows,
    }


def distinct_sizes(area: int, max_aspect: float, step: int) -> list[tuple[int, int]]:
    """Every size the places of use are painted at, the smallest area first."""
    found = {render_size(channel, area, max_aspect, step) for channel in load_channels().values()}
    return sorted(found, key=lambda size: (size[0] * size[1], size))


def graphs() -> int:
    """How many graphs torch has compiled in this process."""
    return int(counters["stats"].get("unique_graphs", 0))


def _row(width: int, height: int, first: Moments, later: list[Moments]) -> dict[str, Any]:
    """The stall: the longest step of the later pictures over the middle one of its picture, and
    the wait before the first step among them."""
    usual = statistics.median(gap for each in later for gap in each.gaps)
    stalls = [max(each.gaps) - statistics.median(each.gaps) for each in later]
    middle_s = statistics.median(each.total_s for each in later)
    return {
        "size": f"{width}x{height}",
        "pictures": len(later),
        "step_s": round(usual, 4),
        "stall_s": round(max(stalls), 4),
        "first_ratio": round(first.total_s / middle_s, 3),
    }
