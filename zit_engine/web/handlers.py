"""What the make tab's events do: keywords in, values for (action, status, hint, tiles) out.

Handlers only watch jobs: the work goes on when the tab closes, and a reopened page finds it again.
They are plain methods, testable without a browser.
"""

import asyncio
import base64
import dataclasses
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import gradio as gr

from zit_engine.admission import checked_ticket
from zit_engine.errors import UnreadableFile, ZitError
from zit_engine.finish.metadata import read_settings
from zit_engine.request.ad_request import AdRequest, AdResult
from zit_engine.request.lettering import LIMITS
from zit_engine.request.subjects import Vocabulary
from zit_engine.studio import Studio, StudioJob
from zit_engine.web import shelf_view
from zit_engine.web.boundary import guarded, guarded_once, is_owner
from zit_engine.web.form_values import fields_of, form_of
from zit_engine.web.markup import both
from zit_engine.web.panel import Panel, View, unknown_subject
from zit_engine.web.person import calling_person
from zit_engine.web.present import error_status, status

# Four looks a second: a step of the pocket model takes about a tenth, of the full one 0.15-1 s.
_LOOK_EVERY_S = 0.25
# The largest random variation seed; short enough for a caption.
_VARIATION_SEEDS = 1_000_000

Outputs = tuple[Any, Any, Any, Any]


def new_owner() -> str:
    """An anonymous owner id: 128 random bits, a bearer secret kept in the person's browser."""
    return secrets.token_hex(16)


def _refused(handlers: "MakeHandlers", error: ZitError, owner: str) -> Outputs:
    """While something is painted its progress stays and the refusal stands below it."""
    if owner and handlers.is_busy(owner):
        return "busy", gr.skip(), error_status(error), gr.skip()
    return "idle", error_status(error), "", gr.skip()


def _not_filled(_: "MakeHandlers", error: ZitError, owner: str) -> tuple[Any, ...]:
    return error_status(error), *[gr.skip()] * 6


class MakeHandlers:
    """`vocabulary` is None unless the running model knows a fixed set of subjects."""

    def __init__(self, studio: Studio, panel: Panel, vocabulary: Vocabulary | None):
        self._studio = studio
        self._panel = panel
        self._vocabulary = vocabulary

    def identify(self, owner: str | None) -> str:
        """Who signed in, or the browser's owner id, made on the first visit."""
        return calling_person().owner or (owner if is_owner(owner) and owner else new_owner())

    def is_busy(self, owner: str) -> bool:
        """True while anything of this owner's make tab is unfinished."""
        return bool(self._studio.open_jobs(owner, "make"))

    @guarded(_refused)
    async def resume(self, owner: str) -> AsyncIterator[Outputs]:
        """Show what the owner has, and follow what is still being made."""
        shown = await asyncio.to_thread(self._studio.book.shown, owner, "make")
        async for outputs in self._follow(owner, shown):
            yield outputs

    @guarded(_refused)
    async def paint(
        self,
        prompt: str,
        style: str,
        channel: str,
        count: str,
        details: Any,
        owner: str,
        photo: Any = None,
        press: str = "",
    ) -> AsyncIterator[Outputs]:
        """The big button. A subject the pocket model does not know is told before, not drawn."""
        request = self._studio.request(fields_of(prompt, style, channel, count, details, photo))
        if self._is_unknown(request):
            # Off the event loop: likeness is searched through some thousand names.
            near = await asyncio.to_thread(self._near, request.prompt)
            yield "idle", status(""), unknown_subject(near), gr.skip()
            return
        async for outputs in self._submit(request, owner, ticket=ticket_of(press)):
            yield outputs

    def _is_unknown(self, request: AdRequest) -> bool:
        """True for a subject the running model surely cannot draw. A photo brings its own."""
        known = self._vocabulary
        return known is not None and not request.photo and not known.knows(request.prompt)

    def _near(self, prompt: str) -> list[tuple[str, str]]:
        return self._vocabulary.near(prompt) if self._vocabulary is not None else []

    @guarded(_refused)
    async def paint_anyway(
        self,
        prompt: str,
        style: str,
        channel: str,
        count: str,
        details: Any,
        owner: str,
        photo: Any = None,
        press: str = "",
    ) -> AsyncIterator[Outputs]:
        """As `paint`, for a person who was told and still wants it."""
        request = self._studio.request(fields_of(prompt, style, channel, count, details, photo))
        async for outputs in self._submit(request, owner, ticket=ticket_of(press)):
            yield outputs

    @guarded(_refused)
    async def again(self, owner: str, event: gr.EventData) -> AsyncIterator[Outputs]:
        """The same wish once more, with a new seed."""
        result = self._result_of(owner, event)
        fresh = dataclasses.replace(result.request, seed=None, variation_seed=None)
        number = _data(event).get("ticket")
        async for outputs in self._submit(fresh, owner, _without_words(result), number):
            yield outputs

    @guarded(_refused)
    async def vary(self, owner: str, event: gr.EventData) -> AsyncIterator[Outputs]:
        """Nearly the same picture: the same seed with a little of another's noise."""
        result = self._result_of(owner, event)
        variation = secrets.randbelow(_VARIATION_SEEDS)
        varied = dataclasses.replace(result.request, variation_seed=variation)
        number = _data(event).get("ticket")
        async for outputs in self._submit(varied, owner, _without_words(result), number):
            yield outputs

    def stop(self, owner: str) -> None:
        """Stop everything this owner is making on the make tab."""
        for job in self._studio.open_jobs(owner, "make"):
            self._studio.cancel(job.id, owner)

    @guarded(_refused)
    async def delete(self, owner: str, event: gr.EventData) -> AsyncIterator[Outputs]:
        """Out of sight at once; below the status line stands the way back."""
        places = [place(event)]
        count = await asyncio.to_thread(self._studio.shelf.trash.put, owner, places)
        hint = shelf_view.deleted(count, places) if count else ""
        yield gr.skip(), gr.skip(), hint, await self._tiles_now(owner)

    @guarded(_refused)
    async def undo(self, owner: str, event: gr.EventData) -> AsyncIterator[Outputs]:
        """Bring back what was just deleted."""
        places = shelf_view.places(_data(event))
        count = await asyncio.to_thread(self._studio.shelf.trash.restore, owner, places)
        yield gr.skip(), gr.skip(), shelf_view.restored(count), await self._tiles_now(owner)

    @guarded_once(_not_filled)
    def reuse(self, owner: str, event: gr.EventData) -> tuple[Any, ...]:
        """(status, prompt, style, channel, count, details, photo) of a picture of the history."""
        result = self._result_of(owner, event)
        told, *fields = form_of(result.request)
        if _has_words(result):
            told = status(f"{both('make.restored')} {both('make.again_plain')}", "ok")
        return told, *fields

    @guarded_once(_not_filled)
    def restore(self, event: gr.EventData) -> tuple[Any, ...]:
        """As `reuse`, from the head of a saved file the browser sent; nothing is kept of it."""
        try:
            head = base64.b64decode(str(_data(event).get("data", "")), validate=True)
        except ValueError as error:  # not base64, or not even ASCII
            raise UnreadableFile(detail=repr(error)) from error
        return form_of(self._studio.request(read_settings(head)))

    async def _submit(
        self, request: AdRequest, owner: str, hint: str = "", ticket: Any = ""
    ) -> AsyncIterator[Outputs]:
        ticket = checked_ticket(ticket)
        yield "busy", status(both("status.submitting"), "busy"), hint, gr.skip()
        # Off the event loop: counting tokens may load the tokenizer.
        job = await asyncio.to_thread(self._studio.submit, request, owner, ticket=ticket)
        async for outputs in self._follow(owner, [job], hint):
            yield outputs

    async def _follow(
        self, owner: str, jobs: Sequence[StudioJob], hint: str = ""
    ) -> AsyncIterator[Outputs]:
        """Show `jobs` under `hint`, and whatever else the owner starts, until all are over.

        Every open page follows the same jobs, so two loops never show different things. A part
        that did not change is not sent again, but for the button: another loop may have set it.
        """
        shown = View("", "", "")
        while True:
            known = {job.id for job in jobs}
            started = self._studio.open_jobs(owner, "make")
            jobs = [*jobs, *(job for job in started if job.id not in known)]
            is_last = all(job.state.is_over for job in jobs)
            view = await asyncio.to_thread(self._panel.making, owner, jobs)
            if view != shown:
                line = view.status if view.status != shown.status else gr.skip()
                above = gr.skip() if shown.action else hint
                yield view.action, line, above, _tiles(view, shown)
                shown = view
            if is_last:
                return
            await asyncio.sleep(_LOOK_EVERY_S)

    async def _tiles_now(self, owner: str) -> str:
        jobs = self._studio.open_jobs(owner, "make")
        return (await asyncio.to_thread(self._panel.making, owner, jobs)).tiles

    def _result_of(self, owner: str, event: gr.EventData) -> AdResult:
        job_id, name = place(event)
        return self._studio.history.get(owner, job_id, name)


def _without_words(result: AdResult) -> str:
    """A new picture starts without the words set over `result`: said before they are missed."""
    return status(both("make.again_plain"), "warn") if _has_words(result) else ""


def _has_words(result: AdResult) -> bool:
    return any(result.lettering.get(name) for name in LIMITS)


def ticket_of(press: str) -> str:
    """The number the browser gave this press; the button's value is "busy <number>"."""
    return str(press).partition(" ")[2]


def place(event: gr.EventData) -> tuple[str, str]:
    """(job id, file name) the browser's tile event names; checked by the store, not here."""
    data = _data(event)
    return str(data.get("job", "")), str(data.get("name", ""))


def _data(event: gr.EventData) -> Mapping[str, Any]:
    return event._data if isinstance(event._data, dict) else {}


def _tiles(view: View, shown: View) -> Any:
    return view.tiles if view.tiles != shown.tiles else gr.skip()
