"""How the service is, as staff see it: tiles of numbers, plots, reasons, versions.

Comes in: the last hour and facts of the studio. Goes out: HTML. It shows nothing of any person.
"""

import platform
import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from zit_engine.last_hour import Hour, Points
from zit_engine.messages import sentences
from zit_engine.web.markup import both, escape, in_both, table
from zit_engine.web.time_plot import per_stretch, time_plot

_PACKAGES = ("gradio", "torch", "diffusers", "transformers", "peft")
_BAD_STATES = ("defunct", "draining")
_MOST_LINKS = 8
_VALUE = re.compile(r"\{[^}]*\}")
GB = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Facts:
    """`chain`: what the engine fell back to, oldest first. Bytes; disk None where unknown."""

    state: str
    waiting: int
    disk_free: float | None
    rss: float
    model: str
    device: str
    residency: str
    chain: Sequence[Mapping[str, Any]]


def status_markup(facts: Facts, hour: Hour) -> str:
    """The whole tab."""
    return (
        f'<section class="health"><h2>{both("health.title")}</h2>'
        f'<p class="note">{both("health.note")}</p>{_tiles(facts, hour)}'
        f'<div class="time-plots">{_plots(hour)}</div>{_reasons(hour)}{_chain(facts.chain)}'
        f"{_versions(facts)}</section>"
    )


def _tiles(facts: Facts, hour: Hour) -> str:
    kind = "bad" if facts.state in _BAD_STATES else "good"
    tiles = [
        _tile("health.state", both(f"health.state_{facts.state}"), kind),
        _tile("health.waiting", str(facts.waiting)),
        _tile("health.made", str(len(hour.paints))),
        _tile("health.wait", _median(hour.waits)),
        _tile("health.paint", _median(hour.paints)),
        _tile("health.switches", str(len(hour.switches))),
        _tile("health.failed", str(sum(hour.failures.values())), "bad" if hour.failures else ""),
        _tile("health.refused", str(sum(hour.refusals.values()))),
        _tile("health.disk", "?" if facts.disk_free is None else f"{facts.disk_free / GB:.1f} GB"),
        _tile("health.memory", f"{facts.rss / GB:.2f} GB"),
    ]
    return f'<dl class="figures">{"".join(tiles)}</dl>'


def _tile(message_id: str, value: str, kind: str = "") -> str:
    """`value` is HTML."""
    return f'<div class="{kind}"><dt>{both(message_id)}</dt><dd>{value}</dd></div>'


def _median(points: Points) -> str:
    if not points:
        return "–"
    return both("health.seconds", seconds=f"{statistics.median(value for _, value in points):.1f}")


def _plots(hour: Hour) -> str:
    return "".join(
        (
            time_plot("health.plot_depth", hour.depth, "steps"),
            time_plot("health.plot_wait", hour.waits, "dots"),
            time_plot("health.plot_paint", hour.paints, "dots"),
            time_plot("health.plot_switches", per_stretch(hour.switches), "bars"),
        )
    )


def _reasons(hour: Hour) -> str:
    heading = f"<h3>{both('health.reasons')}</h3>"
    counts = {**hour.failures, **hour.refusals}
    if not counts:
        return f'{heading}<p class="note">{both("health.nothing_failed")}</p>'
    body = "".join(
        f'<tr><th scope="row">{_reason(name)}</th><td>{count}</td></tr>'
        for name, count in sorted(counts.items(), key=lambda pair: -pair[1])
    )
    return heading + table((both("health.reason"), both("health.times")), body)


def _reason(message_id: str) -> str:
    """What people were told, without the values in it: those were somebody's."""
    told = sentences().get(message_id)
    return in_both(*(_VALUE.sub("…", each) for each in told)) if told else escape(message_id)


def _chain(chain: Sequence[Mapping[str, Any]]) -> str:
    if not chain:
        return ""
    rows = "".join(
        f"<li><b>{escape(link['residency'])}</b> {escape(link['event'])} "
        f"<small>{escape(link['reason'])}</small></li>"
        for link in chain[-_MOST_LINKS:]
    )
    return f'<h3>{both("health.chain")}</h3><ul class="chain">{rows}</ul>'


def _versions(facts: Facts) -> str:
    packages = " · ".join(f"{name} {_version(name)}" for name in _PACKAGES)
    model = " · ".join(filter(None, (facts.model, facts.device, facts.residency)))
    return (
        f"<h3>{both('health.versions')}</h3><p class='note'>{escape(model)}<br>"
        f"Python {platform.python_version()} · {escape(packages)}</p>"
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "–"
