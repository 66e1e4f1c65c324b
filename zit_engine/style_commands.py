"""`styles`: what is on offer, and style files looked at, added, removed, given their cards.

Comes in: words of a command line. Goes out: text or JSON, an exit code. How a file is judged is
the engine's business (zit_engine.engine.lora_file).
"""

import dataclasses
import tomllib
from pathlib import Path
from typing import Annotated, Any

import typer

from zit_engine.compare.cards import make_cards, own_cards, stale_cards
from zit_engine.engine.known_files import FILE_NAME, KnownFiles
from zit_engine.errors import RequestError, ZitError
from zit_engine.messages import LANGUAGES, explain, say
from zit_engine.settings import ROOT
from zit_engine.studio import Studio
from zit_engine.styles.added import NewStyle, add, all_styles, load_added, remove, waiting
from zit_engine.styles.catalogue import find
from zit_engine.terminal import as_lines, open_studio, print_report

app = typer.Typer(help="The styles on offer; add, check and remove style files.")

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
File = Annotated[Path, typer.Argument(help="A style file (.safetensors).")]


@app.callback(invoke_without_command=True)
def styles(context: typer.Context, as_json: Json = False) -> None:
    """The styles, whether the running model can paint them, and files waiting to be added."""
    if context.invoked_subcommand is not None:
        return
    with open_studio(as_json) as studio:
        base = studio.engine.facts.base
        stale, added = set(stale_cards(studio)), load_added(studio.settings.data_dir)
        rows = [
            {
                "id": style.id,
                "ko": style.ko,
                "en": style.en,
                "available": style.runs_on(base),
                "source": "added" if style.id in added else "shipped",
                "card": "stale" if style.id in stale else "ok",
                "files": {name: lora.label for name, lora in style.files.items()},
            }
            for style in studio.catalogue.values()
        ]
        lines = [
            f"{row['id']:<20} {row['ko']:<10} {row['en']:<22} {'✓' if row['available'] else '–'} "
            f"{row['source']}"
            for row in rows
        ]
        if found := waiting(studio.settings.data_dir):
            lines.append(_both("styles.waiting", files=len(found)))
        print_report(rows, as_json, "\n".join(lines))


@app.command()
def check(file: File, as_json: Json = False) -> None:
    """What a style file holds and whether it fits the running model; nothing is added."""
    with open_studio(as_json) as studio:
        report = _inspected(studio, file.expanduser())
        print_report(report, as_json, as_lines(report))


@app.command("add")
def add_command(
    file: File,
    title: Annotated[str, typer.Option(help="Its name in Korean.")],
    title_en: Annotated[str, typer.Option(help="Its name in English.")] = "",
    trigger: Annotated[str, typer.Option(help="Words its trainer puts before a prompt.")] = "",
    trigger_ko: Annotated[str, typer.Option(help="The same for Korean prompts.")] = "",
    weight: Annotated[float, typer.Option(help="Strength, above 0 to 2.")] = 1.0,
    licence: Annotated[str, typer.Option(help="What its author allows.")] = "unstated",
    style_id: Annotated[str, typer.Option("--id", help="Its id; empty: from the file.")] = "",
    as_json: Json = False,
) -> None:
    """Judge a style file, keep a copy, paint its card. A running page shows it after a restart."""
    told = NewStyle(title, title_en, style_id, trigger, trigger_ko, weight, licence)
    with open_studio(as_json) as studio:
        report = _added(studio, file.expanduser(), told)
        print_report(report, as_json, as_lines(report))


@app.command("remove")
def remove_command(
    style: Annotated[str, typer.Argument(help="The id of an added style.")], as_json: Json = False
) -> None:
    """Take out an added style and delete its copy; pictures stay."""
    with open_studio(as_json) as studio:
        remove(studio.settings.data_dir, style)
        print_report({"removed": style}, as_json, style)


@app.command()
def rescan(as_json: Json = False) -> None:
    """Add every file in ZIT_DATA_DIR/styles/new; NAME.toml beside it may hold title, trigger …"""
    with open_studio(as_json) as studio:
        added, refused = [], []
        for file in waiting(studio.settings.data_dir):
            try:
                added.append(_added(studio, file, _beside(file)))
                file.unlink()
                file.with_suffix(".toml").unlink(missing_ok=True)
            except ZitError as error:
                sentences = {lang: explain(error, lang) for lang in LANGUAGES}
                refused.append({"file": file.name, **sentences})
        report = {"added": added, "refused": refused}
        lines = [f"+ {row['id']} ({row['matched_layers']})" for row in added]
        lines += [f"- {row['file']}: {row['ko']} {row['en']}" for row in refused]
        print_report(report, as_json, "\n".join(lines))
        if refused:
            raise SystemExit(2)


@app.command()
def thumbs(
    everything: Annotated[bool, typer.Option("--all", help="Also those still true.")] = False,
    as_json: Json = False,
) -> None:
    """Paint the style cards that show another model or file, for this machine's page."""
    with open_studio(as_json) as studio:
        only = None if everything else stale_cards(studio)
        written = make_cards(studio, own_cards(studio.settings.data_dir), only)
        shown = [str(path) for path in written]
        print_report(shown, as_json, "\n".join(shown) or _both("styles.cards_true"))


@app.command()
def accept(style_id: Annotated[str, typer.Argument(help="A style of the hub.")]) -> None:
    """Take a style's changed file of the hub as it is the next time it is used."""
    with open_studio(False) as studio:
        known = KnownFiles(studio.settings.data_dir)
        style = find(studio.catalogue, style_id)
        # A list, not any(): every file of the style is forgotten, not the first alone.
        try:
            gone = [known.forget(lora.label) for lora in style.files.values() if lora.repo]
        except OSError as error:
            message = {"style": style.ko, "file": FILE_NAME, "detail": repr(error)}
            raise RequestError("error.adapter_notes", **message) from error
        told = "styles.accepted" if any(gone) else "styles.not_known"
        typer.echo(_both(told, style=style.ko))


def _inspected(studio: Studio, file: Path) -> dict[str, Any]:
    """The report on a file. Raises RequestError with the reason a person understands."""
    from zit_engine.engine.lora_file import UnfitLora, UnreadableLora, inspect_lora

    if not file.is_file():
        raise RequestError("error.style_file_missing", path=file)
    try:
        report, _ = inspect_lora(file, studio.engine.style_layers())
    except (UnfitLora, UnreadableLora) as error:
        raise RequestError(error.message_id, detail=str(error), **error.values) from error
    return {"file": str(file), "base": studio.engine.facts.base, **dataclasses.asdict(report)}


def _added(studio: Studio, file: Path, told: NewStyle) -> dict[str, Any]:
    """Add `file`; a style whose card cannot be painted is taken out again."""
    report = _inspected(studio, file)
    folder = studio.settings.data_dir
    if told.style_id in studio.catalogue:
        raise RequestError("error.style_taken", style=told.style_id)
    style = add(folder, report["base"], file, report["sha256"], told)
    try:
        if style.id in studio.catalogue:
            raise RequestError("error.style_taken", style=style.id)
        studio.catalogue = all_styles(ROOT / "style_loras", folder)
        make_cards(studio, own_cards(folder), [style.id])
    except BaseException:
        remove(folder, style.id)
        raise
    return {"id": style.id, "ko": style.ko, "en": style.en, **report}


def _beside(file: Path) -> NewStyle:
    """What NAME.toml beside the file tells; without one the file's name is the title."""
    beside = file.with_suffix(".toml")
    try:
        told = tomllib.loads(beside.read_text(encoding="utf-8")) if beside.is_file() else {}
        names = {"title": "ko", "title_en": "en", "id": "style_id", "weight": "adapter_weight"}
        fields = {names.get(key, key): value for key, value in told.items()}
        return NewStyle(**{"ko": file.stem[:30], **fields})
    except (OSError, ValueError, TypeError) as error:
        raise RequestError("error.style_beside", file=beside.name, detail=repr(error)) from error


def _both(message_id: str, **values: object) -> str:
    return " · ".join(say(message_id, lang, **values) for lang in LANGUAGES)
