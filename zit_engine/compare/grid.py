"""A grid: one or more texts and seeds in several styles, planned, resumed and found again.

Comes in: raw fields and the studio. Goes out: a Grid, the requests of its cells, and a job for the
cells still missing. A cell is found by what it shows, so a grid survives the process: its pictures
are rows of the history. It knows nothing of pages.
"""

import dataclasses
import re
import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from zit_engine.errors import InvalidRequest
from zit_engine.plan import CHOSEN_SEEDS
from zit_engine.request.ad_request import AdRequest, AdResult
from zit_engine.request.lettering import NO_LABEL
from zit_engine.studio import Studio, StudioJob
from zit_engine.styles.catalogue import find

KIND = "compare"
CHANNEL = "plain-1-1"
# 60 texts x 8 styles x 1 seed; at 2 s a picture on the pocket model a quarter of an hour.
MOST_CELLS = 480
MOST_SEEDS = 8
# In a joined grid a column is "style@model"; no style id holds this mark.
OF_MODEL = "@"
_SEPARATORS = re.compile(r"[,\s]+")

# What tells one cell of a grid from another.
CellKey = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows are prompts, each with every seed; columns are styles. `jobs` are the ids of the jobs
    that painted for it so far; `created_at` is seconds since 1970."""

    id: str
    prompts: tuple[str, ...]
    styles: tuple[str, ...]
    seeds: tuple[int, ...]
    adapter_weight: float | None = None
    model: str = ""
    created_at: float = 0.0
    jobs: tuple[str, ...] = ()

    @property
    def rows(self) -> list[tuple[str, int]]:
        """(prompt, seed) of each row, from the top."""
        return [(prompt, seed) for prompt in self.prompts for seed in self.seeds]

    def requests(self) -> list[AdRequest]:
        """One request a cell, row by row."""
        return [
            AdRequest(prompt, style, CHANNEL, 1, seed, self.adapter_weight, label=NO_LABEL)
            for prompt, seed in self.rows
            for style in self.styles
        ]


def cell_key(request: AdRequest) -> CellKey:
    return request.prompt, request.style, request.seed or 0


def planned_grid(studio: Studio, fields: Mapping[str, object]) -> Grid:
    """The grid of raw `fields`: prompts (lines of a text, or a list), styles (ids; none: all the
    running model can paint), seeds (numbers in a text, or a list; none: one is chosen) and
    adapter_weight. A line or a number given twice counts once.

    Raises InvalidRequest, UnknownStyle, StyleUnavailable.
    """
    prompts = _prompts(studio, fields.get("prompts"))
    styles = _styles(studio, fields.get("styles"))
    seeds = _seeds(studio, fields.get("seeds"))
    weight = studio.request(
        {"prompt": prompts[0], "adapter_weight": fields.get("adapter_weight")}
    ).adapter_weight
    _check_size(len(prompts) * len(styles) * len(seeds))
    return Grid(
        secrets.token_hex(16),
        tuple(prompts),
        tuple(styles),
        tuple(seeds),
        weight,
        studio.engine.facts.title,
        time.time(),
    )


def _check_size(cells: int) -> None:
    if cells > MOST_CELLS:
        raise InvalidRequest("prompts", "error.grid_cells", cells=cells, limit=MOST_CELLS)


def _listed(value: object, separator: re.Pattern[str]) -> list[object]:
    """The filled entries of a list, or of a text cut at `separator`."""
    entries = separator.split(value) if isinstance(value, str) else value
    if entries is None:
        return []
    if not isinstance(entries, list | tuple):
        entries = [entries]
    return [entry for entry in entries if not isinstance(entry, str) or entry.strip()]


def _prompts(studio: Studio, value: object) -> list[str]:
    lines = _listed(value, re.compile(r"[\r\n]+")) or [""]
    _check_size(len(lines))
    return list(dict.fromkeys(studio.request({"prompt": line}).prompt for line in lines))


def _styles(studio: Studio, value: object) -> list[str]:
    available = [style.id for style in studio.available_styles()]
    chosen = [str(entry) for entry in _listed(value, _SEPARATORS)]
    for style_id in chosen:
        find(studio.catalogue, style_id)
    # In the catalogue's order, base first, whatever order they were ticked in.
    kept = [style_id for style_id in studio.catalogue if style_id in chosen] or available
    if unavailable := [style_id for style_id in kept if style_id not in available]:
        title = studio.catalogue[unavailable[0]].ko
        raise InvalidRequest("styles", "error.style_unavailable", style=title)
    return kept


def _seeds(studio: Studio, value: object) -> list[int]:
    typed = _listed(value, _SEPARATORS) or [secrets.randbelow(CHOSEN_SEEDS)]
    if len(typed) > MOST_SEEDS:
        raise InvalidRequest("seed", "error.grid_seeds", count=len(typed), limit=MOST_SEEDS)
    checked = (studio.request({"prompt": "-", "seed": seed}).seed for seed in typed)
    return list(dict.fromkeys(seed for seed in checked if seed is not None))


def finished_cells(studio: Studio, owner: str, grid: Grid) -> dict[CellKey, AdResult]:
    """The grid's pictures that exist, by cell."""
    results = studio.history.of_jobs(owner, grid.jobs)
    return cells_of(grid, results)


def missing(grid: Grid, cells: Iterable[CellKey]) -> list[AdRequest]:
    """The requests of the cells that have no picture yet, in the grid's order."""
    there = set(cells)
    return [request for request in grid.requests() if cell_key(request) not in there]


def in_order(grid: Grid, cells: Mapping[CellKey, AdResult]) -> list[AdResult]:
    """The finished pictures, row by row."""
    keys = (cell_key(request) for request in grid.requests())
    return [cells[key] for key in keys if key in cells]


def paint_missing(
    studio: Studio, owner: str, grid: Grid, ticket: str = ""
) -> tuple[Grid, StudioJob | None]:
    """Put the missing cells in line as one job; (grid with that job, None) when none is missing or
    the grid was joined from others.

    Raises as Studio.submit; the grid is then as it was.
    """
    is_joined = any(OF_MODEL in style for style in grid.styles)
    wanted = [] if is_joined else missing(grid, finished_cells(studio, owner, grid))
    if not wanted:
        return grid, None
    job = studio.submit(wanted, owner, KIND, ticket)
    jobs = tuple(dict.fromkeys((*grid.jobs, job.id)))  # the same press again is the same job
    return dataclasses.replace(grid, jobs=jobs), job


def cells_of(grid: Grid, results: Iterable[AdResult]) -> dict[CellKey, AdResult]:
    """`results` by the cell of `grid` they are; of two of one cell the later."""
    cells = {}
    for result in results:
        prompt, style, seed = cell_key(result.request)
        joined_style = f"{style}{OF_MODEL}{result.model}"
        column = joined_style if joined_style in grid.styles else style
        cells[prompt, column, seed] = result
    return cells


def joined(grids: Sequence[Grid]) -> Grid:
    """One grid of the pictures of several, each style a column for each model: the archived engine
    beside the resident one. Nothing is painted. Raises InvalidRequest for a column twice."""
    columns = [f"{style}{OF_MODEL}{grid.model}" for grid in grids for style in grid.styles]
    if len(set(columns)) < len(columns) or len(grids) < 2:
        raise InvalidRequest("styles", "error.grid_join")
    prompts = dict.fromkeys(prompt for grid in grids for prompt in grid.prompts)
    seeds = dict.fromkeys(seed for grid in grids for seed in grid.seeds)
    _check_size(len(prompts) * len(columns) * len(seeds))
    return Grid(
        secrets.token_hex(16),
        tuple(prompts),
        tuple(columns),
        tuple(seeds),
        model=" + ".join(dict.fromkeys(grid.model for grid in grids)),
        created_at=time.time(),
        jobs=tuple(job for grid in grids for job in grid.jobs),
    )


def titles(studio: Studio, styles: Sequence[str]) -> list[tuple[str, str]]:
    """(Korean, English) of each style; the id of one that left the catalogue."""
    return [_title(studio, style_id) for style_id in styles]


def _title(studio: Studio, style_id: str) -> tuple[str, str]:
    plain, _, model = style_id.partition(OF_MODEL)
    style = studio.catalogue.get(plain)
    ko, en = (style.ko, style.en) if style else (plain, plain)
    return (f"{ko} · {model}", f"{en} · {model}") if model else (ko, en)
