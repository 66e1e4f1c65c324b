"""How the line stands, for everybody who asks: pages, meters, a process about to end.

Comes in: questions, from any thread. Goes out: answers as of now, or a refusal. It changes nothing.
"""

import threading
from collections.abc import Callable

from zit_engine.errors import QueueFull
from zit_engine.jobs.at_work import AtWork
from zit_engine.jobs.bounds import Bounds
from zit_engine.jobs.lines import Lines
from zit_engine.jobs.outlook import FINISHING, EffortOf, Forecast, Outlook
from zit_engine.jobs.watching import AnyJob


class Standing:
    """The state of a JobQueue, under its lock."""

    def __init__(self, bounds: Bounds, effort_of: EffortOf, places: Callable[[], int]):
        self._work = threading.Condition()
        self._lines, self._running = Lines(), AtWork()
        self._bounds, self._forecast, self._places = bounds, Forecast(effort_of), places
        self._refusal = ""
        self._is_held = False

    def check(self, owner: str, wanted: int) -> None:
        """Raises QueueFull where `submit` would for so many pictures; costs microseconds."""
        with self._work:
            self._check(owner, wanted)

    def outlook(self, job: AnyJob) -> Outlook:
        """How long `job` still takes if nobody else joins."""
        with self._work:
            running, finishing = self._running, self._running.finishing
            return self._forecast.outlook(job, self._lines, running, self._places(), finishing)

    def is_idle(self) -> bool:
        """True while nothing waits and nothing is painted or finished."""
        with self._work:
            return self._lines.is_empty and self._running.is_empty

    def waiting(self) -> int:
        """Pictures in line as far as they count; what is painted or finished is not in it."""
        with self._work:
            return self._lines.count()

    @property
    def is_refusing(self) -> bool:
        """True once nothing new is taken."""
        return bool(self._refusal)

    def is_resting(self) -> bool:
        """True while nothing is at work and nothing will be: an empty line, or a held one."""
        with self._work:
            return self._running.is_empty and (self._is_held or self._lines.is_empty)

    def is_kept(self, job: AnyJob) -> bool:
        """True for a job that waits in a held line: this process will not paint it."""
        with self._work:
            return self._is_held and job in self._lines

    def next_s(self) -> float | None:
        """Seconds until the next picture in line would be done; None where nobody knows."""
        with self._work:
            return self._forecast.next_s(self._lines, self._running, self._places())

    def _check(self, owner: str, wanted: int) -> None:
        if self._refusal:
            raise QueueFull(self._refusal)
        self._bounds.check(self._lines, owner, wanted, self._forecast.pace.mean_s, self._places())

    def _has_place(self) -> bool:
        painting, places = len(self._running), self._places()
        unfinished = painting + len(self._running.finishing)
        return painting < places and unfinished < places * (1 + FINISHING)
