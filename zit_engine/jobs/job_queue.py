"""The one line people stand in: bounded, fair between owners, as many paints at a time
as there are places.

Comes in: Jobs. Goes out: calls of `run(job, index)`, on a thread for each place, and beside them
calls of `finish(job, index, what run gave)`; an Outlook for whoever waits. Turns go round the lines
picture by picture, and each owner has one line for each kind of job, so a grid of forty delays
another owner, or its own owner's single picture, by one picture, not forty. It knows nothing of
models, files or pages.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any

from zit_engine.errors import Cancelled, QueueFull, ZitError
from zit_engine.jobs.bounds import Bounds
from zit_engine.jobs.finishers import Finishers
from zit_engine.jobs.lines import Turn
from zit_engine.jobs.outlook import FINISHING, EffortOf, Outlook
from zit_engine.jobs.pace import PLAIN
from zit_engine.jobs.painter import Painter
from zit_engine.jobs.standing import Standing
from zit_engine.jobs.watching import AnyJob, Watchers

__all__ = ["JobQueue", "Outlook"]
# How often a thread without a place looks for one.
_LOOK_S = 0.2


class JobQueue(Standing):
    """`prepare` (loading the model) runs before each picture and is not part of its time. A place
    is free for the next picture as soon as one is painted, unless more than `FINISHING` a place are
    unfinished: what is painted and not saved stays bounded however slow a disk is.
    `effort_of` tells what a picture is as far as its time goes. `places`: how many may be painted
    side by side now, at least 1."""

    def __init__(
        self,
        run: Callable[[AnyJob, int], Any],
        *,
        prepare: Callable[[], None],
        finish: Callable[[AnyJob, int, Any], Any] = lambda job, index, painted: painted,
        max_waiting: int,
        max_owner_waiting: int,
        effort_of: EffortOf = lambda job, index: PLAIN,
        watchers: Watchers | None = None,
        places: Callable[[], int] = lambda: 1,
    ):
        super().__init__(Bounds(max_waiting, max_owner_waiting), effort_of, places)
        self._painter, self._finishers = Painter(run, finish, prepare), Finishers()
        self._watchers = watchers or Watchers()

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

    def _is_longer(self) -> None:
        self._forecast.changed()
        self._running.fill(self._places(), self._serve)
        self._work.notify_all()

    def cancel(self, job: AnyJob) -> None:
        """Stop `job`: out of the line at once, or within one step when it is being painted. What is
        painted already is finished and stays."""
        job.cancel()
        with self._work:
            self._lines.drop(job)
            self._forecast.changed()
            is_running = job in self._running.jobs
        if not is_running:
            self._end(job)

    def refuse(self, message_id: str) -> None:
        """Take nothing new from now on; who asks is told `message_id`. The line goes on."""
        with self._work:
            self._refusal = self._refusal or message_id

    def hold(self) -> None:
        """Begin no further picture; what waits stays in line."""
        with self._work:
            self._is_held = True
            self._work.notify_all()

    def close(self, timeout: float = 30.0) -> None:
        """Refuse new work, drop what waits, let what is at work arrive. Idempotent. Watchers
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
        ends = time.monotonic() + timeout
        self._running.join(timeout)
        self._finishers.end(max(0.0, ends - time.monotonic()))

    def abandon(self, error: ZitError) -> None:
        """Refuse new work and end every job now, the running one too, open pictures with `error`.
        For an engine that will not come back in this process; what is painted is still finished,
        and its job ends then."""
        self.refuse("error.queue_closed")
        with self._work:
            self._is_held = True
            jobs = {job.id: job for job in [*self._emptied(), *self._running.jobs]}
            self._running.give_up_painting()
            finishing = [(job.id, index) for job, index, _ in self._running.finishing]
            for job in jobs.values():
                for index, outcome in enumerate(job.snapshot().outcomes):
                    if outcome is None and (job.id, index) not in finishing:
                        job.settle(index, error)
        for job_id in jobs.keys() - {job_id for job_id, _ in finishing}:
            self._end(jobs[job_id])

    def _emptied(self) -> list[AnyJob]:
        self._forecast.changed()
        self._work.notify_all()
        return self._lines.clear()

    def _end(self, job: AnyJob) -> None:
        if job.finish():
            self._watchers.over(job)

    def _take(self) -> tuple[AnyJob, int] | None:
        """The next turn, or None when held."""
        with self._work:
            while not self._is_held and (not self._lines or not self._has_place()):
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
            turn[0].begin(turn[1])
            self._paint(*turn)

    def _paint(self, job: AnyJob, index: int) -> None:
        """Run one picture, time it and have it finished."""
        started = time.monotonic()

        def on_start() -> None:
            nonlocal started
            started = time.monotonic()
            with self._work:
                self._running.begin(job, index)

        self._watchers.begun(job, index)
        painted = self._painter.paint(job, index, on_start)
        if isinstance(painted, ZitError):
            self._settle(job, index, painted)
            return
        job.painted(index)
        with self._work:
            self._forecast.measure(job, index, time.monotonic() - started)
            self._running.painted(job, index)
            self._work.notify_all()
        most = FINISHING * self._places()
        self._finishers.put(lambda: self._finish(job, index, painted), most)

    def _finish(self, job: AnyJob, index: int, painted: Any) -> None:
        started = time.monotonic()
        outcome = self._painter.finish(job, index, painted)
        if not isinstance(outcome, ZitError):
            with self._work:
                self._forecast.measure_finish(job, index, time.monotonic() - started)
        self._settle(job, index, outcome)

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
