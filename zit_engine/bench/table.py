"""A report as text: one figure a line, sections under headings, figures in one column.

Comes in: the report of sections.py. Goes out: lines for a terminal. It computes nothing.
"""

from collections.abc import Iterator, Mapping
from typing import Any

_INDENT = "  "


def table(report: Mapping[str, Any]) -> str:
    """The whole report."""
    device = report["device"]
    head = [
        f"{report['model']}, {report['dtype']}, {report['size']} px, {report['steps']} steps,"
        f" compiled: {report.get('compiled', 'no')}",
        f"{device['name']}, {device['cores']} cores, {device['threads']} threads,"
        f" load {device['load_average']}, torch {device['torch']}",
    ]
    blocks = [_block(name, section) for name, section in report["sections"].items()]
    return "\n\n".join(["\n".join(head), *blocks])


def _block(name: str, section: Mapping[str, Any]) -> str:
    """Of lists of rows a table of their own below the figures."""
    rows = list(_flat(section))
    width = max((len(label) for label, _ in rows), default=0)
    lines = [name, *(f"{_INDENT}{label:<{width}}  {value:>12}" for label, value in rows)]
    for key, value in section.items():
        if isinstance(value, list) and value and isinstance(value[0], Mapping):
            lines += ["", f"{_INDENT}{key}", *_rows(value)]
    return "\n".join(lines)


def _flat(figures: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in figures.items():
        label = f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{label}.")
        elif not isinstance(value, list):
            yield label, _shown(value)
        elif not value or not isinstance(value[0], Mapping):
            yield label, ", ".join(map(str, value)) or "none"


def _rows(rows: list[Mapping[str, Any]]) -> list[str]:
    table = [list(rows[0]), *([_shown(value) for value in row.values()] for row in rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(table[0]))]
    return [
        _INDENT * 2
        + "  ".join(f"{cell:>{width}}" for cell, width in zip(line, widths, strict=True))
        for line in table
    ]


def _shown(value: Any) -> str:
    """Numbers with as many digits as tell something."""
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return (
            f"{value:.6f}"
            if 0 < abs(value) < 0.01
            else f"{value:.4g}"
            if abs(value) < 1000
            else f"{value:.0f}"
        )
    return str(value)
