"""What the command line writes about a grid: a baseline's report, votes, sentences twice.

Comes in: the studio and folders. Goes out: files, printed lines, an exit code.
"""

import contextlib
import dataclasses
import sys
import time
from pathlib import Path

import typer

from zit_engine.compare.baseline import (
    THRESHOLD,
    as_rows,
    compared,
    has_set,
    paint_set,
    read_set,
)
from zit_engine.compare.grid import titles
from zit_engine.compare.report import baseline_report
from zit_engine.compare.tally import signed
from zit_engine.compare.vote_desk import VoteDesk
from zit_engine.messages import LANGUAGES, say
from zit_engine.studio import Studio
from zit_engine.terminal import print_report


def check_baseline(
    studio: Studio, folder: Path, prompts: list[str], out: Path, as_json: bool
) -> None:
    """Exit code 1 when a picture differs, is new or gone."""
    asked = [studio.request({"prompt": prompt}).prompt for prompt in prompts]
    if not has_set(folder):
        names = paint_set(studio, folder, asked, on_cell=_told)
        told = in_both("compare.baseline_made", cells=len(names))
        print_report({"baseline": str(folder), "cells": len(names), "made": True}, as_json, told)
        return
    stored = read_set(folder)
    asked = asked or list(dict.fromkeys(prompt for prompt, _, _ in stored))
    painted = out / f"baseline-run-{time.strftime('%Y%m%d-%H%M%S')}"
    names = paint_set(studio, painted, asked, on_cell=_told)
    cells = compared(folder, painted, stored, names)
    changed = [cell for cell in cells if not cell.is_same]
    told = "compare.baseline_changed" if changed else "compare.baseline_same"
    lines = [
        f"{'ok' if cell.is_same else 'CHANGED':<8} {cell.score}  {cell.style:<20} {cell.prompt}"
        for cell in cells
    ]
    lines.append(in_both(told, cells=len(cells), changed=len(changed)))
    page = painted / "baseline-report.html"
    page.write_text(
        baseline_report(folder, painted, cells, lambda style: titles(studio, [style])[0]),
        encoding="utf-8",
    )
    lines.append(str(page))
    report = {
        "report": str(page),
        "baseline": str(folder),
        "painted": str(painted),
        "threshold": THRESHOLD,
        "changed": len(changed),
        "cells": as_rows(cells),
    }
    print_report(report, as_json, "\n".join(lines))
    if changed:
        raise SystemExit(1)


def report_votes(studio: Studio, grid_id: str, out: Path, as_json: bool) -> None:
    """What was voted on a grid: a table of votes, the report, a line a style."""
    with contextlib.closing(VoteDesk(studio, b"")) as desk:
        counted, _, _ = desk.result(grid_id)
        page, table = desk.report(grid_id), desk.table(grid_id)
    out.mkdir(parents=True, exist_ok=True)
    files = [out / f"compare-{grid_id[:8]}.html", out / f"votes-{grid_id[:8]}.csv"]
    for file, text in zip(files, (page, table), strict=True):
        file.write_text(text, encoding="utf-8")
    lines = [str(file) for file in files]
    lines.append(in_both("vote.counted", votes=counted.votes, undecided=counted.undecided))
    for row in counted.styles:
        if row.rate is not None and row.strength is not None:
            lines.append(
                f"{row.style:<20} {row.wins}/{row.shown}  {row.rate:.0%} "
                f"({row.low:.0%}-{row.high:.0%})  {signed(row.strength)}"
            )
    told = {"grid": grid_id, "report": lines[0], "table": lines[1]}
    print_report(told | dataclasses.asdict(counted), as_json, "\n".join(lines))


def _told(done: int, total: int) -> None:
    if sys.stderr.isatty():
        typer.echo(f"\r{done}/{total}", err=True, nl=done == total)


def in_both(message_id: str, **values: object) -> str:
    return "\n".join(say(message_id, lang, **values) for lang in LANGUAGES)
