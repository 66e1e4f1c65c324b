"""Who wants to know what becomes of jobs: a ledger on disk, counters, a log.

Comes in: moments of jobs, told by the queue and the studio. Goes out: the same moments, told to
every watcher. It decides nothing.
"""

import contextlib
import logging
import time
from collections.abc import Iterator, Mapping
from typing import Any

from zit_engine.errors import ZitError
from zit_engine.jobs.job import Job

AnyJob = Job[Any, Any]
_log = logging.getLogger(__name__)


class Watcher:
    """Hears everything and does nothing; a real one overrides what it needs. Called on the thread
    where it happened, so it must be quick."""

    def accepted(self, job: AnyJob) -> None:
        """About to stand in line. What this raises is told to the person, and nothing is queued."""

    def dropped(self, job: AnyJob) -> None:
        """Accepted a moment ago, and yet not in line: the service began to close."""

    def begun(self, job: AnyJob, index: int) -> None:
        """Picture `index` is about to be painted."""

    def settled(self, job: AnyJob, index: int, outcome: object, seconds: float) -> None:
        """Picture `index` is there, `seconds` after it was begun, or the error in its place; not
        told of a stopped one. The next picture may have begun before."""

    def over(self, job: AnyJob) -> None:
        """Nothing more will come of the job."""

    def refused(self, error: ZitError) -> None:
        """Somebody asked and was turned away."""

    def stage(self, name: str, seconds: float) -> None:
        """A part of making one picture took so long."""


class Watchers(Watcher):
    """Tells all in the order they came. Only `accepted` may fail: a watcher's trouble later on must
    not take anybody's picture."""

    def __init__(self) -> None:
        self._all: list[Watcher] = []

    def add(self, watcher: Watcher) -> None:
        self._all.append(watcher)

    def accepted(self, job: AnyJob) -> None:
        for watcher in self._all:
            watcher.accepted(job)

    def dropped(self, job: AnyJob) -> None:
        self._tell("dropped", job)

    def begun(self, job: AnyJob, index: int) -> None:
        self._tell("begun", job, index)

    def settled(self, job: AnyJob, index: int, outcome: object, seconds: float) -> None:
        self._tell("settled", job, index, outcome, seconds)

    def over(self, job: AnyJob) -> None:
        self._tell("over", job)

    def refused(self, error: ZitError) -> None:
        self._tell("refused", error)

    def stage(self, name: str, seconds: float) -> None:
        self._tell("stage", name, seconds)

    @contextlib.contextmanager
    def refusing(self) -> Iterator[None]:
        """What the block inside raises turns somebody away."""
        try:
            yield
        except ZitError as error:
            self.refused(error)
            raise

    @contextlib.contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """The block inside is the stage `name`."""
        started = time.monotonic()
        yield
        self.stage(name, time.monotonic() - started)

    def stages(self, seconds: Mapping[Any, Any]) -> None:
        """What the engine timed itself, as `<stage>_s` among other things."""
        for name in ("switch", "encode", "denoise", "decode"):
            if f"{name}_s" in seconds:
                self.stage(name, float(seconds[f"{name}_s"]))

    def _tell(self, moment: str, *facts: object) -> None:
        for watcher in self._all:
            try:
                getattr(watcher, moment)(*facts)
            except Exception:
                _log.exception("%s could not be told to %s", moment, type(watcher).__name__)
