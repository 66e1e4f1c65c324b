"""`export`: one picture as the files of several places of use, for scripts.

Comes in: a picture file and words of a command line. Goes out: files with Korean names or one ZIP,
a report, an exit code. It paints nothing and loads no model.
"""

import dataclasses
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from PIL import Image

from zit_engine.deliver import Delivered, Item, export
from zit_engine.errors import InvalidRequest, ZitError
from zit_engine.finish.crop import Framing
from zit_engine.finish.fonts import load_fonts
from zit_engine.finish.intake import read_logo, read_photo
from zit_engine.finish.layouts import load_layouts
from zit_engine.messages import LANGUAGES, explain, say
from zit_engine.request.channels import Channel, find_channel, load_channels
from zit_engine.request.lettering import Lettering, checked_lettering
from zit_engine.settings import ROOT, load_settings
from zit_engine.store.archive import pack
from zit_engine.store.names import file_name
from zit_engine.styles.added import all_styles
from zit_engine.terminal import copy_file, file_bytes, print_report, settings_of, signer, telling

Words = Annotated[str, typer.Option(help="Words to set over the picture.")]
Colour = Annotated[str, typer.Option(help="#rrggbb; left out: taken from the picture.")]


def export_picture(
    image: Annotated[Path, typer.Argument(help="A PNG, JPEG or WebP file, best without words.")],
    channels: Annotated[str, typer.Option(help="Ids of `channels` with commas.")] = "",
    headline: Words = "",
    subline: Words = "",
    price: Words = "",
    contact: Words = "",
    template: Annotated[str, typer.Option(help="A layout; left out: the first.")] = "",
    font: Annotated[str, typer.Option(help="A typeface; left out: the layout's own.")] = "",
    colour: Colour = "",
    accent: Colour = "",
    logo: Annotated[Path | None, typer.Option(help="A picture file of the shop's logo.")] = None,
    qr: Annotated[str, typer.Option(help="What a QR code says.")] = "",
    label: Annotated[str, typer.Option(help="A corner for the AI mark, or none.")] = "",
    focus: Annotated[str, typer.Option(help="x,y from 0 to 1: what to keep in the middle.")] = "",
    extend: Annotated[
        bool | None,
        typer.Option(help="Show it whole on a longer backdrop, or never; left out: as needed."),
    ] = None,
    ignore_rules: Annotated[
        bool, typer.Option("--ignore-rules", help="Set words even where a place refuses them.")
    ] = False,
    as_zip: Annotated[bool, typer.Option("--zip", help="One ZIP instead of files.")] = False,
    out: Annotated[Path, typer.Option(help="Folder for the files; made if missing.")] = Path("."),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Files of one picture for several places: exact pixels, weight and rules of each."""
    fields = {
        "headline": headline,
        "subline": subline,
        "price": price,
        "contact": contact,
        "template": template,
        "font": font,
        "colour": colour,
        "accent": accent,
        "logo": logo is not None,
        "qr": qr,
        "label": label,
    }
    with telling(as_json):
        started = time.monotonic()
        places = _places(channels)
        lettering = checked_lettering(fields, templates=load_layouts(), fonts=load_fonts())
        framing, data = _framing(focus, extend), file_bytes(image)
        master, settings = read_photo(data), settings_of(data)
        items = [_item(place, lettering, framing, settings) for place in places]
        outcomes = export(master, items, logo=_logo(logo), obey=not ignore_rules, signer=signer())
        report = _write(places, outcomes, settings or {"prompt": image.stem}, out, as_zip)
        report["notes"] = [] if settings else [_note("export.foreign", {})]
        report["seconds"] = round(time.monotonic() - started, 3)
        _print(report, as_json)
    if report["refused"]:
        raise typer.Exit(1)


def _places(channels: str) -> list[Channel]:
    """Each named place once. Raises UnknownChannel, InvalidRequest for none."""
    ids = dict.fromkeys(each.strip() for each in channels.split(",") if each.strip())
    if not ids:
        known = ", ".join(load_channels())
        raise InvalidRequest("channels", "export.no_channels", known=known)
    return [find_channel(each) for each in ids]


def _framing(focus: str, extend: bool | None) -> Framing:
    if not focus:
        return Framing(extend=extend)
    try:
        x, y = (float(number) for number in focus.split(","))
    except ValueError:
        x = y = -1.0
    # Written so that "nan" is refused too.
    if not (0 <= x <= 1 and 0 <= y <= 1):
        raise InvalidRequest("focus", "export.focus", given=focus[:40])
    return Framing(x, y, extend)


def _logo(path: Path | None) -> Image.Image | None:
    return None if path is None else read_logo(file_bytes(path))


def _item(
    place: Channel, lettering: Lettering, framing: Framing, settings: Mapping[str, Any] | None
) -> Item:
    set_over = {**lettering.as_fields(), "framing": dataclasses.asdict(framing)}
    told = {"channel": place.id, "label": lettering.label, "lettering": set_over}
    return place, lettering, framing, {**(settings or {}), **told}


def _write(
    places: Sequence[Channel],
    outcomes: Sequence[Delivered | ZitError],
    settings: Mapping[str, Any],
    out: Path,
    as_zip: bool,
) -> dict[str, Any]:
    """Write what was made and report it, and what was not. Raises the first error where nothing
    was made."""
    if all(isinstance(outcome, ZitError) for outcome in outcomes):
        raise next(outcome for outcome in outcomes if isinstance(outcome, ZitError))
    report: dict[str, Any] = {"files": [], "places": [], "refused": []}
    styles = all_styles(ROOT / "style_loras", load_settings().data_dir)
    style = styles.get(str(settings.get("style", "")))
    with tempfile.TemporaryDirectory() as folder:
        made = []
        for place, outcome in zip(places, outcomes, strict=True):
            if isinstance(outcome, ZitError):
                said = {lang: explain(outcome, lang) for lang in LANGUAGES}
                report["refused"].append({"id": place.id, "error": outcome.message_id, **said})
                continue
            name = file_name(
                str(settings["prompt"]),
                style.ko if style else "",
                place.ko,
                int(settings.get("seed") or 0),
                0,
                outcome.format,
            )
            made.append(Path(folder, name))
            made[-1].write_bytes(outcome.data)
            report["places"].append({"file": name, **_told(place, outcome)})
        if as_zip:
            archive = Path(folder, file_name(str(settings["prompt"]), "", "", len(made), 0, "zip"))
            with archive.open("xb") as target:
                pack(made, target)
            made = [archive]
        report["files"] = [str(copy_file(path, out)) for path in made]
    return report


def _told(place: Channel, made: Delivered) -> dict[str, Any]:
    """What a script may want to know of one file."""
    told: dict[str, Any] = {
        "id": place.id,
        "width": made.width,
        "height": made.height,
        "format": made.format,
        "kb": round(made.size_bytes / 1000, 1),
        "limit_kb": place.limit_kb,
        "box": [round(edge, 4) for edge in made.box],
        "dropped": list(made.dropped),
        "notes": [_note(note, values) for note, values in made.notes],
    }
    if place.rule_source:
        rules = {lang: place.rule(lang) for lang in LANGUAGES}
        told["rule"] = {**rules, "source": place.rule_source}
    return told


def _note(message_id: str, values: Mapping[str, object]) -> dict[str, str]:
    return {"id": message_id, **{lang: say(message_id, lang, **values) for lang in LANGUAGES}}


def _print(report: Mapping[str, Any], as_json: bool) -> None:
    """JSON alone, or lines for people with what is to be told on standard error."""
    lines = []
    for row in report["places"]:
        size = f"{row['width']}×{row['height']} {row['format']} {row['kb']} KB"
        dropped = f"  (no room: {', '.join(row['dropped'])})" if row["dropped"] else ""
        lines.append(f"{row['id']:<24} {size:<24} {row['file']}{dropped}")
    told = [(f"{row['id']}: ", note) for row in report["places"] for note in row["notes"]]
    told += [(f"{row['id']}: ", row) for row in report["refused"]]
    told += [("", note) for note in report["notes"]]
    for before, said in () if as_json else told:
        for lang in LANGUAGES:
            typer.echo(before + said[lang], err=True)
    print_report(report, as_json, "\n".join([*lines, *report["files"]]))
