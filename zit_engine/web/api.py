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
    ) -> dict[str, Any]:
        """Paint and return {files: [{url, name, seed, seconds, width, height, format, note}],
        style, channel, model, owner}. A url is relative to this server and works for some minutes.
        `note` tells, in Korean and English, how a picture differs from the usual; mostly "". Pass
        `owner` again to keep several calls in one history. Refusals come in both languages too."""
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
        who = str(owner) if is_owner(owner) else new_owner()
        try:
            request = self._studio.request(fields)
            job = await asyncio.to_thread(self._studio.submit, request, who)
            await self._over(job)
        except ZitError as error:
            raise gr.Error(explain_both(told(error)), print_exception=False) from None
        except Exception as error:
            raise gr.Error(explain_both(told(error)), print_exception=False) from None
        snapshot = job.snapshot()
        if not snapshot.results:
            why = snapshot.failures[0] if snapshot.failures else ZitError("status.cancelled")
            raise gr.Error(explain_both(why), print_exception=False)
        files = [
            {
                "url": self._links.to(who, result.job_id, result.name),
                "name": result.name,
                "seed": result.request.seed,
                "seconds": result.seconds,
                "width": result.width,
                "height": result.height,
                "format": result.format,
                "note": _note(result),
            }
            for result in snapshot.results
        ]
        return {
            "files": files,
            "style": request.style,
            "channel": request.channel,
            "model": self._studio.engine.facts.title,
            "owner": who,
        }

    async def _over(self, job: StudioJob) -> None:
        """Returns when the job is over. Raises QueueFull when the next process is to make it."""
        while not job.state.is_over:
            if self._studio.queue.is_kept(job):
                raise QueueFull("life.kept")
            await asyncio.sleep(_LOOK_EVERY_S)
