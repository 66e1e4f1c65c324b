"""The jobs this process knows, by id and owner: what a page that comes back goes on showing.

Comes in: jobs. Goes out: the same jobs, to their owner only. Owners are compared by key, for a job
of an earlier process knows no more of its owner.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable

from zit_engine.errors import JobNotFound
from zit_engine.jobs.job import Job
from zit_engine.plan import PlannedShot
from zit_engine.request.ad_request import AdResult
from zit_engine.store.files import owner_key

StudioJob = Job[PlannedShot, AdResult]
# Finished jobs kept for a page that comes back; older ones live in the history.
KEPT_JOBS = 500


class JobBook:
    """Safe for many threads."""

    def __init__(self) -> None:
        self._jobs: OrderedDict[str, StudioJob] = OrderedDict()
        self._untold: dict[str, Callable[[], None]] = {}
        self._lock = threading.Lock()

    def remember(self, job: StudioJob) -> None:
        """Keep `job`. What its owner was told of earlier interruptions is not shown again."""
        key = owner_key(job.owner)
        with self._lock:
            told = [k for k in self._untold if owner_key(self._jobs[k].owner) == key]
            for job_id in told:
                del self._untold[job_id]
            self._keep(job)

    def tell_later(self, job: StudioJob, on_told: Callable[[], None]) -> None:
        """Keep a job that ended while its owner was away; `on_told` is called when the owner comes
        and sees it."""
        with self._lock:
            self._keep(job)
            self._untold[job.id] = on_told

    def get(self, job_id: str, owner: str) -> StudioJob:
        """The job of that id if it is `owner`'s. Raises JobNotFound otherwise."""
        with self._lock:
            found = self._jobs.get(job_id)
        if found is None or owner_key(found.owner) != owner_key(owner):
            raise JobNotFound(detail=f"job {job_id}")
        return found

    def open(self, owner: str, kind: str) -> list[StudioJob]:
        """The owner's unfinished jobs, oldest first."""
        return [job for job in self._of(owner, kind) if not job.state.is_over]

    def shown(self, owner: str, kind: str) -> list[StudioJob]:
        """As `open`, with those that ended while the owner was away."""
        jobs = [j for j in self._of(owner, kind) if not j.state.is_over or j.id in self._untold]
        for on_told in [self._untold[job.id] for job in jobs if job.id in self._untold]:
            on_told()
        return jobs

    def awaits(self, upload_id: str) -> bool:
        """True while an unfinished job is to be painted from that upload."""
        with self._lock:
            shots = [s for j in self._jobs.values() if not j.state.is_over for s in j.items]
        return any(upload_id in (s.request.photo, s.request.photo_mask) for s in shots)

    def _of(self, owner: str, kind: str) -> list[StudioJob]:
        key = owner_key(owner)
        with self._lock:
            jobs = [*self._jobs.values()]
        return [job for job in jobs if job.kind == kind and owner_key(job.owner) == key]

    def _keep(self, job: StudioJob) -> None:
        self._jobs[job.id] = job
        while len(self._jobs) > KEPT_JOBS:
            over = (k for k, j in self._jobs.items() if j.state.is_over and k not in self._untold)
            oldest = next(over, None)
            if oldest is None:
                break
            del self._jobs[oldest]
