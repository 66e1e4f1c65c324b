"""One text and one seed in every style, and the labelled sheet QA keeps.

Comes in: a request and the studio. Goes out: requests, one a style, and a contact sheet as a PNG
among the owner's files. It knows nothing of pages.
"""

import dataclasses
import io
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from zit_engine.request.ad_request import AdRequest, AdResult
from zit_engine.settings import ROOT
from zit_engine.studio import Studio

SHEET_NAME = "styles.png"
_FONT = ROOT / "assets" / "fonts" / "pretendard" / "Pretendard-SemiBold.otf"
_CELL, _GAP, _LABEL, _TITLE = 384, 16, 44, 72
_PAPER, _INK, _QUIET = "#FBFAF7", "#1C1B1A", "#6B6862"


def comparison(studio: Studio, asked: AdRequest) -> list[AdRequest]:
    """`asked` once in each style the running model can paint, base first."""
    return [
        dataclasses.replace(asked, style=style.id, count=1) for style in studio.available_styles()
    ]


def save_sheet(studio: Studio, owner: str, job_id: str, results: Sequence[AdResult]) -> str:
    """Save the contact sheet of `results` beside them and return its file name.

    Raises SaveFailed, or JobNotFound when a picture was deleted meanwhile.
    """
    cells = []
    for result in results:
        style = studio.catalogue[result.request.style]
        with Image.open(studio.files.path_of(owner, result.job_id, result.name)) as picture:
            cells.append((f"{style.ko} · {style.en}", picture.convert("RGB")))
    first = results[0].request
    sheet = contact_sheet(cells, f"{first.prompt} · {first.seed} · {results[0].model}")
    data = io.BytesIO()
    sheet.save(data, "PNG")
    studio.files.save(owner, job_id, SHEET_NAME, data.getvalue())
    return SHEET_NAME


def contact_sheet(cells: Sequence[tuple[str, Image.Image]], title: str) -> Image.Image:
    """Labelled pictures in rows of up to four; at least one cell. Each is fitted, not cropped."""
    columns = min(4, len(cells))
    rows = -(-len(cells) // columns)
    width = columns * (_CELL + _GAP) + _GAP
    height = _TITLE + rows * (_CELL + _LABEL + _GAP)
    sheet = Image.new("RGB", (width, height), _PAPER)
    draw = ImageDraw.Draw(sheet)
    title_font = ImageFont.truetype(str(_FONT), 26)
    label_font = ImageFont.truetype(str(_FONT), 22)
    draw.text((_GAP, 20), _fitted(title, title_font, width - 2 * _GAP), _QUIET, title_font)
    for place, (label, picture) in enumerate(cells):
        x = _GAP + place % columns * (_CELL + _GAP)
        y = _TITLE + place // columns * (_CELL + _LABEL + _GAP)
        small = picture.copy()
        small.thumbnail((_CELL, _CELL), Image.Resampling.LANCZOS)
        sheet.paste(small, (x + (_CELL - small.width) // 2, y + (_CELL - small.height) // 2))
        draw.text((x, y + _CELL + 8), _fitted(label, label_font, _CELL), _INK, label_font)
    return sheet


def _fitted(text: str, font: ImageFont.FreeTypeFont, width: int) -> str:
    """`text`, shortened with an ellipsis where it is wider than `width` pixels."""
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "…") > width:
        text = text[:-1]
    return text + "…"
