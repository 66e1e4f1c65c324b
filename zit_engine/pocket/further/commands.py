"""The command that teaches a finished model further on a CPU."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zit_engine.pocket.further.run import LESSONS, Plan, go_further
from zit_engine.pocket.pace import Pace
from zit_engine.pocket.stage_log import log_to
from zit_engine.pocket.vocabulary import every_concept, every_pyramid

SHIPPED = Path("assets/pocket")


def further_command(
    packages: Annotated[Path, typer.Option(help="Folder with the unpacked picture package.")],
    out: Annotated[Path, typer.Option(help="Folder of the finished model.")],
    student: Annotated[Path, typer.Option(help="The model to go on from.")] = SHIPPED,
    teacher: Annotated[Path, typer.Option(help="The model that must not be forgotten.")] = SHIPPED,
    work: Annotated[Path, typer.Option(help="Folder the state is kept in.")] = Path("further"),
    words_minutes: Annotated[float, typer.Option(help="For captions alone; 0: none.")] = 20.0,
    hearing_minutes: Annotated[
        float, typer.Option(help="For captions as the transformer hears them; 0: none.")
    ] = 15.0,
    minutes: Annotated[float, typer.Option(help="For captions with pictures; 0: none.")] = 0.0,
    compiled: Annotated[bool, typer.Option(help="Compile layers; needs a C++ compiler.")] = False,
    seed: int = 1,
) -> None:
    """Teach free wording, drawn subjects and colours, on a CPU; run again to go on after a cut."""
    log_to(work / "further.log")
    for lesson, file in LESSONS.items():
        if (work / file).exists():
            typer.echo(f"{lesson}: {work / file} holds what was taught before; not given again")
    concepts = every_concept()
    words, pictures, hearing = (
        Pace(each * 60) if each > 0 else None for each in (words_minutes, minutes, hearing_minutes)
    )
    plan = Plan(words, pictures, hearing, compiled=compiled, seed=seed)
    pyramid = every_pyramid(packages, concepts)
    figures = go_further(teacher, student, concepts, pyramid, plan, work, out)
    typer.echo("\n".join(f"{name}: {figure:.4g}" for name, figure in figures.items()))
