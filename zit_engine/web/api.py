"""The one public endpoint: gradio_client's `/make`, through the same queue as the page."""

import asyncio
from typing import Any

import gradio as gr

from zit_engine.errors import QueueFull, ZitError
from zit_engine.messages import LANGUAGES, explain_both, say
from zit_engine.request.ad_request import AdResult
from zit_engine.request.lettering import CORNERS
from zit_engine.studio import Studio, StudioJob
from zit_engine.web.boundary import is_owner, told
from zit_engine.web.handlers import new_owner
from zit_engine.web.links import Links
from zit_engine.web.person import calling_person

_LOOK_EVERY_S = 0.1


def _note(result: AdResult) -> str:
    said = (say(result.note, lang, **result.note_values) for lang in LANGUAGES if result.note)
    return " / ".join(said)


class Api:
    def __init__(self, studio: Studio, links: Links):
        self._studio = studio
        self._links = links

    async def make(
        self,
        prompt: Any,
        style: Any = "realistic",
        channel: Any = "instagram-square",
        count: Any = 1,
        seed: Any = None,
        adapter_weight: Any = None,
        owner: Any = "",
        variety: Any = None,
        label: Any = CORNERS[0],
        ticket: Any = "",
    ) -> dict[str, Any]:
        """Paint and return {files: [{url, name, seed, seconds, width, height, format, note}],
        style, channel, model, owner}. A url is relative to this server and works for some minutes.
        `note` tells, in Korean and English, how a picture differs from the usual; mostly "". Pass
        `owner` again to keep several calls in one history. A `ticket` of your own, 32 hexadecimal
        digits, makes a call repeatable: with the same owner and ticket nothing is painted twice.
        Refusals come in both languages too."""
        fields = {
            "prompt": prompt,
            "style": style,
            "channel": channel,
            "count": count,
            "seed": seed,
            "adapter_weight": adapter_weight,
            "variety": variety,
            "label": label,
        }
        who = calling_person().owner or (str(owner) if is_owner(owner) else new_owner())
        try:
            request = self._studio.request(fields)
            job = await asyncio.to_thread(self._studio.submit, request, who, ticket=ticket)
            await self._over(job)
        except ZitError as error:
            raise gr.Error(explain_both(told(error)), print_exception=False) from None
        except Exception as error:
            raise gr.Error(explain_both(told(error)), print_exception=False) from None
        snapshot = job.snapshot()
        if not snapshot.results:
            why = snapshot.failures[0] if snapshot.failures else ZitError("status.cancelled")
            raise gr.Error(explain_both(why), print_exception=False)
        return {
            "files": [self._file(who, result) for result in snapshot.results],
            "style": request.style,
            "channel": request.channel,
            "model": self._studio.engine.facts.title,
            "owner": who,
        }

    def _file(self, owner: str, result: AdResult) -> dict[str, Any]:
        return {
            "url": self._links.to(owner, result.job_id, result.name),
            "name": result.name,
            "seed": result.request.seed,
            "seconds": result.seconds,
            "width": result.width,
            "height": result.height,
            "format": result.format,
            "note": _note(result),
        }

    async def _over(self, job: StudioJob) -> None:
        """Returns when the job is over. Raises QueueFull when the next process is to make it."""
        while not job.state.is_over:
            if self._studio.queue.is_kept(job):
                raise QueueFull("life.kept")
            await asyncio.sleep(_LOOK_EVERY_S)
