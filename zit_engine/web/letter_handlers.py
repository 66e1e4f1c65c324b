"""What the events of «add text» do: a picture opened, looked at, saved, exported.

Comes in: the owner and what the form holds. Goes out: values for the tab's parts. Every look is
made from the painted original; nothing is painted here.
"""

from collections.abc import Mapping
from typing import Any

import gradio as gr

from zit_engine.errors import InvalidRequest, JobNotFound, ZitError
from zit_engine.finish.typography import suggest_colours
from zit_engine.finishing import FinishingDesk
from zit_engine.request.channels import find_channel
from zit_engine.web import letters_view as view
from zit_engine.web.boundary import guarded_once
from zit_engine.web.handlers import place
from zit_engine.web.links import Links
from zit_engine.web.markup import both, escape
from zit_engine.web.panel import Panel
from zit_engine.web.present import error_status, file_status, status
from zit_engine.web.turns import Turns
from zit_engine.wishes import Wish

STRIP = 24


def _told(error: ZitError) -> str:
    """The sentence, and which field it is about."""
    field = error.field if isinstance(error, InvalidRequest) else ""
    return f'{error_status(error)}<i hidden data-bad-field="{escape(field)}"></i>'


def _said(_: Any, error: ZitError, owner: str) -> tuple[Any, ...]:
    """(status, something kept)."""
    return _told(error), gr.skip()


def _not_saved(_: Any, error: ZitError, owner: str) -> tuple[Any, ...]:
    return _told(error), gr.skip(), gr.skip()


def _not_opened(_: Any, error: ZitError, owner: str) -> tuple[Any, ...]:
    return error_status(error), *[gr.skip()] * 4


class LetterHandlers:
    """`state` below is the form's value: place, texts, choices, chosen channels, framings."""

    def __init__(self, desk: FinishingDesk, panel: Panel, links: Links):
        self._desk = desk
        self._panel = panel
        self._links = links
        self._turns = Turns()

    @guarded_once(lambda _, error, owner: error_status(error))
    def strip(self, owner: str, chosen: tuple[str, str] | None = None) -> str:
        """The owner's newest pictures to choose from."""
        return view.strip(self._panel.newest(owner, STRIP), chosen, self._panel.tiles(owner))

    @guarded_once(_not_opened)
    def open(self, owner: str, event: gr.EventData) -> tuple[Any, ...]:
        """(status, form, stage, frame, strip) of a picture, with every field it was saved with."""
        job_id, name = place(event)
        result, wish = self._desk.remembered(owner, job_id, name)
        channel = wish.channel.id
        state = {
            "job": job_id,
            "name": name,
            **wish.lettering.as_fields(),
            "channels": [channel],
            "shown": channel,
            "framings": {channel: _plain(wish)},
            "has_logo": self._desk.has_logo(owner),
        }
        return (
            status(""),
            state,
            self._look(owner, state),
            view.frame(self._desk.original(owner, job_id, name)),
            self.strip(owner, (result.job_id, result.name)),
        )

    @guarded_once(_said)
    def draft(self, owner: str, event: gr.EventData) -> tuple[Any, ...]:
        """(status, stage) of what the form holds now; nothing where it was changed again since."""
        state = _state(event)
        page, turn = f"{owner}/{state.get('page')}"[:99], _turn(state)
        self._turns.ask(page, turn)
        if self._turns.is_overtaken(page, turn):
            return gr.skip(), gr.skip()
        look = self._look(owner, state)
        return (
            (gr.skip(), gr.skip()) if self._turns.is_overtaken(page, turn) else (status(""), look)
        )

    @guarded_once(_not_saved)
    def save(self, owner: str, event: gr.EventData) -> tuple[Any, ...]:
        """(status, made, form) after saving the shown place; the page downloads the file by itself.
        The form goes on with the new picture: the one it came from may have been replaced."""
        state = _state(event)
        kept = self._desk.save(owner, *_place(state), self._wish(state, str(state.get("shown"))))
        result = kept.result
        size = max(1, round(result.size_bytes / 1000))
        text = view.told_about("letters.saved", result, size_kb=size)
        link = self._links.to(owner, result.job_id, result.name)
        # `saved` tells the page whose unsaved words are safe now.
        saved = {"job": state.get("job"), "name": state.get("name")}
        form = {**state, "job": result.job_id, "name": result.name, "saved": saved}
        made = view.just_made([kept], self._panel.tiles(owner))
        return file_status(link, result.name, text), made, form

    @guarded_once(_said)
    def export(self, owner: str, event: gr.EventData) -> tuple[Any, ...]:
        """(status, made) after making all chosen places. Not async: it takes seconds, and Gradio
        gives such handlers threads of their own."""
        state = _state(event)
        wishes = [self._wish(state, channel) for channel in _chosen(state)]
        outcome = self._desk.export(owner, *_place(state), wishes)
        made = view.made(outcome, self._panel.tiles(owner))
        if outcome.archive is None:
            count = len(outcome.kept)
            line = both("letters.exported_loose", count=count) if count else ""
            return (status(line, "warn") if count else error_status(outcome.refused[0][1])), made
        job_id, path = outcome.archive
        text = both("letters.exported", count=len(outcome.kept))
        return file_status(self._links.to(owner, job_id, path.name), path.name, text), made

    def _look(self, owner: str, state: Mapping[str, Any]) -> str:
        shown = str(state.get("shown"))
        setout = self._desk.preview(owner, *_place(state), self._wish(state, shown))
        colours = suggest_colours(setout.bare)
        return view.stage(setout, find_channel(shown), _chosen(state), colours, _turn(state))

    def _wish(self, state: Mapping[str, Any], channel: str) -> Wish:
        framings = state.get("framings")
        framing = framings.get(channel) if isinstance(framings, dict) else None
        return self._desk.wish(state, channel, framing)


def _state(event: gr.EventData) -> Mapping[str, Any]:
    data = event._data
    if not isinstance(data, dict):
        raise InvalidRequest("request", "error.request")
    if not data.get("job"):
        raise JobNotFound("letters.pick_first")
    return data


def _chosen(state: Mapping[str, Any]) -> list[str]:
    """The chosen places, each once, in the order they were chosen."""
    chosen = state.get("channels")
    return list(dict.fromkeys(map(str, chosen))) if isinstance(chosen, list) else []


def _turn(state: Mapping[str, Any]) -> int:
    """The number of the page's question; 0 for one that has none."""
    turn = state.get("turn")
    return turn if isinstance(turn, int) else 0


def _place(state: Mapping[str, Any]) -> tuple[str, str]:
    return str(state.get("job")), str(state.get("name"))


def _plain(wish: Wish) -> dict[str, object]:
    framing = wish.framing
    return {"x": framing.x, "y": framing.y, "extend": framing.extend}
