"""The one line people stand in: bounded, fair between owners, as many paints at a time
as there are places.

Comes in: Jobs. Goes out: calls of `run(job, index)`, on a thread for each place, and an Outlook for
whoever waits. Turns go round the lines picture by picture, and each owner has one line for each
kind of job, so a grid of forty delays another owner, or its own owner's single picture, by one
picture, not forty. It knows nothing of models, files or pages.
"""

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from zit_engine.errors import Cancelled, QueueFull, ZitError
from zit_engine.jobs.at_work import AtWork
from zit_engine.jobs.lines import Lines, Turn
from zit_engine.jobs.outlook import EffortOf, Forecast, Outlook
from zit_engine.jobs.pace import PLAIN
from zit_engine.jobs.painter import Painter
from zit_engine.jobs.watching import AnyJob, Watchers

__all__ = ["JobQueue", "Outlook"]
# What a picture takes before the first was timed, for the answer to somebody turned away.
_GUESSED_S = 5.0
# How often a thread without a place looks for one.
_LOOK_S = 0.2


class JobQueue:
    """`prepare` (loading the model) runs before each picture and is not part of its time.
    `effort_of` tells what a picture is as far as its time goes. `places`: how many may be painted
    side by side now, at least 1."""

    def __init__(
        self,
        run: Callable[[AnyJob, int], Any],
        *,
        prepare: Callable[[], None],
        max_waiting: int,
        max_owner_waiting: int,
        effort_of: EffortOf = lambda job, index: PLAIN,
        watchers: Watchers | None = None,
        places: Callable[[], int] = lambda: 1,
    ):
        self._painter, self._forecast = Painter(run, prepare), Forecast(effort_of)
        self._max_waiting, self._max_owner_waiting = max_waiting, max_owner_waiting
        self._watchers = watchers or Watchers()
        self._work = threading.Condition()
        self._lines = Lines()
        self._running, self._places = AtWork(), places
        self._refusal = ""
        self._is_held = False

    def submit(self, job: AnyJob) -> None:
        """Put `job` in line. Raises QueueFull with the seconds to wait, or what a watcher raises;
        nothing is queued then."""
        with self._work:
            self._check(job.owner, job.counted)
            # Its place is taken while the watchers write it down, outside the lock.
            self._lines.arriving.append(job)
        try:
            self._watchers.accepted(job)
        except BaseException:
            with self._work:
                self._lines.arriving.remove(job)
            raise
        with self._work:
            self._lines.arriving.remove(job)
            refusal = self._refusal
            if not refusal:
                self._lines.append(job, 0)
                self._is_longer()
        if refusal:
            self._watchers.dropped(job)
            raise QueueFull(refusal)

    def put_back(self, turns: Iterable[Turn]) -> None:
        """Put jobs of an earlier process in line from that picture on, however many wait. Together:
        of one that comes alone a second picture would be begun before the next one's first."""
        with self._work:
            for job, index in turns:
                self._lines.append(job, index)
            self._is_longer()

    def check(self, owner: str, wanted: int) -> None:
        """Raises QueueFull where `submit` would for so many pictures; costs microseconds."""
        with self._work:
            self._check(owner, wanted)

    def _is_longer(self) -> None:
        self._forecast.changed()
        self._running.fill(self._places(), self._serve)
        self._work.notify_all()

    def _check(self, owner: str, wanted: int) -> None:
        if self._refusal:
            raise QueueFull(self._refusal)
        waiting, of_owner = self._lines.count(), self._lines.count(owner)
        # Somebody with nothing in line may bring one job of any length: a grid of all styles
        # is longer than an owner's share, and turns keep it from delaying others.
        over_share = of_owner > 0 and of_owner + wanted > self._max_owner_waiting
        if waiting + wanted > self._max_waiting or over_share:
            busy_s = (self._forecast.pace.mean_s or _GUESSED_S) * max(1, min(waiting, wanted))
            seconds = max(1, round(busy_s / self._places()))
            raise QueueFull(seconds=seconds, detail=f"{waiting} waiting")

    def cancel(self, job: AnyJob) -> None:
        """Stop `job`: out of the line at once, or within one step when it is being painted."""
        job.cancel()
        with self._work:
            self._lines.drop(job)
            self._forecast.changed()
            is_running = job in self._running.jobs
        if not is_running:
            self._end(job)

    def outlook(self, job: AnyJob) -> Outlook:
        """How long `job` still takes if nobody else joins."""
        with self._work:
            return self._forecast.outlook(job, self._lines, self._running, self._places())

    def is_idle(self) -> bool:
        """True while nothing waits and nothing is painted."""
        with self._work:
            return self._lines.is_empty and not self._running

    def waiting(self) -> int:
        """Pictures in line as far as they count, the one being painted not counted."""
        with self._work:
            return self._lines.count()

    @property
    def is_refusing(self) -> bool:
        """True once nothing new is taken."""
        return bool(self._refusal)

    def refuse(self, message_id: str) -> None:
        """Take nothing new from now on; who asks is told `message_id`. The line goes on."""
        with self._work:
            self._refusal = self._refusal or message_id

    def is_resting(self) -> bool:
        """True while nothing is painted and nothing will be: an empty line, or a held one."""
        with self._work:
            return not self._running and (self._is_held or self._lines.is_empty)

    def is_kept(self, job: AnyJob) -> bool:
        """True for a job that waits in a held line: this process will not paint it."""
        with self._work:
            return self._is_held and job in self._lines

    def hold(self) -> None:
        """Begin no further picture; what waits stays in line."""
        with self._work:
            self._is_held = True
            self._work.notify_all()

    def next_s(self) -> float | None:
        """Seconds until the next picture in line would be done; None where nobody knows."""
        with self._work:
            return self._forecast.next_s(self._lines, self._running, self._places())

    def close(self, timeout: float = 30.0) -> None:
        """Refuse new work, drop what waits, let the running picture finish. Idempotent. Watchers
        are not told of what was dropped: whoever keeps it for another day still has it."""
        self.refuse("error.queue_closed")
        with self._work:
            self._is_held = True
            running = self._running.jobs
            left = self._emptied()
        for job in left:
            if job not in running:  # those end in _settle, after their pictures
                job.cancel()
                job.finish()
        self._running.join(timeout)

    def abandon(self, error: ZitError) -> None:
        """Refuse new work and end every job now, the running one too, open pictures with `error`.
        For an engine that will not come back in this process."""
        self.refuse("error.queue_closed")
        with self._work:
            self._is_held = True
            jobs = {job.id: job for job in [*self._emptied(), *self._running.jobs]}
        for job in jobs.values():
            for index, outcome in enumerate(job.snapshot().outcomes):
                if outcome is None:
                    job.settle(index, error)
            self._end(job)

    def _emptied(self) -> list[AnyJob]:
        self._forecast.changed()
        self._work.notify_all()
        return self._lines.clear()

    def _end(self, job: AnyJob) -> None:
        job.finish()
        self._watchers.over(job)

    def _take(self) -> tuple[AnyJob, int] | None:
        """The next turn, or None when held."""
        with self._work:
            while not self._is_held and (not self._lines or len(self._running) >= self._places()):
                # Nobody tells when a place comes or goes.
                self._work.wait(_LOOK_S if self._lines else None)
            if self._is_held:
                return None
            job, index = self._lines.take()
            self._running.begin(job, index)
            self._running.fill(self._places(), self._serve)
            self._forecast.changed()
            return job, index

    def _serve(self) -> None:
        while (turn := self._take()) is not None:
            job, index = turn
            job.begin(index)
            outcome = self._paint(job, index)
            self._settle(job, index, outcome)

    def _paint(self, job: AnyJob, index: int) -> Any:
        """Run one picture and time it."""
        started = time.monotonic()

        def on_start() -> None:
            nonlocal started
            started = time.monotonic()
            with self._work:
                self._running.begin(job, index)

        self._watchers.begun(job, index)
        outcome = self._painter.paint(job, index, on_start)
        if not isinstance(outcome, ZitError):
            with self._work:
                self._forecast.measure(job, index, time.monotonic() - started)
        return outcome

    def _settle(self, job: AnyJob, index: int, outcome: Any) -> None:
        # Recorded while still running: cancel() would otherwise close the job without it.
        if not isinstance(outcome, Cancelled):
            job.settle(index, outcome)
            self._watchers.settled(job, index, outcome, self._running.seconds(job, index))
        with self._work:
            self._running.end(job, index)
            self._forecast.changed()
            self._work.notify_all()
            if job.is_cancelled():
                self._lines.drop(job)
            is_last = job not in self._lines and job not in self._running.jobs
        if not is_last:
            return
        # By close(): its later pictures are in no line any more, yet nobody stopped it.
        if self._is_held and not job.is_cancelled() and None in job.snapshot().outcomes:
            job.cancel()
            job.finish()
        else:
            self._end(job)
