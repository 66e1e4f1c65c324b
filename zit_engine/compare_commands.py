"""`compare`: texts and seeds in several styles from the command line, for QA.

Comes in: words of a command line. Goes out: pictures, a sheet, a table, an exit code. A grid that
was stopped is gone on with by its id. It does not know how any of it is done (zit_engine.compare).
"""

import contextlib
import dataclasses
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from zit_engine.compare.grid import (
    Grid,
    finished_cells,
    in_order,
    joined,
    paint_missing,
    planned_grid,
)
from zit_engine.compare.grids import Grids
from zit_engine.compare.proof import as_report, keep, prove
from zit_engine.compare.sheet import contact_sheet, parameters
from zit_engine.compare.vote_desk import VoteDesk
from zit_engine.compare_outputs import check_baseline, in_both, report_votes
from zit_engine.errors import Cancelled, RequestError, ZitError
from zit_engine.messages import LANGUAGES, say
from zit_engine.studio import Studio
from zit_engine.terminal import OWNER, copy_result, open_studio, print_report, watch


def compare(
    prompts: Annotated[list[str] | None, typer.Argument(help="One or more texts.")] = None,
    texts: Annotated[
        Path | None, typer.Option(help="A file with a text a line, besides those given.")
    ] = None,
    styles: Annotated[str, typer.Option(help="Ids with commas; empty: every style.")] = "",
    # Kept as text so that the request, not the parser, explains what is wrong with a number.
    seed: Annotated[str, typer.Option("--seed", "--seeds", help="Numbers with commas.")] = "0",
    adapter_weight: Annotated[str, typer.Option(help="Style strength, 0 to 1.5.")] = "",
    resume: Annotated[str, typer.Option(help="Go on with the grid of this id.")] = "",
    join: Annotated[
        str, typer.Option(help="Grids of different models with commas, shown as one.")
    ] = "",
    self_test: Annotated[
        bool, typer.Option("--self-test", help="Prove that styles leave no trace; nothing else.")
    ] = False,
    baseline: Annotated[
        Path | None, typer.Option(help="Compare a fixed set with the one stored in this folder.")
    ] = None,
    report: Annotated[
        str,
        typer.Option(help="Write report and votes of the grid of this id, also one of the page."),
    ] = "",
    out: Annotated[Path, typer.Option(help="Folder for the results; made if missing.")] = Path("."),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Texts and seeds in several styles: pictures, a labelled sheet and a table of parameters."""
    with open_studio(as_json) as studio:
        if self_test:
            _self_test(studio, as_json)
            return
        if baseline is not None:
            check_baseline(studio, baseline.expanduser(), prompts or [], out, as_json)
            return
        if report:
            report_votes(studio, report, out, as_json)
            return
        grids = Grids(studio.settings.data_dir)
        if resume:
            grid = grids.get(OWNER, resume)
        elif join:
            grid = joined([grids.get(OWNER, each.strip()) for each in join.split(",")])
        else:
            grid = planned_grid(
                studio,
                {
                    "prompts": [*(prompts or []), *_lines(texts)],
                    "styles": styles,
                    "seeds": seed,
                    "adapter_weight": adapter_weight or None,
                },
            )
        started = time.monotonic()
        grid = _paint(studio, grids, grid)
        told = _report(studio, grid, out) | {"seconds": round(time.monotonic() - started, 3)}
        shown = [told["sheet"], told["table"], told["report"]]
        shown += [cell["file"] for cell in told["cells"]]
        print_report(told, as_json, "\n".join(shown))


def _self_test(studio: Studio, as_json: bool) -> None:
    """Exit code 1 when a style leaves a trace, does nothing or fails."""
    proof = prove(studio)
    keep(studio.settings.data_dir, proof)
    report = as_report(studio, proof)
    lines = [
        f"{row.style:<20} {'ok' if row.is_good else 'FAILED':<7} {row.switch_s * 1000:7.1f} ms  "
        f"base same: {row.base_is_same}  repeats: {row.repeats}  differs: {row.difference:.1f} "
        f"{row.error}"
        for row in proof.rows
    ]
    told = f"compare.proof_{report['state']}"
    lines.append(in_both(told, styles=len(proof.rows)))
    print_report(report, as_json, "\n".join(lines))
    if not proof.is_good and not proof.skipped:
        raise SystemExit(1)


def _paint(studio: Studio, grids: Grids, grid: Grid) -> Grid:
    """Paint what is missing; stopped half way, the id to go on with is told."""
    grid, job = paint_missing(studio, OWNER, grid)
    grids.save(OWNER, grid)
    if job is None:
        return grid
    try:
        watch(studio, job)
    except (KeyboardInterrupt, Cancelled):
        for lang in LANGUAGES:
            typer.echo(say("compare.stopped", lang, grid=grid.id), err=True)
        raise
    except ZitError:
        if not finished_cells(studio, OWNER, grid):
            raise
    return grid


def _report(studio: Studio, grid: Grid, out: Path) -> dict[str, Any]:
    cells = finished_cells(studio, OWNER, grid)
    out.mkdir(parents=True, exist_ok=True)
    results = in_order(grid, cells)
    files = [str(copy_result(studio, result, out)) for result in results]
    sheet, table = out / f"compare-{grid.id[:8]}.png", out / f"compare-{grid.id[:8]}.csv"
    sheet.write_bytes(contact_sheet(studio, OWNER, grid, cells))
    table.write_text(parameters(studio, grid, cells), encoding="utf-8")
    page = out / f"compare-{grid.id[:8]}.html"
    with contextlib.closing(VoteDesk(studio, b"")) as desk:
        page.write_text(desk.report(grid.id), encoding="utf-8")
    return {
        "grid": grid.id,
        "sheet": str(sheet),
        "table": str(table),
        "report": str(page),
        "model": grid.model,
        "asked": {k: v for k, v in dataclasses.asdict(grid).items() if k != "jobs"},
        "missing": len(grid.requests()) - len(results),
        "cells": [
            {
                "prompt": result.request.prompt,
                "style": result.request.style,
                "seed": result.request.seed,
                "file": file,
                "seconds": result.seconds,
            }
            for result, file in zip(results, files, strict=True)
        ],
    }


def _lines(texts: Path | None) -> list[str]:
    """Raises RequestError for a file that cannot be read as text."""
    if texts is None:
        return []
    try:
        return texts.expanduser().read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RequestError("error.texts_file", path=texts, detail=repr(error)) from error
