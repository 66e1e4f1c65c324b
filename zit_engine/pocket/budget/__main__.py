"""A run in fixed time: python -m zit_engine.pocket.budget run|start|home."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from zit_engine.pocket.budget.supervisor import supervise

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)


@app.callback()
def _log() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stdout)


@app.command(name="run")
def run_command(
    start: Annotated[Path, typer.Option(help="The folder `start` wrote.")],
    out: Annotated[Path, typer.Option(help="Flat folder of the results, 8 files at most.")],
    work: Path = Path("work"),
    budget: Annotated[float, typer.Option(help="Seconds for everything.")] = 450.0,
    device: str = "cuda",
    compiled: Annotated[bool, typer.Option("--compiled/--plain")] = True,
    judge: bool = True,
    toy: Annotated[bool, typer.Option(help="Tiny amounts, to see that all stages run.")] = False,
    workers: Annotated[int, typer.Option(help="Processes for captions; -1: as planned.")] = -1,
) -> None:
    """Teach words, transformer, student, adapters and judge until the time is up."""
    told = supervise(start, work, out, budget, device, compiled, judge, toy, workers)
    typer.echo(json.dumps(told, indent=1))


@app.command(name="start")
def start_command(
    packages: Annotated[Path, typer.Option(help="Folder with the unpacked picture package.")],
    out: Annotated[Path, typer.Option(help="Folder to write.")],
    model: Path = Path("assets/pocket"),
    judge: Path = Path("assets/pocket-judge/judge.safetensors"),
) -> None:
    """Write what a run starts from, small enough to take along."""
    from zit_engine.pocket.budget.starting import prepare
    from zit_engine.pocket.vocabulary import every_concept

    size = prepare(model, judge, packages, every_concept(), out)
    typer.echo(f"{size / 2**20:.1f} MiB in {out}")


@app.command(name="home")
def home_command(
    pieces: Annotated[Path, typer.Option(help="The folder of results.")],
    out: Annotated[Path, typer.Option(help="Folder to write: model, styles, judge, logs.")],
    model: Annotated[Path, typer.Option(help="The model the run started from.")] = Path(
        "assets/pocket"
    ),
    styles: Annotated[Path, typer.Option(help="Folder of the catalogue.")] = Path("style_loras"),
) -> None:
    """Put the results of a run together: a pipeline folder, adapters, the judge."""
    from zit_engine.pocket.budget.home import bring_home

    for line in bring_home(pieces, out, model, styles):
        typer.echo(line)


@app.command(name="blind")
def blind_command(
    pictures: Annotated[Path, typer.Option(help="pictures/base.safetensors of an evaluation.")],
    out: Annotated[Path, typer.Option(help="The sheet (.png); a .json beside it has the prompts.")],
    most: int = 32,
    skip: Annotated[int, typer.Option(help="Moves the choice, for another sheet.")] = 0,
) -> None:
    """Numbered pictures without their prompts, for somebody who has not seen them."""
    from zit_engine.pocket.exam.blind import blind_sheet

    blind_sheet(pictures, out, most, skip)


if __name__ == "__main__":
    app()
