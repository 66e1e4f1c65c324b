"""What the «my pictures» tab's events do.

Comes in: the owner, what the search bar holds, what was tapped. Goes out: HTML for the tab's parts.
"""

import contextlib
from collections.abc import Mapping
from typing import Any

import gradio as gr

from zit_engine.errors import InvalidRequest, JobNotFound, ZitError
from zit_engine.messages import say
from zit_engine.request.ad_request import AdResult
from zit_engine.store.archive import write_archive
from zit_engine.store.history_trash import Place
from zit_engine.studio import Studio
from zit_engine.web import shelf_view
from zit_engine.web.boundary import guarded_once
from zit_engine.web.find import Find, read_find
from zit_engine.web.links import Links
from zit_engine.web.markup import both
from zit_engine.web.panel import Panel
from zit_engine.web.present import error_status, file_status, status

# One archive at most; a request for more is a mistake or worse.
MOST_AT_ONCE = 300


def _only_said(_: Any, error: ZitError, owner: str) -> str:
    return error_status(error)


def _said_and_kept(_: Any, error: ZitError, owner: str) -> tuple[Any, ...]:
    return error_status(error), gr.skip()


class ShelfHandlers:
    """The owner's own pictures: look, find, mark, take along, delete, undo."""

    def __init__(self, studio: Studio, panel: Panel, links: Links):
        self._studio = studio
        self._panel = panel
        self._links = links

    @guarded_once(_only_said)
    def show(self, owner: str, find: Any = None) -> str:
        """The newest pictures the search bar lets through, as selectable tiles."""
        wanted = read_find(find)
        notice = shelf_view.room_notice(self._studio.shelf.room(owner))
        return shelf_view.gallery(wanted, f"{notice}{self._pictures(owner, wanted)}")

    def find(self, owner: str, event: gr.EventData) -> str:
        """As `show`, for what is in the search bar at this moment."""
        return str(self.show(owner, _data(event)))

    @guarded_once(_said_and_kept)
    def favourite(self, owner: str, event: gr.EventData) -> tuple[Any, ...]:
        """(status, tiles) after marking a picture: unchanged, the page shows the mark by itself."""
        data = _data(event)
        job_id, name = str(data.get("job")), str(data.get("name"))
        self._studio.history.set_favourite(owner, job_id, name, data.get("is") is True)
        return gr.skip(), gr.skip()

    @guarded_once(_only_said)
    def zip(self, owner: str, event: gr.EventData) -> str:
        """A status line with a link that downloads itself."""
        places = shelf_view.places(_data(event))
        if len(places) > MOST_AT_ONCE:
            raise InvalidRequest("items", "shelf.zip_many", count=len(places), limit=MOST_AT_ONCE)
        pictures = self._found(owner, places)
        if not pictures:
            return status(both("mine.none_selected"), "warn")
        name = f"{say('page.title')}_{len(pictures)}.zip"
        job_id, path = write_archive(self._studio.files, owner, pictures, name)
        link = self._links.to(owner, job_id, path.name)
        text = both("mine.zip_ready", count=len(pictures))
        return file_status(link, path.name, text)

    @guarded_once(_said_and_kept)
    def delete(self, owner: str, find: Any, event: gr.EventData) -> tuple[str, str]:
        """(status, tiles) after deleting the chosen pictures; the status offers them back."""
        places = shelf_view.places(_data(event))
        count = self._studio.shelf.trash.put(owner, places)
        if not count:
            return status(both("mine.none_selected"), "warn"), self.show(owner, find)
        return shelf_view.deleted(count, places), self.show(owner, find)

    @guarded_once(_said_and_kept)
    def undo(self, owner: str, find: Any, event: gr.EventData) -> tuple[str, str]:
        """(status, tiles) after bringing back what was just deleted."""
        count = self._studio.shelf.trash.restore(owner, shelf_view.places(_data(event)))
        return shelf_view.restored(count), self.show(owner, find)

    def _pictures(self, owner: str, find: Find) -> str:
        search, favourites = find.search, find.favourites
        count = self._studio.history.count(owner, search=search, favourites=favourites)
        if not count:
            return shelf_view.nothing(find)
        tiles = self._panel.tiles(owner)
        pictures = self._panel.newest(owner, find.shown, search=search, favourites=favourites)
        grid = tiles.grid((tiles.tile(result, is_selectable=True) for result in pictures), "shelf")
        more = shelf_view.load_more() if count > find.shown else ""
        return f"{shelf_view.tools()}{shelf_view.found(count, find)}{grid}{more}"

    def _found(self, owner: str, places: list[Place]) -> list[AdResult]:
        found = []
        for job_id, name in places:
            # Gone when it was deleted in another tab: nothing to do for it.
            with contextlib.suppress(JobNotFound):
                found.append(self._studio.history.get(owner, job_id, name))
        return found


def _data(event: gr.EventData) -> Mapping[str, Any]:
    return event._data if isinstance(event._data, dict) else {}
