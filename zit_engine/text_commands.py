"""`text`: words and marks set over a picture file, for scripts.

Comes in: a picture file and words of a command line. Goes out: one file, where each thing stands on
it and how well it reads, an exit code. It paints nothing and loads no model.
"""

import dataclasses
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from PIL import Image

from zit_engine.deliver import deliver
from zit_engine.finish.encode import encode
from zit_engine.finish.fonts import load_fonts
from zit_engine.finish.intake import read_logo, read_photo
from zit_engine.finish.layouts import load_layouts
from zit_engine.finish.typography import SetBox, set_type
from zit_engine.messages import LANGUAGES, say
from zit_engine.request.channels import find_channel
from zit_engine.request.lettering import Lettering, checked_lettering
from zit_engine.store.names import file_name
from zit_engine.terminal import file_bytes, print_report, settings_of, signer, telling, write_file

Words = Annotated[str, typer.Option(help="Words to set over the picture.")]
Colour = Annotated[str, typer.Option(help="#rrggbb; left out: taken from the picture.")]


@dataclasses.dataclass(frozen=True, slots=True)
class _Made:
    """A file before it is written, and what is told of it."""

    data: bytes
    format: str
    size: tuple[int, int]
    boxes: tuple[SetBox, ...]
    dropped: tuple[str, ...]
    notes: tuple[tuple[str, dict[str, object]], ...]


def text(
    image: Annotated[Path, typer.Argument(help="A PNG, JPEG or WebP file.")],
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
    channel: Annotated[str, typer.Option(help="An id of `channels`; left out: as it is.")] = "",
    out: Annotated[Path, typer.Option(help="Folder for the file; made if missing.")] = Path("."),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Set words, logo, QR code and the AI mark over a picture."""
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
        lettering = checked_lettering(fields, templates=load_layouts(), fonts=load_fonts())
        data = file_bytes(image)
        mark = None if logo is None else read_logo(file_bytes(logo))
        settings = settings_of(data) or {}
        made = _set(read_photo(data), lettering, mark, channel, settings)
        told = str(settings.get("prompt", image.stem))
        place = find_channel(channel).ko if channel else ""
        seed = settings.get("seed")
        name = file_name(told, "", place, seed if isinstance(seed, int) else 0, 0, made.format)
        path = write_file(made.data, name, out)
        report = _report(made, path, time.monotonic() - started)
        print_report(report, as_json, _lines(report))


def _set(
    picture: Image.Image,
    lettering: Lettering,
    logo: Image.Image | None,
    channel: str,
    settings: dict[str, Any],
) -> _Made:
    """For a place as it takes it, else at the picture's own size as PNG."""
    told = {**settings, "label": lettering.label, "lettering": lettering.as_fields()}
    if channel:
        place = find_channel(channel)
        told["channel"] = place.id
        made = deliver(picture, place, lettering, logo=logo, metadata=told, signer=signer())
        notes = tuple((note, dict(values)) for note, values in made.notes)
        size = (made.width, made.height)
        return _Made(made.data, made.format, size, made.boxes, made.dropped, notes)
    setting = set_type(picture, lettering, (0, 0, 0, 0), logo, held=True)
    encoded = encode(setting.image, "png", None, told)
    data, signs = encoded.data, signer()
    if signs is not None:
        data = signs.sign(data, "png", str(told.get("model", "")))
    size = setting.image.size
    return _Made(data, encoded.format, size, setting.boxes, setting.dropped, ())


def _report(made: _Made, path: Path, seconds: float) -> dict[str, Any]:
    return {
        "file": str(path),
        "width": made.size[0],
        "height": made.size[1],
        "format": made.format,
        "kb": round(len(made.data) / 1000, 1),
        "boxes": [dataclasses.asdict(box) for box in made.boxes],
        "dropped": list(made.dropped),
        "notes": [
            {"id": note, **{lang: say(note, lang, **values) for lang in LANGUAGES}}
            for note, values in made.notes
        ],
        "seconds": round(seconds, 3),
    }


def _lines(report: dict[str, Any]) -> str:
    """What was set, how well it reads, what found no room, and the file last."""
    rows = []
    for box in report["boxes"]:
        reads = "" if box["contrast"] is None else f"{box['contrast']}:1"
        rows.append(f"{box['kind']:<9} {reads:>8}  {' / '.join(box['lines'])}")
    rows += [f"{kind:<9} no room" for kind in report["dropped"]]
    rows += [note[lang] for note in report["notes"] for lang in LANGUAGES]
    return "\n".join([*rows, report["file"]])
