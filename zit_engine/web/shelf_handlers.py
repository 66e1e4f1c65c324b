"""What the «my pictures» tab's events do.

Comes in: the owner and what was tapped. Goes out: HTML for the tab's parts.
"""

import contextlib
from typing import Any

import gradio as gr

from zit_engine.errors import JobNotFound, ZitError
from zit_engine.messages import say
from zit_engine.request.ad_request import AdResult
from zit_engine.store.archive import write_archive
from zit_engine.studio import Studio
from zit_engine.web.boundary import guarded_once
from zit_engine.web.links import Links
from zit_engine.web.markup import both
from zit_engine.web.panel import Panel
from zit_engine.web.present import error_status, file_status, status

PAGE = 24
# One archive at most; a request for more is a mistake or worse.
MOST_AT_ONCE = 300


def _only_said(_: Any, error: ZitError, owner: str) -> str:
    return error_status(error)


def _said_and_kept(_: Any, error: ZitError, owner: str) -> tuple[Any, ...]:
    return error_status(error), gr.skip()


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
        link = self._links.to(owner, job_id, path.name)
        text = both("mine.zip_ready", count=len(pictures))
        return file_status(link, path.name, text)

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
