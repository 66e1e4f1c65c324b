"""What QA takes along from a grid: a contact sheet, the originals, all parameters.

Comes in: a grid and its finished pictures. Goes out: PNG bytes, a ZIP among the owner's files, CSV
text. Labels are in both languages. It paints nothing.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from zit_engine.compare.grid import CellKey, Grid, cell_key, in_order, titles
from zit_engine.compare.votes import Vote
from zit_engine.errors import JobNotFound
from zit_engine.request.ad_request import AdResult
from zit_engine.settings import ROOT
from zit_engine.store.archive import write_archive
from zit_engine.studio import Studio

_FONT = ROOT / "assets" / "fonts" / "pretendard" / "Pretendard-SemiBold.otf"
_GAP, _LABEL, _TITLE, _SIDE = 16, 44, 72, 240
# A sheet of 480 cells stays below 40 megapixels.
_CELL, _SMALL_CELL, _MANY = 384, 192, 100
_PAPER, _INK, _QUIET = "#FBFAF7", "#1C1B1A", "#6B6862"
# A spreadsheet runs a cell that starts so as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_COLUMNS = (
    "prompt",
    "style",
    "style_ko",
    "seed",
    "adapter_weight",
    "variation_seed",
    "variety",
    "model",
    "width",
    "height",
    "format",
    "size_bytes",
    "seconds",
    "created_at",
    "file",
)
_VOTE_COLUMNS = (
    "voter",
    "mode",
    "prompt",
    "trade",
    "seed",
    "shown",
    "chosen",
    "reasons",
    "voted_at",
)

Cells = Mapping[CellKey, AdResult]


def contact_sheet(studio: Studio, owner: str, grid: Grid, cells: Cells) -> bytes:
    """One PNG: styles as columns, prompt and seed as rows, both labelled; a cell without a picture
    stays empty. Pictures are fitted, never cropped."""
    rows, columns = grid.rows, titles(studio, grid.styles)
    side = _CELL if len(rows) * len(columns) <= _MANY else _SMALL_CELL
    step_x, step_y = side + _GAP, side + _GAP
    size = (_SIDE + len(columns) * step_x + 2 * _GAP, _TITLE + _LABEL + len(rows) * step_y + _GAP)
    sheet = Image.new("RGB", size, _PAPER)
    draw = ImageDraw.Draw(sheet)
    large, label = (ImageFont.truetype(str(_FONT), points) for points in (26, 20))
    title = f"{grid.prompts[0]} · {grid.model}"
    draw.text((_GAP, 20), fitted(title, large, size[0] - 2 * _GAP), _QUIET, large)
    for column, (ko, en) in enumerate(columns):
        place = (_SIDE + _GAP + column * step_x, _TITLE + 8)
        draw.text(place, fitted(f"{ko} · {en}", label, side), _INK, label)
    for row, (prompt, seed) in enumerate(rows):
        top = _TITLE + _LABEL + row * step_y
        lines = [*wrapped(prompt, label, _SIDE - _GAP, 5), str(seed)]
        draw.multiline_text((_GAP, top), "\n".join(lines), _INK, label, spacing=6)
        for column, style in enumerate(grid.styles):
            result = cells.get((prompt, style, seed))
            if result is not None:
                _paste(sheet, studio, owner, result, (_SIDE + _GAP + column * step_x, top), side)
    data = io.BytesIO()
    sheet.save(data, "PNG")
    return data.getvalue()


def _paste(
    sheet: Image.Image,
    studio: Studio,
    owner: str,
    result: AdResult,
    corner: tuple[int, int],
    side: int,
) -> None:
    try:
        path = studio.files.path_of(owner, result.job_id, result.name)
    except JobNotFound:  # deleted meanwhile: its place stays empty
        return
    with Image.open(path) as picture:
        small = picture.convert("RGB")
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    x, y = corner
    sheet.paste(small, (x + (side - small.width) // 2, y + (side - small.height) // 2))


def fitted(text: str, font: ImageFont.FreeTypeFont, width: int) -> str:
    """`text`, shortened with an ellipsis where it is wider than `width` pixels."""
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "…") > width:
        text = text[:-1]
    return text + "…"


def wrapped(text: str, font: ImageFont.FreeTypeFont, width: int, most: int) -> list[str]:
    """`text` in at most `most` lines of `width` pixels, broken between words where there are any;
    the last line is shortened."""
    lines, line = [], ""
    words = text.split()
    for place, word in enumerate(words):
        longer = f"{line} {word}".strip()
        if line and font.getlength(longer) > width:
            lines.append(line)
            line = word
            if len(lines) == most - 1:
                line = " ".join(words[place:])
                break
        else:
            line = longer
    return [fitted(each, font, width) for each in [*lines, line]]


def originals(studio: Studio, owner: str, grid: Grid, cells: Cells) -> tuple[str, Path]:
    """(job id, path) of a ZIP of the finished pictures. Raises JobNotFound, SaveFailed."""
    name = f"compare-{grid.id[:8]}.zip"
    return write_archive(studio.files, owner, in_order(grid, cells), name)


def parameters(studio: Studio, grid: Grid, cells: Cells) -> str:
    """CSV, a line a cell in the grid's order, empty where nothing was painted; seconds and times
    as measured. It starts with the mark that lets Excel read Hangul."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    names = dict(zip(grid.styles, titles(studio, grid.styles), strict=True))
    for request in grid.requests():
        result = cells.get(cell_key(request))
        asked: list[object] = [request.prompt, request.style, names[request.style][0], request.seed]
        asked += [_blank(request.adapter_weight), _blank(request.variation_seed)]
        asked.append(_blank(request.variety))
        facts = ("model", "width", "height", "format", "size_bytes", "seconds", "created_at")
        made: Sequence[object] = [""] * (len(facts) + 1)
        if result is not None:
            made = [*(getattr(result, fact) for fact in facts), result.name]
        writer.writerow([_harmless(value) for value in (*asked, *made)])
    return "\ufeff" + out.getvalue()


def vote_table(votes: Sequence[Vote]) -> str:
    """CSV, a line a vote, oldest first; several styles or reasons in one field with |, the voter a
    number of this grid alone, times UTC."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_VOTE_COLUMNS)
    for vote in votes:
        at = datetime.fromtimestamp(vote.voted_at, UTC).isoformat(timespec="seconds")
        named = (vote.voter, vote.mode, vote.prompt, vote.trade, vote.seed)
        chosen = ("|".join(vote.shown), vote.chosen or "", "|".join(vote.reasons), at)
        writer.writerow([_harmless(value) for value in (*named, *chosen)])
    return "\ufeff" + out.getvalue()


def _blank(value: object) -> object:
    return "" if value is None else value


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
