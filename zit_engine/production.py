"""One picture of a job, made: painted on one thread, finished and saved on another.

Comes in: a job and which of its pictures. Goes out: the painted picture, then an AdResult whose
file and row are there. It knows neither line nor page.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from zit_engine.deliver import deliver
from zit_engine.engine.base import ImageEngine, ModelFacts
from zit_engine.finish.master import encode_master
from zit_engine.finish.sign import load_signer
from zit_engine.job_book import StudioJob
from zit_engine.jobs.watching import Watchers
from zit_engine.own_photo import OwnPhotos
from zit_engine.request.ad_request import AdRequest, AdResult
from zit_engine.request.channels import find_channel
from zit_engine.request.lettering import Lettering
from zit_engine.settings import Settings
from zit_engine.store.files import Files
from zit_engine.store.history import History
from zit_engine.store.keeping import keep
from zit_engine.worth_telling import worth_telling

# name_of(request, number, extension): the file name of a picture.
NameOf = Callable[[AdRequest, int, str], str]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Painted:
    """A picture as the engine gave it, of which model, begun at `started` (monotonic)."""

    image: Image.Image
    facts: ModelFacts
    started: float


class Production:
    """Safe for many threads."""

    def __init__(
        self,
        settings: Settings,
        files: Files,
        history: History,
        own_photos: OwnPhotos,
        watchers: Watchers,
        name_of: NameOf,
    ):
        self._files, self._history = files, history
        self._own_photos, self._watchers = own_photos, watchers
        self._name_of = name_of
        self._says_prompts = settings.log_prompts
        self.signer = load_signer(settings.c2pa_cert, settings.c2pa_key)

    def paint(self, engine: ImageEngine, job: StudioJob, index: int) -> Painted:
        """Picture `index` of `job`, painted. Raises EngineError, Cancelled, InvalidRequest."""
        request, shot = job.items[index].request, job.items[index].shot
        started = time.monotonic()
        image = self._own_photos.paint(
            engine, job.owner, request, shot, job.steps_of(index), job.is_cancelled
        )
        self._watchers.stages(image.info)
        return Painted(image, engine.facts, started)

    def finish(self, job: StudioJob, index: int, painted: Painted) -> AdResult:
        """That picture cropped, encoded and saved. Raises DeliveryError."""
        planned, image, facts = job.items[index], painted.image, painted.facts
        request, channel = planned.request, find_channel(planned.request.channel)
        metadata = {**request.as_fields(), "model": facts.title, "revision": facts.revision}
        lettering = Lettering(label=request.label)
        with self._watchers.timed("finish"):
            delivered = deliver(image, channel, lettering, metadata=metadata, signer=self.signer)
        note, note_values = worth_telling(image.info, delivered)
        result = AdResult(
            job_id=job.id,
            name=self._name_of(request, planned.number, delivered.format),
            request=request,
            model=facts.title,
            width=channel.width,
            height=channel.height,
            format=delivered.format,
            size_bytes=delivered.size_bytes,
            seconds=round(time.monotonic() - painted.started, 3),
            created_at=time.time(),
            note=note,
            note_values=note_values,
        )
        with self._watchers.timed("save"):
            original = encode_master(image)
            keep(self._files, self._history, job.owner, result, delivered.data, original)
        said = request.prompt if self._says_prompts else "-"
        _log.info(
            "job %s picture %d: %.2f s, %s, %s", job.id, index, result.seconds, request.style, said
        )
        return result
