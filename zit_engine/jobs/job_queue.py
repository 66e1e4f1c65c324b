"""The one line people stand in: bounded, fair between owners, one paint at a time.

Comes in: Jobs. Goes out: calls of `run(job, index)` on the one worker thread, and an Outlook for
whoever waits. Turns go round the lines picture by picture, and each owner has one line for each
kind of job, so a grid of forty delays another owner, or its own owner's single picture, by one
picture, not forty. It knows nothing of models, files or pages.
"""

import logging
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from zit_engine.errors import Cancelled, QueueFull, ZitError
from zit_engine.jobs.job import Job

AnyJob = Job[Any, Any]
# Weight of the newest measurement in the running mean; 0.3 follows a change within ~5 pictures.
_NEWEST_WEIGHT = 0.3

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outlook:
    """people_ahead: other owners painted before this job's next picture. starts_s and eta_s:
    seconds until its next picture starts and its last is done; None before anything was timed."""

    people_ahead: int
    starts_s: float | None
    eta_s: float | None


class JobQueue:
    """`prepare` (loading the model) runs before each picture and is not part of its time."""

    def __init__(
        self,
        run: Callable[[AnyJob, int], Any],
        *,
        prepare: Callable[[], None],
        max_waiting: int,
        max_owner_waiting: int,
    ):
        self._run, self._prepare = run, prepare
        self._max_waiting, self._max_owner_waiting = max_waiting, max_owner_waiting
        self._work = threading.Condition()
        # Lines in turn order; each has its jobs, oldest first, with the next picture's index.
        self._lines: OrderedDict[tuple[str, str], deque[tuple[AnyJob, int]]] = OrderedDict()
        self._running: tuple[AnyJob, int, float] | None = None
        self._mean_s: float | None = None
        self._closed = False
        self._worker: threading.Thread | None = None

    def submit(self, job: AnyJob) -> None:
        """Put `job` in line. Raises QueueFull with the seconds to wait; nothing is queued then."""
        with self._work:
            if self._closed:
                raise QueueFull("error.queue_closed")
            waiting, of_owner = self._waiting(), self._waiting(job.owner)
            wanted = job.counted
            # Somebody with nothing in line may bring one job of any length: a grid of all styles
            # is longer than an owner's share, and turns keep it from delaying others.
            over_share = of_owner > 0 and of_owner + wanted > self._max_owner_waiting
            if waiting + wanted > self._max_waiting or over_share:
                busy_s = (self._mean_s or 5.0) * max(1, min(waiting, wanted))
                raise QueueFull(seconds=max(1, round(busy_s)), detail=f"{waiting} waiting")
            self._lines.setdefault(job.line, deque()).append((job, 0))
            self._start_worker()
            self._work.notify_all()

    def cancel(self, job: AnyJob) -> None:
        """Stop `job`: out of the line at once, or within one step when it is being painted."""
        job.cancel()
        with self._work:
            self._drop(job)
            is_running = self._running is not None and self._running[0] is job
        if not is_running:
            job.finish()

    def outlook(self, job: AnyJob) -> Outlook:
        """How long `job` still takes, by playing the turns out with the measured mean time."""
        with self._work:
            turns = list(self._turns())
            running, mean = self._running, self._mean_s
        left_s = self._seconds_left(running, mean)
        mine = [place for place, turn in enumerate(turns) if turn is job]
        is_running = running is not None and running[0] is job
        if not mine:
            return Outlook(0, 0.0 if is_running else None, left_s if is_running else None)
        before = set() if is_running else {turn.owner for turn in turns[: mine[0]]}
        if running is not None and not is_running:
            before.add(running[0].owner)
        if mean is None or left_s is None:
            return Outlook(len(before - {job.owner}), None, None)
        starts = 0.0 if is_running else left_s + mean * mine[0]
        return Outlook(len(before - {job.owner}), starts, left_s + mean * (mine[-1] + 1))

    def is_idle(self) -> bool:
        """True while nothing waits and nothing is painted."""
        with self._work:
            return not self._lines and self._running is None

    def waiting(self) -> int:
        """Pictures in line as far as they count, the one being painted not counted."""
        with self._work:
            return self._waiting()

    def close(self, timeout: float = 30.0) -> None:
        """Refuse new work, drop what waits, let the running picture finish. Idempotent."""
        with self._work:
            self._closed = True
            running = self._running[0] if self._running else None
            left = {id(job): job for line in self._lines.values() for job, _ in line}
            self._lines.clear()
            self._work.notify_all()
        for job in left.values():
            if job is not running:  # that one ends in _settle, after its picture
                job.cancel()
                job.finish()
        if self._worker is not None:
            self._worker.join(timeout)

    def abandon(self, error: ZitError) -> None:
        """Refuse new work and end every job now, the running one too, open pictures with `error`.
        For an engine that will not come back in this process."""
        with self._work:
            self._closed = True
            jobs = {id(job): job for line in self._lines.values() for job, _ in line}
            if self._running is not None:
                jobs[id(self._running[0])] = self._running[0]
            self._lines.clear()
            self._work.notify_all()
        for job in jobs.values():
            for index, outcome in enumerate(job.snapshot().outcomes):
                if outcome is None:
                    job.settle(index, error)
            job.finish()

    def _waiting(self, owner: str | None = None) -> int:
        return sum(
            min(job.counted, len(job.items) - index)
            for line, entries in self._lines.items()
            if owner is None or line[0] == owner
            for job, index in entries
        )

    def _turns(self) -> Iterator[AnyJob]:
        """The job of each coming turn, in order, if nobody else joins."""
        lines = [deque(line) for line in self._lines.values()]
        while lines:
            line = lines.pop(0)
            job, index = line.popleft()
            yield job
            if index + 1 < len(job.items):
                line.appendleft((job, index + 1))
            if line:
                lines.append(line)

    @staticmethod
    def _seconds_left(
        running: tuple[AnyJob, int, float] | None, mean: float | None
    ) -> float | None:
        if running is None:
            return 0.0
        if mean is None:
            return None
        return max(0.0, mean - (time.monotonic() - running[2]))

    def _drop(self, job: AnyJob) -> None:
        kept = deque(entry for entry in self._lines.get(job.line, ()) if entry[0] is not job)
        if kept:
            self._lines[job.line] = kept
        else:
            self._lines.pop(job.line, None)

    def _start_worker(self) -> None:
        if self._worker is None or not self._worker.is_alive():
            self._worker = threading.Thread(target=self._serve, name="painter", daemon=True)
            self._worker.start()

    def _take(self) -> tuple[AnyJob, int] | None:
        """The next turn, or None when closed. The line goes to the end of the round."""
        with self._work:
            self._work.wait_for(lambda: self._lines or self._closed)
            if not self._lines:
                return None
            key, line = next(iter(self._lines.items()))
            job, index = line.popleft()
            if index + 1 < len(job.items):
                line.appendleft((job, index + 1))
            del self._lines[key]
            if line:
                self._lines[key] = line
            self._running = (job, index, time.monotonic())
            return job, index

    def _serve(self) -> None:
        while (turn := self._take()) is not None:
            job, index = turn
            job.begin(index)
            outcome = self._paint(job, index)
            self._settle(job, index, outcome)

    def _paint(self, job: AnyJob, index: int) -> Any:
        """Run one picture and time it; an error becomes the picture's outcome."""
        try:
            if job.is_cancelled():
                return Cancelled()
            job.context.run(self._prepare)
            started = time.monotonic()
            with self._work:
                self._running = (job, index, started)
            outcome = job.context.run(self._run, job, index)
            self._measure(time.monotonic() - started)
            return outcome
        except ZitError as error:
            if not isinstance(error, Cancelled):
                _log.warning("job %s picture %d: %s", job.id, index, error)
            return error
        except Exception as error:
            # The worker must outlive any bug: an unexpected error fails one picture, with its id.
            failure = ZitError(detail=repr(error))
            _log.exception("job %s picture %d: %s", job.id, index, failure)
            return failure

    def _measure(self, seconds: float) -> None:
        with self._work:
            mean = seconds if self._mean_s is None else self._mean_s
            self._mean_s = mean + _NEWEST_WEIGHT * (seconds - mean)

    def _settle(self, job: AnyJob, index: int, outcome: Any) -> None:
        # Recorded while still running: cancel() would otherwise close the job without it.
        if not isinstance(outcome, Cancelled):
            job.settle(index, outcome)
        with self._work:
            self._running = None
            if job.is_cancelled():
                self._drop(job)
            is_last = all(entry[0] is not job for entry in self._lines.get(job.line, ()))
        if is_last:
            if self._closed:
                job.cancel()
            job.finish()
