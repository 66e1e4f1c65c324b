"""What the «compare styles» tab's events do.

Comes in: the owner, texts and what was tapped. Goes out: (action, status, grid, past grids). A grid
is a job like any other and goes on when the page is closed; handlers only watch.
"""

import asyncio
import csv
import dataclasses
import io
from collections.abc import AsyncIterator, Callable
from typing import Any

import gradio as gr

from zit_engine.admission import checked_ticket, job_id_of
from zit_engine.compare.grid import KIND, Grid, finished_cells, paint_missing, planned_grid
from zit_engine.compare.grids import Grids
from zit_engine.compare.sheet import contact_sheet, originals, parameters
from zit_engine.errors import InvalidRequest, JobNotFound, ZitError
from zit_engine.studio import Studio, StudioJob
from zit_engine.web.boundary import guarded, guarded_once
from zit_engine.web.grid_view import GridView
from zit_engine.web.handlers import ticket_of
from zit_engine.web.links import Links
from zit_engine.web.markup import both
from zit_engine.web.panel import Panel
from zit_engine.web.present import error_status, file_status, status

_LOOK_EVERY_S = 0.3
PAST = 12
# A table of 480 texts of 500 letters each.
MOST_TABLE_CHARS = 240_000

Outputs = tuple[Any, Any, Any, Any]


def _not_compared(handlers: "GridHandlers", error: ZitError, owner: str) -> Outputs:
    busy = bool(owner) and handlers.is_busy(owner)
    return "busy" if busy else "idle", error_status(error), gr.skip(), gr.skip()


def _only_said(_: Any, error: ZitError, owner: str) -> str:
    return error_status(error)


def _not_read(_: Any, error: ZitError, owner: str) -> tuple[Any, Any]:
    return error_status(error), gr.skip()


class GridHandlers:
    """One or more texts and seeds in the chosen styles."""

    for_staff = True

    def __init__(self, studio: Studio, panel: Panel, links: Links):
        self._studio = studio
        self._panel = panel
        self._links = links
        self._grids = Grids(studio.settings.data_dir)

    def is_busy(self, owner: str) -> bool:
        return bool(self._studio.open_jobs(owner, KIND))

    @guarded(_not_compared)
    async def compare(
        self, prompt: str, options: Any, owner: str, press: str = ""
    ) -> AsyncIterator[Outputs]:
        """Paint a new grid, and show it cell by cell."""
        typed = options if isinstance(options, dict) else {}
        if typed.get("styles") == []:
            raise InvalidRequest("styles", "error.grid_no_style")
        fields = {"prompts": prompt, "styles": typed.get("styles"), "seeds": typed.get("seeds")}
        grid = planned_grid(self._studio, fields)
        if ticket := checked_ticket(ticket_of(press)):
            grid = dataclasses.replace(grid, id=job_id_of(owner, ticket))
        yield "busy", status(both("status.submitting"), "busy"), gr.skip(), ""
        async for outputs in self._paint(owner, grid, ticket):
            yield outputs

    @guarded(_not_compared)
    async def go_on(self, owner: str, event: gr.EventData) -> AsyncIterator[Outputs]:
        """Paint what is missing of a grid that was stopped; one already gone on with is shown."""
        ticket = checked_ticket(event._data.get("ticket") if isinstance(event._data, dict) else "")
        grid = self._grids.get(owner, grid_id(event))
        running = self._running(owner, grid)
        if running is not None and not running.is_cancelled():
            async for outputs in self._follow(owner, grid, running):
                yield outputs
            return
        async for outputs in self._paint(owner, grid, ticket):
            yield outputs

    @guarded(_not_compared)
    async def show(self, owner: str, event: gr.EventData) -> AsyncIterator[Outputs]:
        """Open an earlier grid."""
        async for outputs in self._follow(owner, self._grids.get(owner, grid_id(event)), None):
            yield outputs

    @guarded(_not_compared)
    async def resume(self, owner: str, request: gr.Request) -> AsyncIterator[Outputs]:
        """The newest grid, and what is still being painted of it when the page is opened; nothing
        when it was opened to vote."""
        if request.query_params.get("vote"):
            return
        newest = self._grids.newest(owner, 1)
        if not newest:
            return
        async for outputs in self._follow(owner, newest[0], self._running(owner, newest[0])):
            yield outputs

    def _running(self, owner: str, grid: Grid) -> StudioJob | None:
        """The newest job of `grid` that is not over."""
        jobs = {job.id: job for job in self._studio.open_jobs(owner, KIND)}
        running = [jobs[job_id] for job_id in grid.jobs if job_id in jobs]
        return running[-1] if running else None

    def stop(self, owner: str) -> None:
        """Stop the owner's grids; finished cells stay."""
        for job in self._studio.open_jobs(owner, KIND):
            self._studio.cancel(job.id, owner)

    @guarded_once(_only_said)
    def sheet(self, owner: str, event: gr.EventData) -> str:
        """The contact sheet, as a status line that downloads it."""
        return self._saved(owner, event, "png", contact_sheet)

    @guarded_once(_only_said)
    def csv(self, owner: str, event: gr.EventData) -> str:
        """All parameters and timings, likewise."""
        return self._saved(
            owner, event, "csv", lambda s, o, grid, cells: parameters(s, grid, cells).encode()
        )

    @guarded_once(_only_said)
    def zip(self, owner: str, event: gr.EventData) -> str:
        """The original pictures, likewise."""
        grid = self._grids.get(owner, grid_id(event))
        cells = finished_cells(self._studio, owner, grid)
        job_id, path = originals(self._studio, owner, grid, cells)
        return self._link(owner, job_id, path.name)

    @guarded_once(_not_read)
    def table(self, event: gr.EventData) -> tuple[Any, Any]:
        """(status, texts) from a file of texts, a line each, or from its column «prompt»."""
        data = event._data if isinstance(event._data, dict) else {}
        prompts = read_table(str(data.get("text", "")))
        return status(both("compare.table_read", count=len(prompts)), "ok"), "\n".join(prompts)

    def _saved(
        self, owner: str, event: gr.EventData, ending: str, make: Callable[..., bytes]
    ) -> str:
        grid = self._grids.get(owner, grid_id(event))
        cells = finished_cells(self._studio, owner, grid)
        if not cells:
            raise JobNotFound(detail="nothing painted yet")
        folder, name = f"grid-{grid.id}", f"compare-{grid.id[:8]}.{ending}"
        data = make(self._studio, owner, grid, cells)
        self._studio.files.save(owner, folder, name, data)
        return self._link(owner, folder, name)

    def _link(self, owner: str, job_id: str, name: str) -> str:
        link = self._links.to(owner, job_id, name)
        return file_status(link, name, both("compare.file_ready"))

    async def _paint(self, owner: str, grid: Grid, ticket: str = "") -> AsyncIterator[Outputs]:
        # Off the event loop: counting tokens may load the tokenizer.
        grid, job = await asyncio.to_thread(paint_missing, self._studio, owner, grid, ticket)
        await asyncio.to_thread(self._grids.save, owner, grid)
        async for outputs in self._follow(owner, grid, job):
            yield outputs

    async def _follow(
        self, owner: str, grid: Grid, job: StudioJob | None
    ) -> AsyncIterator[Outputs]:
        """Show `grid` until its job is over. The table is sent again only when a cell changed."""
        seen: tuple[Any, ...] = ()
        line = ""
        while True:
            snapshot = job.snapshot() if job is not None else None
            is_over = snapshot is None or snapshot.state.is_over
            cells_now = (
                (is_over, snapshot.current, sum(o is not None for o in snapshot.outcomes))
                if snapshot is not None
                else (True,)
            )
            action, now = self._panel.state_of([job] if job is not None else [])
            if cells_now != seen:
                grid_html = await asyncio.to_thread(self._table, owner, grid, job)
                past = self._past(owner, grid) if is_over else ""
                yield action, now, grid_html, past
            elif now != line:
                yield action, now, gr.skip(), gr.skip()
            seen, line = cells_now, now
            if is_over:
                return
            await asyncio.sleep(_LOOK_EVERY_S)

    def _table(self, owner: str, grid: Grid, job: StudioJob | None) -> str:
        cells = finished_cells(self._studio, owner, grid)
        return GridView(self._studio, self._links.of(owner)).table(grid, cells, job)

    def _past(self, owner: str, grid: Grid) -> str:
        return GridView(self._studio, self._links.of(owner)).past(
            self._grids.newest(owner, PAST), grid
        )


def grid_id(event: gr.EventData) -> str:
    """The id of the grid a button belongs to; checked by Grids, not here."""
    data = event._data if isinstance(event._data, dict) else {}
    return str(data.get("grid", ""))


def read_table(text: str) -> list[str]:
    """The texts of a CSV or plain file: its column «prompt» where the first line names one, else
    the first column. Raises InvalidRequest."""
    if len(text) > MOST_TABLE_CHARS:
        raise InvalidRequest("prompts", "error.table_long", limit=MOST_TABLE_CHARS)
    try:
        rows = [row for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"))) if any(row)]
    except csv.Error as error:
        raise InvalidRequest("prompts", "error.table_empty") from error
    names = [name.strip().casefold() for name in rows[0]] if rows else []
    column = names.index("prompt") if "prompt" in names else 0
    body = rows[1:] if "prompt" in names else rows
    prompts = [row[column].strip() for row in body if len(row) > column and row[column].strip()]
    if not prompts:
        raise InvalidRequest("prompts", "error.table_empty")
    return prompts
