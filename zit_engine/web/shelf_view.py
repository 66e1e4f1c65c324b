"""The gallery as HTML: search bar, tools, how full the shelf is, what an empty shelf says.

Comes in: counts, a Room, what was searched. Goes out: HTML strings. It looks nothing up.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from zit_engine.store.history_trash import Place
from zit_engine.store.shelf import Room
from zit_engine.store.trash import UNDO_S
from zit_engine.web.find import Find
from zit_engine.web.heart import HEART
from zit_engine.web.markup import both, escape, labelled
from zit_engine.web.present import status


def find_bar() -> str:
    """Search as you type, and a switch for favourites. The last line is read out, not shown."""
    return (
        f'<div class="find" role="search"><input type="search" data-find="search" maxlength="200" '
        f'autocomplete="off" enterkeyhint="search" {labelled("placeholder", "shelf.search_hint")} '
        # The placeholder is the one attribute that follows the language; the name is an element.
        'aria-labelledby="mine-search-label">'
        f'<button type="button" data-find="favourites" aria-pressed="false">{HEART}'
        f"{both('shelf.favourites')}</button>"
        '<p class="heard" role="status"></p></div>'
    )


def gallery(find: Find, markup: str) -> str:
    """`markup`, as the answer to what was asked in that turn."""
    return f'<div data-turn="{find.turn}">{markup}</div>'


def tools() -> str:
    buttons = (("all", "mine.all"), ("zip", "mine.zip"), ("delete_chosen", "mine.delete"))
    return "".join(
        (
            '<div class="tools">',
            *(
                f'<button type="button" data-shelf="{act}">{both(message_id)}</button>'
                for act, message_id in buttons
            ),
            f'<span class="chosen" hidden>{both("shelf.chosen", count=0)}</span></div>',
        )
    )


def found(count: int, find: Find) -> str:
    """How many pictures there are, or how many were found."""
    message_id = "shelf.found" if find.is_narrow else "shelf.count"
    return f'<p class="note found">{both(message_id, count=count)}</p>'


def load_more() -> str:
    return f'<button type="button" data-shelf="load_more">{both("mine.load_more")}</button>'


def room_notice(room: Room) -> str:
    """Nothing while there is plenty; from four fifths on how much is used and what to do."""
    if not room.is_nearly_full:
        return ""
    message_id = "storage.notice_full" if room.is_full else "storage.notice"
    line = both(message_id, used_mb=room.used_mb, limit_mb=room.limit_mb)
    fraction = min(1.0, room.used_bytes / (room.limit_mb * 1_000_000))
    return f'<div class="disk">{status(line, "error" if room.is_full else "warn", fraction)}</div>'


def nothing(find: Find) -> str:
    """An empty shelf, or one where nothing fits what was asked for; each with a way on."""
    if not find.is_narrow:
        return (
            f'<div class="empty small shelf-none"><p>{both("mine.empty")}</p>'
            f'<p><a class="button save" href="#make">{both("shelf.go_make")}</a></p></div>'
        )
    if find.search:
        line = both("shelf.nothing_found", search=find.search)
    else:
        line = both("shelf.no_favourites")
    return (
        f'<div class="empty small"><p>{line}</p><button type="button" data-shelf="show_all">'
        f"{both('shelf.show_all')}</button></div>"
    )


def deleted(count: int, gone: Iterable[Place]) -> str:
    """The status line after deleting, with the way back while there is one."""
    kept = escape(json.dumps([{"job": job_id, "name": name} for job_id, name in gone]))
    return status(
        f"<span>{both('mine.deleted', count=count)}</span>"
        f'<button type="button" data-undo="{kept}" data-undo-ms="{UNDO_S * 1000:.0f}">'
        f"{both('shelf.undo')}</button>",
        "ok",
    )


def restored(count: int) -> str:
    """The status line after undoing."""
    if not count:
        return status(both("shelf.undo_late"), "warn")
    return status(both("shelf.undone", count=count), "ok")


def places(data: Mapping[str, Any]) -> list[Place]:
    """The pictures a browser names, each once; checked by the store, not here."""
    items = data.get("items", [data] if "job" in data else [])
    named: dict[Place, None] = {}
    for item in items if isinstance(items, list) else []:
        if isinstance(item, dict):
            named[str(item.get("job")), str(item.get("name"))] = None
    return [*named]
