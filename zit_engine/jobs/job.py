"""One press in flight: its state, progress and results, safe to read from any thread.

Comes in: an owner and items (one per picture). Goes out: snapshots. It knows neither what an item
is nor how it is painted, and it outlives the tab that asked for it.
"""

import contextvars
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from zit_engine.errors import ZitError

Item = TypeVar("Item")
Result = TypeVar("Result")


class JobState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        return self in (JobState.DONE, JobState.CANCELLED, JobState.FAILED)


@dataclass(frozen=True, slots=True)
class Snapshot(Generic[Result]):
    """A job at one moment. `outcomes[i]` is picture i's result, its error, or None so far.
    `step` of `steps` belongs to picture `current` (None while waiting), the one begun first where
    several are being painted side by side. `finishing`: the others that are painted and not there
    yet; `current` is one of those when nothing else is at work."""

    state: JobState
    outcomes: tuple[Result | ZitError | None, ...]
    current: int | None
    step: int
    steps: int
    version: int
    finishing: tuple[int, ...] = ()

    @property
    def done(self) -> int:
        """How many pictures are settled, or need only be finished."""
        return sum(outcome is not None for outcome in self.outcomes) + len(self.finishing)

    def is_at_work(self, index: int) -> bool:
        """True for a picture to be shown as being made."""
        return index == self.current or index in self.finishing

    @property
    def results(self) -> list[Result]:
        return [o for o in self.outcomes if o is not None and not isinstance(o, ZitError)]

    @property
    def failures(self) -> list[ZitError]:
        return [outcome for outcome in self.outcomes if isinstance(outcome, ZitError)]


class Job(Generic[Item, Result]):
    """`context` is the asking thread's context variables: ZeroGPU finds the person through them.
    `kind` tells a page which of its parts shows the job. `counted` is how many of its pictures
    at most count as waiting: a grid is long but never takes more than its turns. `job_id`: that of
    a job taken up again, otherwise a new one."""

    def __init__(
        self,
        owner: str,
        items: tuple[Item, ...],
        kind: str = "make",
        counted: int | None = None,
        job_id: str = "",
    ):
        self.id = job_id or secrets.token_hex(16)
        self.owner = owner
        self.kind = kind
        self.items = items
        self.counted = len(items) if counted is None else counted
        self.created_at = time.time()
        self.context = contextvars.copy_context()
        self._cancelled = threading.Event()
        self._changed = threading.Condition()
        self._state = JobState.WAITING
        self._outcomes: list[Result | ZitError | None] = [None] * len(items)
        self._painting: dict[int, int] = {}  # picture -> its step, the one begun first in front
        self._finishing: list[int] = []
        self._steps, self._version = 0, 0

    def snapshot(self) -> Snapshot[Result]:
        with self._changed:
            current, step = next(iter(self._painting.items()), (None, 0))
            if current is None and self._finishing:
                current, step = self._finishing[0], self._steps
            finishing = tuple(index for index in self._finishing if index != current)
            outcomes = tuple(self._outcomes)
            return Snapshot(
                self._state, outcomes, current, step, self._steps, self._version, finishing
            )

    @property
    def line(self) -> tuple[str, str]:
        """Where it stands: each owner has one line for each kind of job."""
        return self.owner, self.kind

    @property
    def state(self) -> JobState:
        return self._state

    def cancel(self) -> None:
        """Ask to stop. Harmless twice or when over; the queue drops a waiting job at once."""
        self._cancelled.set()

    def is_cancelled(self) -> bool:
        return self._cancelled.is_set()

    def wait(self, timeout: float | None = None) -> Snapshot[Result]:
        """Block until the job is over (or `timeout` seconds passed) and return the snapshot."""
        with self._changed:
            self._changed.wait_for(lambda: self._state.is_over, timeout)
        return self.snapshot()

    def begin(self, index: int) -> None:
        with self._changed:
            self._state, self._painting[index] = JobState.RUNNING, 0
            self._touch()

    def on_step(self, done: int, total: int, index: int | None = None) -> None:
        """`index`: of which picture; None: the only one being painted."""
        with self._changed:
            shown = next(iter(self._painting), None) if index is None else index
            if shown in self._painting:
                self._painting[shown], self._steps = done, total
            self._touch()

    def steps_of(self, index: int) -> Callable[[int, int], None]:
        """`on_step` of that picture."""
        return lambda done, total: self.on_step(done, total, index)

    def painted(self, index: int) -> None:
        """Picture `index` is painted, and is being finished."""
        with self._changed:
            if self._painting.pop(index, None) is not None:
                self._finishing.append(index)
                self._touch()

    def settle(self, index: int, outcome: Result | ZitError) -> None:
        """Record picture `index`: its result, or the error that took its place."""
        with self._changed:
            self._outcomes[index] = outcome
            self._painting.pop(index, None)
            self._finishing = [other for other in self._finishing if other != index]
            self._touch()

    def finish(self) -> bool:
        """Close the job: cancelled if asked to, failed if nothing was made, else done. False when
        it was over before."""
        with self._changed:
            if self._state.is_over:
                return False
            made = any(o is not None and not isinstance(o, ZitError) for o in self._outcomes)
            if self.is_cancelled() and None in self._outcomes:
                self._state = JobState.CANCELLED
            else:
                self._state = JobState.DONE if made else JobState.FAILED
            self._painting.clear()
            self._finishing.clear()
            self._touch()
            return True

    def _touch(self) -> None:
        self._version += 1
        self._changed.notify_all()


def finished(job_id: str, owner: str, results: Sequence[Result]) -> Job[Any, Result]:
    """A job of an earlier process, as far as its results are known: over from the start."""
    job: Job[Any, Result] = Job(owner, tuple(results))
    job.id = job_id
    for index, result in enumerate(results):
        job.settle(index, result)
    job.finish()
    return job
