"""What the «my pictures» and «compare» tabs' events do.

Comes in: the owner and what was tapped. Goes out: HTML for the tab's parts.
"""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from typing import Any

import gradio as gr

from zit_engine.compare.grid import comparison, save_sheet
from zit_engine.errors import JobNotFound, ZitError
from zit_engine.messages import say
from zit_engine.request.ad_request import AdResult
from zit_engine.store.archive import write_archive
from zit_engine.studio import Studio, StudioJob
from zit_engine.web.boundary import guarded, guarded_once
from zit_engine.web.links import Links
from zit_engine.web.markup import both, escape
from zit_engine.web.panel import Panel
from zit_engine.web.present import error_status, status

PAGE = 24
# One archive at most; a request for more is a mistake or worse.
MOST_AT_ONCE = 300
_LOOK_EVERY_S = 0.25


def _only_said(_: Any, error: ZitError, owner: str) -> str:
    return error_status(error)


def _said_and_kept(_: Any, error: ZitError, owner: str) -> tuple[Any, ...]:
    return error_status(error), gr.skip()


def _not_compared(_: Any, error: ZitError, owner: str) -> tuple[Any, ...]:
    return "idle", error_status(error), gr.skip()


class ShelfHandlers:
    """The owner's own pictures: look, take along, delete."""

    def __init__(self, studio: Studio, panel: Panel, links: Links):
        self._studio = studio
        self._panel = panel
        self._links = links

    @guarded_once(_only_said)
    def show(self, owner: str, limit: int = PAGE) -> str:
        """The newest `limit` pictures as selectable tiles."""
        tiles = self._panel.tiles(owner)
        pictures = self._panel.newest(owner, limit)
        if not pictures:
            return f'<div class="empty small"><p>{both("mine.empty")}</p></div>'
        more = ""
        if self._studio.history.count(owner) > limit:
            more = f'<button type="button" data-shelf="load_more">{both("mine.load_more")}</button>'
        grid = tiles.grid((tiles.tile(result, is_selectable=True) for result in pictures), "shelf")
        return f"{_tools()}{grid}{more}"

    @guarded_once(_only_said)
    def load_more(self, owner: str, event: gr.EventData) -> str:
        shown = event._data.get("shown", PAGE) if isinstance(event._data, dict) else PAGE
        is_count = isinstance(shown, int) and 0 <= shown <= 10_000
        return str(self.show(owner, (shown if is_count else 0) + PAGE))

    @guarded_once(_only_said)
    def zip(self, owner: str, event: gr.EventData) -> str:
        """A status line with a link that downloads itself."""
        pictures = self._chosen(owner, event)
        if not pictures:
            return status(both("mine.none_selected"), "warn")
        name = f"{say('page.title')}_{len(pictures)}.zip"
        job_id, path = write_archive(self._studio.files, owner, pictures, name)
        link = escape(self._links.to(owner, job_id, path.name))
        text = both("mine.zip_ready", count=len(pictures))
        return status(f'<a data-auto href="{link}" download="{escape(path.name)}">{text}</a>', "ok")

    @guarded_once(_said_and_kept)
    def delete(self, owner: str, event: gr.EventData) -> tuple[str, str]:
        """(status, tiles) after deleting the chosen pictures."""
        pictures = self._chosen(owner, event)
        for picture in pictures:
            self._studio.delete(owner, picture.job_id, picture.name)
        line = both("mine.deleted", count=len(pictures)) if pictures else both("mine.none_selected")
        return status(line, "ok" if pictures else "warn"), self.show(owner)

    def _chosen(self, owner: str, event: gr.EventData) -> list[AdResult]:
        data = event._data if isinstance(event._data, dict) else {}
        items = data.get("items", [data] if "job" in data else [])
        places: dict[tuple[str, str], None] = {}
        for item in items if isinstance(items, list) else []:
            if isinstance(item, dict):
                places[str(item.get("job")), str(item.get("name"))] = None
        found = []
        for job_id, name in list(places)[:MOST_AT_ONCE]:
            # Gone when it was deleted in another tab: nothing to do for it.
            with contextlib.suppress(JobNotFound):
                found.append(self._studio.history.get(owner, job_id, name))
        return found


class CompareHandlers:
    """One text, one seed, every style."""

    def __init__(self, studio: Studio, panel: Panel, links: Links):
        self._studio = studio
        self._panel = panel
        self._links = links

    @guarded(_not_compared)
    async def compare(self, prompt: str, seed: str, owner: str) -> AsyncIterator[tuple[Any, ...]]:
        """(action, status, tiles) until every style is painted; then with the sheet to save."""
        typed = seed if str(seed or "").strip() else secrets.randbelow(1_000_000)
        asked = self._studio.request({"prompt": prompt, "seed": typed, "channel": "plain-1-1"})
        yield "busy", status(both("status.submitting"), "busy"), gr.skip()
        requests = comparison(self._studio, asked)
        job = await asyncio.to_thread(self._studio.submit, requests, owner, "compare")
        async for outputs in self._follow(owner, job):
            yield outputs

    @guarded(_not_compared)
    async def resume(self, owner: str) -> AsyncIterator[tuple[Any, ...]]:
        """Go on showing a comparison that was running when the page was closed."""
        for job in self._studio.open_jobs(owner, "compare")[-1:]:
            async for outputs in self._follow(owner, job):
                yield outputs

    def stop(self, owner: str) -> None:
        for job in self._studio.open_jobs(owner, "compare"):
            self._studio.cancel(job.id, owner)

    async def _follow(self, owner: str, job: StudioJob) -> AsyncIterator[tuple[Any, ...]]:
        shown = None
        while True:
            is_over = job.state.is_over
            sheet = await asyncio.to_thread(self._sheet_link, owner, job) if is_over else ""
            view = await asyncio.to_thread(self._panel.comparing, owner, job, sheet)
            if view != shown:
                yield view.action, view.status, view.tiles
                shown = view
            if is_over:
                return
            await asyncio.sleep(_LOOK_EVERY_S)

    def _sheet_link(self, owner: str, job: StudioJob) -> str:
        results = job.snapshot().results
        if not results:
            return ""
        name = save_sheet(self._studio, owner, job.id, results)
        link = escape(self._links.to(owner, job.id, name))
        return (
            f'<a class="button save" href="{link}" download="{escape(name)}">'
            f"{both('compare.sheet')}</a>"
        )


def _tools() -> str:
    buttons = (("all", "mine.all"), ("zip", "mine.zip"), ("delete_chosen", "mine.delete"))
    return "".join(
        (
            '<div class="tools">',
            *(
                f'<button type="button" data-shelf="{act}">{both(message_id)}</button>'
                for act, message_id in buttons
            ),
            "</div>",
        )
    )
