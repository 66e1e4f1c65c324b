"""Results as one HTML file to hand on: votes with their plots, a grid, flagged pictures.

Comes in: a grid with its pictures and votes, or the cells of a baseline. Goes out: HTML with every
picture inside, no script and no address of any host. Both languages are in it; one is shown.
"""

import base64
import io
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from PIL import Image, ImageChops

from zit_engine.compare.baseline import THRESHOLD, Cell
from zit_engine.compare.grid import CellKey, Grid, titles
from zit_engine.compare.plots import Name, Plot, rates, strengths
from zit_engine.compare.tally import StyleTally, Tally, signed, worth_showing
from zit_engine.compare.trades import trade_title
from zit_engine.compare.votes import REASONS
from zit_engine.errors import JobNotFound
from zit_engine.messages import LANGUAGES, say
from zit_engine.request.ad_request import AdResult
from zit_engine.studio import Studio

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
# 480 cells of 192 px stay below 10 MB, 100 of 384 px below 5 MB.
_SIDE, _SMALL_SIDE, _MANY, _QUALITY = 384, 192, 100, 82
# A difference of one grey level in 256 cannot be seen; eight times as much can.
_LOUDER = 8

Counted = tuple[Tally, Mapping[str, Tally], Mapping[str, Tally]]


@dataclass(frozen=True, slots=True)
class Section:
    """Votes counted together: `title` in both languages or somebody's own words."""

    title: Markup | str
    counted: Tally
    rows: list[tuple[Name, StyleTally]]
    plots: tuple[Plot, ...]


def both(message_id: str, **values: object) -> Markup:
    """The sentence in both languages, escaped; the file's style sheet shows one."""
    return spans(*(say(message_id, lang, **values) for lang in LANGUAGES))


def spans(ko: str, en: str) -> Markup:
    return Markup('<span lang="ko">{}</span><span lang="en">{}</span>').format(ko, en)


def grid_report(
    studio: Studio,
    key_of_owner: str,
    grid: Grid,
    cells: Mapping[CellKey, AdResult],
    counted: Counted,
) -> str:
    """The grid and what was voted on it. A picture deleted meanwhile is left out."""
    side = _SIDE if len(grid.requests()) <= _MANY else _SMALL_SIDE
    names = dict(zip(grid.styles, titles(studio, grid.styles), strict=True))
    pictures = {}
    for key, result in cells.items():
        try:
            path = studio.files.path_by_key(key_of_owner, result.job_id, result.name)
        except JobNotFound:
            continue
        pictures[key] = (embedded(_small(path, side)), f"{result.seconds:.1f}")
    shown = worth_showing(*counted) if counted[0].votes else []
    sections = [_section(_title(kind, name), some, names) for kind, name, some in shown]
    return _page(
        "grid.html",
        both("report.grid_title"),
        grid=grid,
        names=names,
        pictures=pictures,
        sections=sections,
        reasons={reason: both(f"vote.reason_{reason}") for reason in REASONS},
        made_at=_day(grid.created_at),
    )


def baseline_report(
    stored: Path, painted: Path, cells: Sequence[Cell], title_of: Callable[[str], Name]
) -> str:
    """Pictures that differ from the baseline, the stored one beside the new one and their
    difference; then the score of every cell."""
    changed = [cell for cell in cells if not cell.is_same]
    shown = [(cell, _three(stored, painted, cell)) for cell in changed]
    line = "compare.baseline_changed" if changed else "compare.baseline_same"
    return _page(
        "baseline.html",
        both("report.baseline_title"),
        cells=cells,
        shown=shown,
        names={cell.style: title_of(cell.style) for cell in cells},
        line=both(line, cells=len(cells), changed=len(changed)),
        threshold=THRESHOLD,
        made_at=_day(time.time()),
    )


def _title(kind: str, name: str) -> Markup | str:
    if kind == "all":
        return both("vote.all")
    return spans(*trade_title(name)) if kind == "trade" else name


def _page(template: str, title: Markup, **values: object) -> str:
    return _TEMPLATES.get_template(template).render(
        title=title, both=both, spans=spans, signed=signed, **values
    )


def _day(seconds: float) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(seconds))


def _section(title: Markup | str, counted: Tally, names: Mapping[str, Name]) -> Section:
    """Strongest first; styles nobody compared come last."""
    ordered = sorted(
        counted.styles,
        key=lambda row: (row.strength is None, -(row.strength or 0.0)),
    )
    rows = [(names[row.style], row) for row in ordered]
    return Section(title, counted, rows, (rates(rows), strengths(rows)))


def _small(path: Path, side: int) -> Image.Image:
    with Image.open(path) as stored:
        picture = stored.convert("RGB")
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    return picture


def embedded(picture: Image.Image) -> str:
    """`picture` as a data: address, WebP."""
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=_QUALITY)
    return "data:image/webp;base64," + base64.b64encode(out.getvalue()).decode("ascii")


def _three(stored: Path, painted: Path, cell: Cell) -> tuple[str, str, str]:
    """(stored, new, difference) as addresses, "" for what is not there."""
    old = _small(stored / cell.stored, _SIDE) if cell.stored else None
    new = _small(painted / cell.picture, _SIDE) if cell.picture else None
    apart = None
    if old is not None and new is not None and old.size == new.size:
        apart = ImageChops.difference(old, new).point(lambda level: min(255, level * _LOUDER))
    first, second, third = (embedded(one) if one else "" for one in (old, new, apart))
    return first, second, third
