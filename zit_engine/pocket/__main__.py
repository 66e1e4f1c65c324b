"""Make the pocket model: python -m zit_engine.pocket STAGE. One subcommand a stage."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import typer

from zit_engine.pocket import adapters, assemble, look, plan
from zit_engine.pocket.doubling_command import double_command
from zit_engine.pocket.filters import FILTERS
from zit_engine.pocket.further.commands import further_command
from zit_engine.pocket.judging_commands import (
    eval_command,
    judge_command,
    known_command,
    style_judge_command,
)
from zit_engine.pocket.pace import Pace
from zit_engine.pocket.quick_block import quick_block
from zit_engine.pocket.stage_log import log_to
from zit_engine.pocket.stages import Stages
from zit_engine.pocket.transformer import plain_block
from zit_engine.pocket.vocabulary import every_concept

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
Work = Annotated[Path, typer.Option(help="Folder the parts are written to and read from.")]
Packages = Annotated[Path, typer.Option(help="Folder with the unpacked picture package.")]
Device = Annotated[str, typer.Option(help="cpu or cuda.")]
Workers = Annotated[int, typer.Option(help="Processes that make captions ahead.")]
Minutes = Annotated[float, typer.Option(help="How long to train.")]
Side = Annotated[int, typer.Option(help="128, 256 or 512.")]
Model = Annotated[Path, typer.Option(help="An assembled pipeline folder.")]
POCKET_FOLDER = Path("assets/pocket")
app.command(name="judge")(judge_command)
app.command(name="style-judge")(style_judge_command)
app.command(name="eval")(eval_command)
app.command(name="known")(known_command)
app.command(name="further")(further_command)
app.command(name="double")(double_command)


@app.callback()
def _log() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")


@app.command()
def tokenizer(packages: Packages, work: Work = Path("work")) -> None:
    """Learn the tokenizer from captions."""
    log_to(work / "logs" / "tokenizer.log")
    Stages(work, packages).make_tokenizer()


@app.command()
def vae(
    packages: Packages, work: Work = Path("work"), device: Device = "cpu",
    workers: Workers = 0, minutes: Minutes = 4.0,
) -> None:  # fmt: skip
    """Train the picture encoder and decoder."""
    log_to(work / "logs" / "vae.log")
    fidelity = Stages(work, packages, device, workers).make_vae(Pace(minutes * 60))
    typer.echo(f"{fidelity:.1f} dB on fresh scenes")


@app.command()
def text_encoder(
    packages: Packages, work: Work = Path("work"), device: Device = "cpu",
    workers: Workers = 0, minutes: Minutes = 0.7, rate: float = 1e-3, stage: str = "text-1",
) -> None:  # fmt: skip
    """Teach the text encoder; run again with another --stage and a lower --rate to go further."""
    log_to(work / "logs" / f"{stage}.log")
    stages = Stages(work, packages, device, workers)
    loss = stages.make_text_encoder(Pace(minutes * 60), rate, stage)
    typer.echo(f"loss {loss:.3f}")


@app.command()
def transformer(
    packages: Packages, work: Work = Path("work"), device: Device = "cpu",
    workers: Workers = 0, side: Side = 128, minutes: Minutes = 5.0,
) -> None:  # fmt: skip
    """Train the transformer at one side: 128, then 256, then 512 px."""
    log_to(work / "logs" / f"transformer-{side}.log")
    loss = Stages(work, packages, device, workers).make_transformer(side, Pace(minutes * 60))
    typer.echo(f"loss {loss:.4f}")


@app.command()
def distill(
    packages: Packages, work: Work = Path("work"), device: Device = "cpu",
    workers: Workers = 0, minutes: Minutes = 5.0, guidance: float = 2.5,
) -> None:  # fmt: skip
    """Teach a student to need eight steps and no guidance, at 256 and 512 px in turn."""
    log_to(work / "logs" / "distill.log")
    loss = Stages(work, packages, device, workers).distill(Pace(minutes * 60), guidance)
    typer.echo(f"loss {loss:.4f}")


@app.command(name="all")
def all_command(
    packages: Packages, work: Work = Path("work"), device: Device = "cpu",
    workers: Workers = 0,
    scale: Annotated[float, typer.Option(help="Times the minutes of every stage.")] = 1.0,
    out: Annotated[Path | None, typer.Option(help="Folder of the finished model.")] = None,
) -> None:  # fmt: skip
    """Run every stage in order, or go on where a run was cut; then assemble the model."""
    figures = plan.run_plan(Stages(work, packages, device, workers), scale)
    assemble.assemble(work, out or work / "model")
    typer.echo("\n".join(f"{name}: {figure:.4g}" for name, figure in figures.items()))


@app.command(name="assemble")
def assemble_command(out: Path, work: Work = Path("work"), part: str = "student") -> None:
    """Write the pipeline folder OUT from the trained parts."""
    assemble.assemble(work, out, part)


@app.command()
def adapter(
    style: Annotated[str, typer.Argument(help=", ".join(FILTERS))],
    out: Annotated[Path, typer.Option(help="The .safetensors file to write.")],
    model: Model = POCKET_FOLDER,
    pairs: Annotated[int, typer.Option(help="Pictures to learn from.")] = 192,
    minutes: Minutes = 15.0,
    steps: Annotated[int | None, typer.Option(help="Stop after this many steps.")] = None,
    start: Annotated[Path | None, typer.Option(help="Adapter file to continue from.")] = None,
    keep: Annotated[Path | None, typer.Option(help="File to keep the pictures in.")] = None,
    compiled: Annotated[
        bool, typer.Option(help="Compile the layers; needs a C++ compiler.")
    ] = True,
) -> None:
    """Train a style adapter on the model's own pictures, on a CPU."""
    if style not in FILTERS:
        raise typer.BadParameter(f"one of {', '.join(FILTERS)}")
    pipe, block = assemble.load_pipeline(model), quick_block() if compiled else plain_block
    if keep and keep.exists():
        made = adapters.load_pairs(keep)
    else:
        made = adapters.make_pairs(pipe, every_concept(), pairs, block=block)
        if keep:
            adapters.save_pairs(made, keep)
    loss = adapters.train_adapter(
        pipe, style, made, Pace(minutes * 60, steps), start=start, block=block
    )
    adapters.save_adapter(pipe, style, out)
    typer.echo(f"loss {loss:.4f}, {out}")


@app.command(name="look")
def look_command(
    out: Path,
    prompts: Annotated[list[str] | None, typer.Argument(help="Default: eight usual ones.")] = None,
    model: Model = POCKET_FOLDER,
    seed: Annotated[list[int] | None, typer.Option(help="Repeat for more rows.")] = None,
    lora: Annotated[Path | None, typer.Option(help="Adapter file to look through.")] = None,
    weight: float = 1.0,
    trigger: Annotated[str, typer.Option(help="Put before every prompt.")] = "",
) -> None:
    """Write a contact sheet OUT (.png) of prompts."""
    pipe = assemble.load_pipeline(model)
    if lora:
        pipe.load_lora_weights(str(lora.parent), weight_name=lora.name, adapter_name="look")
        pipe.set_adapters("look", weight)
    lines = [f"{trigger}, {text}" if trigger else text for text in prompts or look.PROMPTS]
    look.contact_sheet(pipe, lines, seed or [7, 8]).save(out)


if __name__ == "__main__":
    app()
