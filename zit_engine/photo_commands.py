"""`photo`: pictures painted from a photo of one's own, for scripts.

Comes in: a photo and words of a command line. Goes out: files, a report, an exit code. It goes the
way the page goes: the photo is judged, stripped and kept as an upload of the command line's owner.
"""

import io
import time
from pathlib import Path
from typing import Annotated

import typer
from PIL import Image

from zit_engine.errors import InvalidRequest, ZitError
from zit_engine.finish.intake import MAX_BYTES, read_mask, read_photo
from zit_engine.request.ad_request import PHOTO_MODES, PHOTO_STRENGTHS
from zit_engine.store.uploads import Uploads
from zit_engine.studio import Studio, StudioJob
from zit_engine.terminal import OWNER, open_studio, print_report, report_made, watch


def photo(
    image: Annotated[Path, typer.Argument(help="A PNG, JPEG or WebP photo.")],
    prompt: Annotated[str, typer.Option(help="What to draw; for background: the background.")],
    mode: Annotated[str, typer.Option(help="mood, or background: the product stays.")] = (
        PHOTO_MODES[0]
    ),
    strength: Annotated[str, typer.Option(help="How much mood changes: little, some or much.")] = (
        PHOTO_STRENGTHS[1]
    ),
    mask: Annotated[
        Path | None, typer.Option(help="A picture that is white where the product is.")
    ] = None,
    style: Annotated[str, typer.Option(help="An id of `styles`.")] = "realistic",
    channel: Annotated[str, typer.Option(help="An id of `channels`.")] = "instagram-square",
    count: Annotated[str, typer.Option(help="1 to 4 pictures.")] = "1",
    seed: Annotated[str, typer.Option(help="0 to 4294967295; left out: chosen.")] = "",
    out: Annotated[Path, typer.Option(help="Folder for the pictures; made if missing.")] = Path(
        "."
    ),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Make pictures from a photo: its mood painted anew, or its product on a new background."""
    fields = {
        "prompt": prompt,
        "style": style,
        "channel": channel,
        "count": count,
        "seed": seed,
        "photo_mode": mode,
        "photo_strength": strength,
    }
    with open_studio(as_json) as studio:
        studio.request(fields)  # a slip of the pen is told before a large photo is read
        started = time.monotonic()
        uploads = {"photo": _kept(studio.uploads, read_photo(_bytes(image)))}
        if mask is not None:
            uploads["photo_mask"] = _kept(studio.uploads, read_mask(_bytes(mask)))
        results = watch(studio, _submitted(studio, {**fields, **uploads}))
        report = report_made(studio, results, out, started)
        report |= {"mode": mode, "strength": strength}
        print_report(report, as_json, "\n".join(report["files"]))


def _submitted(studio: Studio, fields: dict[str, str]) -> StudioJob:
    """The job; when it is refused nothing of the photo is kept."""
    try:
        return studio.submit(studio.request(fields), OWNER)
    except ZitError:
        for name in ("photo", "photo_mask"):
            studio.uploads.drop(OWNER, fields.get(name, ""))
        raise


def _kept(uploads: Uploads, picture: Image.Image) -> str:
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=1)
    return uploads.save(OWNER, out.getvalue())


def _bytes(path: Path) -> bytes:
    """The file's bytes, one more than are taken at most. Raises InvalidRequest without a file."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InvalidRequest("photo", "photo.file_missing", path=path) from error
