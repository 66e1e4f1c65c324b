"""THE page to read first: what happens between one press of the button and the finished pictures.

    fields → checked request → Shots (compose, render size, seeds) → job queue
           → adapter activated, painted → cropped, encoded → saved, history row → AdResult

`submit` is the left half and runs on the caller's thread; `produce` is the right half and runs on
the queue's worker, whether or not anybody still watches. The Studio knows no page and no torch.
"""

import contextlib
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence

from zit_engine.admission import Admission, checked_ticket, job_id_of
from zit_engine.brand.brands import Brands
from zit_engine.deliver import deliver
from zit_engine.engine.base import ImageEngine
from zit_engine.engine.health import State
from zit_engine.errors import DeviceLost, JobNotFound
from zit_engine.finish.master import encode_master
from zit_engine.finish.sign import load_signer
from zit_engine.jobs.job import Job, finished
from zit_engine.jobs.job_queue import JobQueue, Outlook
from zit_engine.own_photo import OwnPhotos
from zit_engine.plan import PlannedShot, plan
from zit_engine.request.ad_request import MAX_COUNT, AdRequest, AdResult
from zit_engine.request.channels import find_channel, load_channels
from zit_engine.request.lettering import Lettering
from zit_engine.request.policy import load_policy
from zit_engine.request.validate import checked
from zit_engine.settings import Settings
from zit_engine.store.files import Files, file_name
from zit_engine.store.history import History
from zit_engine.store.keeping import keep
from zit_engine.store.shelf import Shelf
from zit_engine.store.uploads import Uploads
from zit_engine.styles.style import Style
from zit_engine.worth_telling import worth_telling

# Finished jobs kept for a page that comes back; older ones live in the history.
_KEPT_JOBS = 500

_log = logging.getLogger(__name__)

StudioJob = Job[PlannedShot, AdResult]
Requests = AdRequest | Sequence[AdRequest]


class Studio:
    """One engine, one queue, one store. Cheap to build; the model is loaded by `warm_up` or by
    the first picture."""

    def __init__(
        self,
        settings: Settings,
        engine: ImageEngine,
        catalogue: Mapping[str, Style],
        files: Files,
        history: History,
    ):
        self.settings = settings
        self.engine = engine
        self.catalogue = catalogue
        self.files = files
        self.history = history
        self.shelf = Shelf(files, history, settings.owner_mb)
        self.uploads = Uploads(files, history)
        self.own_photos = OwnPhotos(self.uploads, settings.segment_model)
        self.signer = load_signer(settings.c2pa_cert, settings.c2pa_key)
        self.policy = load_policy(settings.policy_file) if settings.policy else None
        self.loading: tuple[str, float] = ("", 0.0)
        self._jobs: OrderedDict[str, StudioJob] = OrderedDict()
        self._jobs_lock = threading.Lock()
        history.is_awaited = self._awaits
        self.admission = Admission(settings.owner_per_minute)
        self.queue = JobQueue(
            self.produce,
            prepare=self.warm_up,
            max_waiting=settings.max_waiting,
            max_owner_waiting=settings.max_owner_waiting,
        )

    def request(self, fields: Mapping[str, object]) -> AdRequest:
        """Raw fields as an AdRequest. Raises InvalidRequest naming the field."""
        return checked(
            fields,
            styles=self.catalogue,
            channels=load_channels(),
            max_prompt_chars=self.settings.max_prompt_chars,
            max_count=self.settings.max_count,
            policy=self.policy,
        )

    def submit(
        self, requests: Requests, owner: str, kind: str = "make", ticket: str = ""
    ) -> StudioJob:
        """Put one press (or a grid of requests, as one job) in line. The same `ticket` of the same
        owner again gives the same job. Raises InvalidRequest, UploadRefused, StyleUnavailable,
        QueueFull, DeviceLost, StorageFull (the owner's share is used up) or SaveFailed (the disk
        is), told before minutes of painting are spent; nothing is queued then."""
        job_id = job_id_of(owner, checked_ticket(ticket))
        with self.admission.turn(owner):
            known = self._known(job_id, owner) if ticket else None
            return known or self._submit(requests, owner, kind, job_id)

    def _submit(self, requests: Requests, owner: str, kind: str, job_id: str) -> StudioJob:
        if self.engine.health.state is State.DEFUNCT:
            raise DeviceLost(detail=self.engine.health.lost_because)
        self.shelf.check_room(owner)
        asked = [requests] if isinstance(requests, AdRequest) else list(requests)
        planned = [shot for request in asked for shot in plan(request, self.engine, self.catalogue)]
        for request in asked:
            self.own_photos.check(owner, request)
        job: StudioJob = Job(owner, tuple(planned), kind, min(len(planned), MAX_COUNT))
        job.id = job_id
        self.admission.check(owner, job.counted)
        self.queue.submit(job)
        self.admission.count(owner, job.counted)
        self._remember(job)
        return job

    def _known(self, job_id: str, owner: str) -> StudioJob | None:
        """The job of an earlier press, also one made before this process started."""
        with contextlib.suppress(JobNotFound):
            return self.job(job_id, owner)
        made = self.history.of_jobs(owner, [job_id])
        return finished(job_id, owner, made) if made else None

    def produce(self, job: StudioJob, index: int) -> AdResult:
        """Paint, finish and save picture `index` of `job`. Raises EngineError, Cancelled,
        DeliveryError."""
        planned = job.items[index]
        request, channel = planned.request, find_channel(planned.request.channel)
        started = time.monotonic()
        image = self.own_photos.paint(
            self.engine, job.owner, request, planned.shot, job.on_step, job.is_cancelled
        )
        facts = self.engine.facts
        metadata = {**request.as_fields(), "model": facts.title, "revision": facts.revision}
        delivered = deliver(
            image, channel, Lettering(label=request.label), metadata=metadata, signer=self.signer
        )
        note, note_values = worth_telling(image.info, delivered)
        result = AdResult(
            job_id=job.id,
            name=self.name_of(request, planned.number, delivered.format),
            request=request,
            model=facts.title,
            width=channel.width,
            height=channel.height,
            format=delivered.format,
            size_bytes=delivered.size_bytes,
            seconds=round(time.monotonic() - started, 3),
            created_at=time.time(),
            note=note,
            note_values=note_values,
        )
        keep(self.files, self.history, job.owner, result, delivered.data, encode_master(image))
        said = request.prompt if self.settings.log_prompts else "-"
        _log.info(
            "job %s picture %d: %.2f s, %s, %s", job.id, index, result.seconds, request.style, said
        )
        return result

    def name_of(self, request: AdRequest, number: int, extension: str) -> str:
        """The file name of picture `number` of a job: what it shows, its style, place and seed."""
        style, channel = self.catalogue.get(request.style), find_channel(request.channel)
        title = style.ko if style else request.style
        return file_name(request.prompt, title, channel.ko, request.seed or 0, number, extension)

    def warm_up(self) -> None:
        """Make the model resident; returns at once when it is. Raises EngineError."""
        self.engine.warm_up(self._on_progress)

    def outlook(self, job: StudioJob) -> Outlook:
        return self.queue.outlook(job)

    def job(self, job_id: str, owner: str) -> StudioJob:
        """The job of that id if it is `owner`'s. Raises JobNotFound otherwise."""
        with self._jobs_lock:
            found = self._jobs.get(job_id)
        if found is None or found.owner != owner:
            raise JobNotFound(detail=f"job {job_id}")
        return found

    def open_jobs(self, owner: str, kind: str) -> list[StudioJob]:
        """The owner's unfinished jobs, oldest first: what a reopened page goes on showing."""
        with self._jobs_lock:
            jobs = list(self._jobs.values())
        return [j for j in jobs if j.owner == owner and j.kind == kind and not j.state.is_over]

    def cancel(self, job_id: str, owner: str) -> None:
        """Stop the owner's job. Raises JobNotFound."""
        self.queue.cancel(self.job(job_id, owner))

    def delete(self, owner: str, job_id: str, name: str) -> None:
        """Remove one picture, its row and the uploads only it was painted from."""
        uploads: tuple[str, ...] = ()
        with contextlib.suppress(JobNotFound):
            request = self.history.get(owner, job_id, name).request
            uploads = (request.photo, request.photo_mask)
        self.history.delete(owner, job_id, name)
        self.files.delete(owner, job_id, name)
        for upload_id in uploads:
            self.uploads.drop(owner, upload_id)

    def available_styles(self) -> list[Style]:
        """Styles the running model has a file for, in catalogue order."""
        return [s for s in self.catalogue.values() if s.runs_on(self.engine.facts.base)]

    def close(self, timeout: float = 30.0) -> None:
        """Let the running picture finish, drop the rest, free the model."""
        self.queue.close(timeout)
        self.shelf.close()
        self.engine.close()

    def give_up(self) -> None:
        """Tell everybody who waits that the engine is lost. For a process about to end."""
        self.queue.abandon(DeviceLost(detail=self.engine.health.lost_because))

    def tidy(self) -> None:
        """Clear what a dead process left, what was thrown away and what is older than the set
        days. Run at start and every hour."""
        days = self.settings.keep_days
        self.shelf.tidy(days)
        Brands(self.settings.data_dir).expire(days, time.time(), self.history.has_any)

    def _awaits(self, upload_id: str) -> bool:
        """True while an unfinished job is to be painted from that upload."""
        with self._jobs_lock:
            shots = [s for j in self._jobs.values() if not j.state.is_over for s in j.items]
        return any(upload_id in (s.request.photo, s.request.photo_mask) for s in shots)

    def _remember(self, job: StudioJob) -> None:
        with self._jobs_lock:
            self._jobs[job.id] = job
            while len(self._jobs) > _KEPT_JOBS:
                oldest = next((k for k, j in self._jobs.items() if j.state.is_over), None)
                if oldest is None:
                    break
                del self._jobs[oldest]

    def _on_progress(self, stage: str, fraction: float) -> None:
        if stage != self.loading[0]:
            _log.info("loading: %s", stage)
        self.loading = (stage, fraction)
