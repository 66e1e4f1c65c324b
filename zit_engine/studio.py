"""THE page to read first: what happens between one press of the button and the finished pictures.

    fields → checked request → Shots (compose, render size, seeds) → job queue
           → adapter activated, painted → cropped, encoded → saved, history row → AdResult

`submit` is the first line and runs on the caller's thread; `production` is the second and runs on
the queue's threads, whether or not anybody still watches: one paints, and while it paints the next
picture others finish the last. The Studio knows no page and no torch.
"""

import contextlib
import logging
import time
from collections.abc import Mapping, Sequence

from zit_engine.admission import Admission, checked_ticket, job_id_of
from zit_engine.brand.brands import Brands
from zit_engine.engine.base import ImageEngine, ReadsAhead
from zit_engine.engine.health import State
from zit_engine.errors import DeviceLost, JobNotFound
from zit_engine.job_book import JobBook, StudioJob
from zit_engine.jobs.job import Job, finished
from zit_engine.jobs.job_queue import JobQueue, Outlook
from zit_engine.jobs.pace import Effort
from zit_engine.jobs.watching import Watchers
from zit_engine.own_photo import OwnPhotos, effort
from zit_engine.plan import plan
from zit_engine.production import Production
from zit_engine.request.ad_request import MAX_COUNT, AdRequest
from zit_engine.request.channels import find_channel, load_channels
from zit_engine.request.policy import load_policy
from zit_engine.request.validate import checked
from zit_engine.settings import Settings
from zit_engine.store.files import Files, file_name, owner_key
from zit_engine.store.history import History
from zit_engine.store.shelf import Shelf
from zit_engine.store.uploads import Uploads
from zit_engine.styles.style import Style

__all__ = ["DRAINING", "Studio", "StudioJob"]

# Beside the engine's own states: nothing new is taken, what was accepted is still being made.
DRAINING = "draining"

Requests = AdRequest | Sequence[AdRequest]
_log = logging.getLogger(__name__)


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
        self.policy = load_policy(settings.policy_file) if settings.policy else None
        self.loading: tuple[str, float] = ("", 0.0)
        self.book = JobBook()
        self.watchers = Watchers()
        self.production = Production(
            settings, files, history, self.own_photos, self.watchers, self.name_of
        )
        self.signer = self.production.signer
        history.is_awaited = self.book.awaits
        self.admission = Admission(settings.owner_per_minute)
        self.queue = JobQueue(
            lambda job, index: self.production.paint(self.engine, job, index),
            prepare=self.warm_up,
            finish=self.production.finish,
            max_waiting=settings.max_waiting,
            max_owner_waiting=settings.max_owner_waiting,
            effort_of=self._effort,
            watchers=self.watchers,
            places=lambda: self.engine.places,
        )

    def request(self, fields: Mapping[str, object]) -> AdRequest:
        """Raw fields as an AdRequest. Raises InvalidRequest naming the field."""
        with self.watchers.refusing():
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
        is), told before minutes of painting are spent; nothing is queued then. The job knows its
        owner by key only."""
        owner = owner_key(owner)
        with self.watchers.refusing():
            job_id = job_id_of(owner, checked_ticket(ticket))
            with self.admission.turn(owner):
                known = self._known(job_id, owner) if ticket else None
                return known or self._submit(requests, owner, kind, job_id)

    def _submit(self, requests: Requests, owner: str, kind: str, job_id: str) -> StudioJob:
        if self.engine.health.state is State.DEFUNCT:
            raise DeviceLost(detail=self.engine.health.lost_because)
        asked = [requests] if isinstance(requests, AdRequest) else list(requests)
        counted = min(sum(request.count for request in asked), MAX_COUNT)
        # First, because they ask neither disk nor tokenizer: a crowd is turned away at once.
        self.admission.check(owner, counted)
        self.queue.check(owner, counted)
        self.shelf.check_room(owner)
        planned = [shot for request in asked for shot in plan(request, self.engine, self.catalogue)]
        for request in asked:
            self.own_photos.check(owner, request)
        job: StudioJob = Job(owner, tuple(planned), kind, counted)
        job.id = job_id
        self.queue.submit(job)
        self.admission.count(owner, job.counted)
        self.book.remember(job)
        if isinstance(self.engine, ReadsAhead):
            self.engine.read_ahead(dict.fromkeys(each.shot.model_prompt for each in planned))
        return job

    def _known(self, job_id: str, owner: str) -> StudioJob | None:
        """The job of an earlier press, also one made before this process started."""
        with contextlib.suppress(JobNotFound):
            return self.job(job_id, owner)
        made = self.history.of_jobs(owner, [job_id])
        return finished(job_id, owner, made) if made else None

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

    @property
    def state(self) -> str:
        """starting, ready, busy or defunct as the engine says, or draining."""
        state = self.engine.health.state
        is_draining = self.queue.is_refusing and state is not State.DEFUNCT
        return DRAINING if is_draining else state

    def job(self, job_id: str, owner: str) -> StudioJob:
        """The job of that id if it is `owner`'s. Raises JobNotFound otherwise."""
        return self.book.get(job_id, owner)

    def open_jobs(self, owner: str, kind: str) -> list[StudioJob]:
        """The owner's unfinished jobs, oldest first: what a reopened page goes on showing."""
        return self.book.open(owner, kind)

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

    def tidy(self, now: float | None = None) -> None:
        """Clear what a dead process left, what was thrown away and what at `now` (seconds since
        1970) is older than the set days. Run at start and every hour."""
        days, now = self.settings.keep_days, time.time() if now is None else now
        self.shelf.tidy(days, now)
        Brands(self.settings.data_dir).expire(days, now, self.history.has_any)

    def _effort(self, job: StudioJob, index: int) -> Effort:
        return effort(job.items[index].request, job.items[index].shot, self.engine.facts)

    def _on_progress(self, stage: str, fraction: float) -> None:
        if stage != self.loading[0]:
            _log.info("loading: %s", stage)
        self.loading = (stage, fraction)
