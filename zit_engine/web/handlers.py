"""What the make tab's events do: keywords in, values for (action, status, hint, tiles) out.

Handlers only watch jobs: the work goes on when the tab closes, and a reopened page finds it again.
They are plain methods, testable without a browser.
"""

import asyncio
import base64
import binascii
import dataclasses
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import gradio as gr

from zit_engine.errors import UnreadableFile, ZitError
from zit_engine.finish.metadata import read_settings
from zit_engine.request.ad_request import AdRequest
from zit_engine.request.subjects import Vocabulary
from zit_engine.studio import Studio, StudioJob
from zit_engine.web.boundary import guarded
from zit_engine.web.markup import both
from zit_engine.web.panel import Panel, View, unknown_subject
from zit_engine.web.present import error_status, status

# Four looks a second: a step of the pocket model takes about a tenth, of the full one 0.15-1 s.
_LOOK_EVERY_S = 0.25
# The largest random variation seed; short enough for a caption.
_VARIATION_SEEDS = 1_000_000

Outputs = tuple[Any, Any, Any, Any]


def new_owner() -> str:
    """An anonymous owner id: 128 random bits, a bearer secret kept in the person's browser."""
    return secrets.token_hex(16)


def _failed(error: ZitError) -> Outputs:
    return "idle", error_status(error), "", gr.skip()


class MakeHandlers:
    """`vocabulary` is None unless the running model knows a fixed set of subjects."""

    def __init__(self, studio: Studio, panel: Panel, vocabulary: Vocabulary | None):
        self._studio = studio
        self._panel = panel
        self._vocabulary = vocabulary

    def identify(self, owner: str | None) -> str:
        """The browser's owner id, made on the first visit."""
        return owner if isinstance(owner, str) and len(owner) == 32 else new_owner()

    @guarded(_failed)
    async def resume(self, owner: str) -> AsyncIterator[Outputs]:
        """Show what the owner has, and follow what is still being made."""
        async for outputs in self._follow(owner, self._studio.open_jobs(owner, "make")):
            yield outputs

    @guarded(_failed)
    async def paint(
        self, prompt: str, style: str, channel: str, count: str, details: Any, owner: str
    ) -> AsyncIterator[Outputs]:
        """The big button. A subject the pocket model does not know is told before, not drawn."""
        request = self._studio.request(_fields(prompt, style, channel, count, details))
        if self._vocabulary is not None and not self._vocabulary.knows(request.prompt):
            yield (
                "idle",
                status(""),
                unknown_subject(self._vocabulary.near(request.prompt)),
                gr.skip(),
            )
            return
        async for outputs in self._submit(request, owner):
            yield outputs

    @guarded(_failed)
    async def paint_anyway(
        self, prompt: str, style: str, channel: str, count: str, details: Any, owner: str
    ) -> AsyncIterator[Outputs]:
        """As `paint`, for a person who was told and still wants it."""
        request = self._studio.request(_fields(prompt, style, channel, count, details))
        async for outputs in self._submit(request, owner):
            yield outputs

    @guarded(_failed)
    async def again(self, owner: str, event: gr.EventData) -> AsyncIterator[Outputs]:
        """The same wish once more, with a new seed."""
        request = self._request_of(owner, event)
        fresh = dataclasses.replace(request, seed=None, variation_seed=None)
        async for outputs in self._submit(fresh, owner):
            yield outputs

    @guarded(_failed)
    async def vary(self, owner: str, event: gr.EventData) -> AsyncIterator[Outputs]:
        """Nearly the same picture: the same seed with a little of another's noise."""
        request = self._request_of(owner, event)
        variation = secrets.randbelow(_VARIATION_SEEDS)
        async for outputs in self._submit(
            dataclasses.replace(request, variation_seed=variation), owner
        ):
            yield outputs

    def stop(self, owner: str) -> None:
        """Stop everything this owner is making on the make tab."""
        for job in self._studio.open_jobs(owner, "make"):
            self._studio.cancel(job.id, owner)

    @guarded(_failed)
    async def delete(self, owner: str, event: gr.EventData) -> AsyncIterator[Outputs]:
        job_id, name = place(event)
        await asyncio.to_thread(self._studio.delete, owner, job_id, name)
        async for outputs in self._follow(owner, self._studio.open_jobs(owner, "make")):
            yield outputs

    def reuse(self, owner: str, event: gr.EventData) -> tuple[Any, ...]:
        """(status, prompt, style, channel, count, details) of a picture of the history."""
        try:
            return _form(self._request_of(owner, event))
        except ZitError as error:
            return error_status(error), *[gr.skip()] * 5

    def restore(self, event: gr.EventData) -> tuple[Any, ...]:
        """As `reuse`, from the head of a saved file the browser sent; nothing is kept of it."""
        try:
            head = base64.b64decode(str(_data(event).get("data", "")), validate=True)
            return _form(self._studio.request(read_settings(head)))
        except binascii.Error as error:
            return error_status(UnreadableFile(detail=repr(error))), *[gr.skip()] * 5
        except ZitError as error:
            return error_status(error), *[gr.skip()] * 5

    async def _submit(self, request: AdRequest, owner: str) -> AsyncIterator[Outputs]:
        yield "busy", status(both("status.submitting"), "busy"), "", gr.skip()
        # Off the event loop: counting tokens may load the tokenizer.
        job = await asyncio.to_thread(self._studio.submit, request, owner)
        others = [j for j in self._studio.open_jobs(owner, "make") if j is not job]
        async for outputs in self._follow(owner, [*others, job]):
            yield outputs

    async def _follow(self, owner: str, jobs: Sequence[StudioJob]) -> AsyncIterator[Outputs]:
        """Show `jobs` until they are over; a part that did not change is not sent again."""
        shown = View("", "", "")
        while True:
            is_last = all(job.state.is_over for job in jobs)
            view = await asyncio.to_thread(self._panel.making, owner, jobs)
            if view != shown:
                yield (
                    *_changes(view, shown),
                    gr.skip() if shown.action else "",
                    _tiles(view, shown),
                )
                shown = view
            if is_last:
                return
            await asyncio.sleep(_LOOK_EVERY_S)

    def _request_of(self, owner: str, event: gr.EventData) -> AdRequest:
        job_id, name = place(event)
        return self._studio.history.get(owner, job_id, name).request


def place(event: gr.EventData) -> tuple[str, str]:
    """(job id, file name) the browser's tile event names; checked by the store, not here."""
    data = _data(event)
    return str(data.get("job", "")), str(data.get("name", ""))


def _data(event: gr.EventData) -> Mapping[str, Any]:
    return event._data if isinstance(event._data, dict) else {}


def _fields(
    prompt: object, style: object, channel: object, count: object, details: Any
) -> dict[str, object]:
    typed = details if isinstance(details, dict) else {}
    return {
        "prompt": prompt,
        "style": style,
        "channel": channel,
        "count": count,
        "seed": typed.get("seed"),
        "adapter_weight": typed.get("adapter_weight") or None,
    }


def _form(request: AdRequest) -> tuple[Any, ...]:
    details = {
        "seed": "" if request.seed is None else str(request.seed),
        "adapter_weight": "" if request.adapter_weight is None else str(request.adapter_weight),
    }
    return (
        status(both("make.restored"), "ok"),
        request.prompt,
        request.style,
        request.channel,
        str(request.count),
        details,
    )


def _changes(view: View, shown: View) -> tuple[Any, Any]:
    return (
        view.action if view.action != shown.action else gr.skip(),
        view.status if view.status != shown.status else gr.skip(),
    )


def _tiles(view: View, shown: View) -> Any:
    return view.tiles if view.tiles != shown.tiles else gr.skip()
