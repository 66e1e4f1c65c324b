"""The commands that judge a model: training the judges, the evaluation, the subjects it knows.

In: what was typed. Out: the judges' files; evaluation.json and evaluation.html; subjects.json.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import torch
import typer
from torch import Tensor

from zit_engine.pocket.assemble import load_pipeline
from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.exam.known import renew, write_rows
from zit_engine.pocket.exam.measures import Tools, evaluate, load_adapters
from zit_engine.pocket.exam.page import write_results
from zit_engine.pocket.exam.prompts import load_prompts, spread
from zit_engine.pocket.judge.reading import (
    JUDGE_FILE,
    load_judge,
    new_judge,
    save_judge,
)
from zit_engine.pocket.judge.styles import (
    STYLE_FILE,
    StyleJudge,
    check_style_judge,
    load_style_judge,
    train_style_judge,
)
from zit_engine.pocket.judge.training import check_judge, train_judge
from zit_engine.pocket.judge.weights import load_notes, write_weights
from zit_engine.pocket.pace import Pace
from zit_engine.pocket.precision import autocast
from zit_engine.pocket.stage_log import log_to
from zit_engine.pocket.vae import to_latents, to_pictures
from zit_engine.pocket.vocabulary import every_concept, every_pyramid

Packages = Annotated[Path, typer.Option(help="Folder with the unpacked picture package.")]
StyleFile = Annotated[Path, typer.Option("--style-judge", help="The style judge's weights.")]
Model = Annotated[Path, typer.Option(help="An assembled pipeline.")]
JudgeFile = Annotated[Path, typer.Option(help="The judge's weights.")]
Minutes = Annotated[float, typer.Option(help="How long to train.")]
Start = Annotated[Path | None, typer.Option(help="Weights to continue from.")]
Seed = Annotated[int, typer.Option(help="Another one when continuing: new scenes.")]
Threads = Annotated[int, typer.Option(help="Processor threads.")]
LogFile = Annotated[Path, typer.Option("--log", help="File the log is added to.")]
LOG = Path("work/judge.log")


def _begin(packages: Path, log: Path, threads: int) -> tuple[list[Concept], list[Tensor]]:
    """Log, threads and chance set; the concepts and their sprites."""
    log_to(log)
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    concepts = every_concept()
    return concepts, every_pyramid(packages, concepts)


def judge_command(
    packages: Packages,
    out: JudgeFile = JUDGE_FILE,
    minutes: Minutes = 40.0,
    start: Start = None,
    rate: float = 2e-3,
    seed: Seed = 9000,
    threads: Threads = 1,
    log: LogFile = LOG,
) -> None:
    """Teach the judge of pictures on renders, then count how often it is right."""
    concepts, pyramid = _begin(packages, log, threads)
    judge = load_judge(start, concepts) if start else new_judge(concepts)
    train_judge(judge, concepts, pyramid, Pace(minutes * 60), rate, seed=seed)
    check = check_judge(judge, concepts, pyramid)
    save_judge(judge, concepts, asdict(check), out)
    typer.echo(f"{check}, {out}")


def style_judge_command(
    packages: Packages,
    model: Model = Path("assets/pocket"),
    out: Annotated[Path, typer.Option(help="The style judge's weights.")] = STYLE_FILE,
    minutes: Minutes = 20.0,
    start: Start = None,
    rate: float = 2e-3,
    seed: Seed = 41_000,
    threads: Threads = 2,
    log: LogFile = LOG,
) -> None:
    """Teach the judge of styles on filtered renders, some of them through MODEL's VAE."""
    concepts, pyramid = _begin(packages, log, threads)
    vae = load_pipeline(model).vae

    def coder(pictures: Tensor) -> Tensor:
        with autocast():
            return to_pictures(vae, to_latents(vae, pictures))

    judge = load_style_judge(start) if start else StyleJudge()
    train_style_judge(judge, concepts, pyramid, coder, Pace(minutes * 60), rate, seed=seed)
    check = check_style_judge(judge, concepts, pyramid, coder)
    write_weights(judge, check, out)
    typer.echo(f"{check}, {out}")


def eval_command(
    out: Annotated[Path, typer.Argument(help="Folder for evaluation.json and .html.")],
    packages: Packages,
    model: Model = Path("assets/pocket"),
    judge: JudgeFile = JUDGE_FILE,
    style_judge: StyleFile = STYLE_FILE,
    styles: Annotated[Path, typer.Option(help="Folder of the catalogue.")] = Path("style_loras"),
    side: int = 512,
    most: Annotated[int, typer.Option(help="Prompts, evenly out of the 200.")] = 200,
    style_prompts: Annotated[int, typer.Option(help="Prompts a style; 0: no styles.")] = 40,
    before: Annotated[Path | None, typer.Option(help="An evaluation.json to show beside.")] = None,
    threads: Threads = 2,
) -> None:
    """Paint the 200 fixed prompts and every style, judge them, write JSON and a page.

    Pictures are kept in OUT/pictures: run again to go on, or to judge them anew.
    """
    log_to(out / "evaluation.log")
    torch.set_num_threads(threads)
    concepts = every_concept()
    pyramid = every_pyramid(packages, concepts)
    tools = Tools(load_judge(judge, concepts), load_style_judge(style_judge), concepts, pyramid)
    adapters = load_adapters(styles) if style_prompts else []
    prompts = spread(load_prompts(), most)
    results = evaluate(
        load_pipeline(model), prompts, tools, adapters, side, style_prompts, out / "pictures"
    )
    results.figures["judge"] = load_notes(judge) | {"style": load_notes(style_judge)}
    for file in write_results(results, out, before):
        typer.echo(str(file))


def known_command(
    model: Annotated[Path, typer.Argument(help="A pipeline folder with a subjects.json.")],
    judge: JudgeFile = JUDGE_FILE,
    threads: Threads = 2,
    drawn: Annotated[bool, typer.Option("--drawn", help="Only those drawn here.")] = False,
) -> None:
    """Paint every subject of MODEL twice and note in its subjects.json which the judge names."""
    torch.set_num_threads(threads)
    file, concepts = model / "subjects.json", every_concept()
    rows = json.loads(file.read_text(encoding="utf-8"))["subjects"]
    rows = renew(load_pipeline(model), load_judge(judge, concepts), concepts, rows, drawn)
    write_rows(rows, file)
    typer.echo(f"{sum(row['good'] for row in rows)} of {len(rows)} named, {file}")
