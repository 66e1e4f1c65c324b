"""The command line: the same Studio as the page, for scripts and for QA.

Results go to standard output (JSON with --json), progress and errors to standard error. Exit codes:
0 done, 1 the engine or the disk failed, 2 the request cannot be used, 130 interrupted.
"""

import dataclasses
import importlib.metadata
import platform
import time
from pathlib import Path
from typing import Annotated

import typer
from PIL import Image

from zit_engine import (
    bench_commands,
    checkpoint_commands,
    compare_commands,
    export_commands,
    login_commands,
    photo_commands,
    style_commands,
    text_commands,
    words_commands,
)
from zit_engine.compare.cards import SHIPPED, make_cards, make_samples, stale_cards
from zit_engine.compare.proof import as_report, kept
from zit_engine.finish.specimens import write_specimens
from zit_engine.request.channels import load_channels
from zit_engine.request.lettering import CORNERS
from zit_engine.settings import ROOT
from zit_engine.studio import Studio
from zit_engine.terminal import (
    OWNER,
    as_lines,
    open_studio,
    print_report,
    report_made,
    watch,
)

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
app.add_typer(checkpoint_commands.app, name="checkpoint")
app.add_typer(bench_commands.app, name="bench")
app.add_typer(style_commands.app, name="styles")
app.add_typer(login_commands.app, name="login")
app.command("compare")(compare_commands.compare)
app.command("export")(export_commands.export_picture)
app.command("photo")(photo_commands.photo)
app.command("prompt")(words_commands.prompt)
app.command("text")(text_commands.text)
app.command("trades")(words_commands.trades)

_PACKAGES = (
    "accelerate",
    "diffusers",
    "gradio",
    "huggingface_hub",
    "peft",
    "pillow",
    "torch",
    "transformers",
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Prompt = Annotated[str, typer.Argument(help="What to draw, in Korean or English.")]
Out = Annotated[Path, typer.Option("--out", help="Folder for the pictures; made if missing.")]
# Kept as text so that the request, not the parser, explains what is wrong with a number.
Seed = Annotated[str, typer.Option(help="0 to 4294967295; left out: chosen.")]


@app.command()
def make(
    prompt: Prompt,
    style: Annotated[str, typer.Option(help="An id of `styles`.")] = "realistic",
    channel: Annotated[str, typer.Option(help="An id of `channels`.")] = "instagram-square",
    count: Annotated[str, typer.Option(help="1 to 4 pictures.")] = "1",
    seed: Seed = "",
    adapter_weight: Annotated[str, typer.Option(help="Style strength, 0 to 1.5.")] = "",
    variety: Annotated[str, typer.Option(help="How different pictures are, 0.1 to 0.5.")] = "",
    label: Annotated[str, typer.Option(help="Corner of the AI mark, or none.")] = CORNERS[0],
    out: Out = Path("."),
    as_json: Json = False,
) -> None:
    """Make pictures for a place of use."""
    fields = {
        "prompt": prompt,
        "style": style,
        "channel": channel,
        "count": count,
        "seed": seed,
        "adapter_weight": adapter_weight or None,
        "variety": variety or None,
        "label": label,
    }
    with open_studio(as_json) as studio:
        request = studio.request(fields)
        started = time.monotonic()
        results = watch(studio, studio.submit(request, OWNER))
        report = report_made(studio, results, out, started)
        print_report(report, as_json, "\n".join(report["files"]))


@app.command()
def channels(as_json: Json = False) -> None:
    """Places of use: pixels, format and limit in kilobytes."""
    rows = [
        {**dataclasses.asdict(channel), "refuses": sorted(channel.refuses)}
        for channel in load_channels().values()
    ]
    lines = (
        f"{row['id']:<28} {row['width']:>5}×{row['height']:<5} {row['format']} "
        f"{row['limit_kb'] or '-':>6}  {row['ko']}"
        for row in rows
    )
    print_report(rows, as_json, "\n".join(lines))


@app.command()
def cards(as_json: Json = False) -> None:
    """Remake the page's own pictures: style cards, first-visit samples, layouts, typefaces."""
    with open_studio(as_json) as studio:
        written = make_cards(studio, SHIPPED)
        written += make_samples(studio, ROOT / "assets" / "samples")
        with Image.open(ROOT / "assets" / "samples" / "sample-0.webp") as sample:
            written += write_specimens(sample, ROOT / "assets" / "layouts")
        print_report([str(p) for p in written], as_json, "\n".join(str(p) for p in written))


@app.command()
def doctor(as_json: Json = False) -> None:
    """Host, device, model and why it was chosen, memory, versions."""
    from zit_engine.engine.diagnosis import diagnose
    from zit_engine.engine.memory import memory_report
    from zit_engine.host import detect_host

    with open_studio(as_json) as studio:
        facts = studio.engine.facts
        report = {
            "host": str(detect_host()),
            "python": platform.python_version(),
            "device": facts.device,
            "dtype": facts.dtype,
            "model": {
                "title": facts.title,
                "source": facts.source,
                "revision": facts.revision,
                "reason": facts.reason,
            },
            "styles": [style.id for style in studio.available_styles()],
            "style_files": _style_files(studio),
            "style_proof": as_report(studio, kept(studio.settings.data_dir)),
            "stale_cards": stale_cards(studio),
            "memory": memory_report(),
            "engine": diagnose(studio.settings),
            "data_dir": str(studio.settings.data_dir),
            "versions": {name: importlib.metadata.version(name) for name in _PACKAGES},
        }
        print_report(report, as_json, as_lines(report))


def _style_files(studio: Studio) -> dict[str, str]:
    """Each shipped style file: present or missing."""
    base = studio.engine.facts.base
    found = {}
    for style in studio.catalogue.values():
        lora = style.files.get(base)
        if lora is not None and lora.path:
            is_there = (ROOT / "style_loras" / lora.path).is_file()
            found[style.id] = "present" if is_there else "missing"
    return found


if __name__ == "__main__":
    app()
