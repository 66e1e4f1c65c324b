"""The command line's `bench`: measurements as ratios or as memory, each made in one run.

`all` or the name of a section measures the model of the settings, or random weights at full size.
Exit code 3: not run, because what is to be measured is not here.
"""

import importlib
import importlib.util
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from zit_engine.bench.sections import SECTIONS, run_sections, write
from zit_engine.logs import configure_logging
from zit_engine.settings import load_settings
from zit_engine.terminal import as_lines, print_report, telling

app = typer.Typer(no_args_is_help=True, help=__doc__)

EXIT_NOT_RUN = 3

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Quick = Annotated[bool, typer.Option("--quick", help="Fewer repeats.")]
Full = Annotated[
    bool, typer.Option("--full-size-random", help="Random weights at full size, on a GPU.")
]
Out = Annotated[
    Path | None, typer.Option("--out", help="Folder for the report, its table and a plot.")
]


@app.command()
def legacy(quick: Quick = False, as_json: Json = False) -> None:
    """One resident model with styles switched on it, against a checkpoint for each style."""
    report = _module("legacy").run(repeats=5 if quick else 15)
    print_report(report, as_json, as_lines(report))


@app.command()
def switching(quick: Quick = False, as_json: Json = False) -> None:
    """PEFT's switching (ZIT_EXACT) among 2 and 16 styles, against unloading and loading."""
    report = _module("switching").run(repeats=10 if quick else 60)
    print_report(report, as_json, as_lines(report))


@app.command()
def variety(quick: Quick = False, as_json: Json = False) -> None:
    """How much more pictures of one prompt differ with variety, and whether they keep to it."""
    report = _module("variety").run(prompts=1 if quick else 4, seeds=3 if quick else 8)
    print_report(report, as_json, as_lines(report))


@app.command()
def replicas(quick: Quick = False, as_json: Json = False) -> None:
    """How near two and four replicas come to twice and four times the pictures of one."""
    if importlib.util.find_spec("ray") is None:
        print_report({"not_run": "no Ray"}, as_json, "not run: no Ray")
        raise typer.Exit(EXIT_NOT_RUN)
    report = _module("replicas").run(pictures=3 if quick else 6)
    print_report(report, as_json, as_lines(report))


@app.command()
def residency(
    quick: Quick = False,
    gpu_gib: Annotated[float, typer.Option(help="Hold the card to so much memory.")] = 22.5,
    as_json: Json = False,
) -> None:
    """Load the full-size model with random weights on a GPU, paint with style switches."""
    _need_gpu(as_json)
    report = _module("residency").run(pictures=12 if quick else 100, gpu_gib=gpu_gib)
    print_report(report, as_json, as_lines(report))


def _section(names: Sequence[str]) -> Callable[..., None]:
    """A command that measures those sections."""

    def measure(
        quick: Quick = False,
        full_size_random: Full = False,
        out: Out = None,
        as_json: Json = False,
    ) -> None:
        if full_size_random:
            _need_gpu(as_json)
        with telling(as_json):
            report = run_sections(
                names,
                load_settings(),
                quick=quick,
                full_size_random=full_size_random,
                on_section=lambda name: typer.echo(name, err=True),
            )
            if out is not None:
                write(report, out)
        print_report(report, as_json, _module("table").table(report))

    return measure


app.command("all", help="Every section below that measures one model.")(_section(list(SECTIONS)))
for _name, _entry in SECTIONS.items():
    app.command(_name, help=_entry.help)(_section([_name]))


def _need_gpu(as_json: bool) -> None:
    """Ends with EXIT_NOT_RUN without one."""
    from zit_engine.engine.placement import find_device

    if find_device().kind != "cuda":
        print_report({"not_run": "no GPU"}, as_json, "not run: no GPU")
        raise typer.Exit(EXIT_NOT_RUN)


def _module(name: str) -> Any:
    configure_logging("warning")  # to standard error, so that --json stays parseable
    # Late: the measurements import torch, and --help must not wait for it.
    return importlib.import_module(f"zit_engine.bench.{name}")
