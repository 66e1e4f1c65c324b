"""When each job's turn comes, by playing the coming turns out at the measured pace.

Comes in: the lines, what is being painted, finished pictures. Goes out: an Outlook a job. It is not
safe for threads by itself: the queue asks under its lock.
"""

import heapq
import math
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace

from zit_engine.jobs.lines import Lines, Turn
from zit_engine.jobs.pace import Effort, Pace
from zit_engine.jobs.watching import AnyJob

EffortOf = Callable[[AnyJob, int], Effort]
# A turn and when it began (monotonic).
Running = tuple[AnyJob, int, float]


@dataclass(frozen=True, slots=True)
class Outlook:
    """people_ahead: other owners painted before this job's next picture. starts_s and eta_s:
    seconds until its next picture starts and its last is done; None before anything was timed."""

    people_ahead: int
    starts_s: float | None
    eta_s: float | None


@dataclass(frozen=True, slots=True)
class Place:
    """As Outlook, from the moment on when somebody is free to paint; None where nothing was
    timed."""

    people_ahead: int
    starts: float | None
    ends: float | None


def places(
    turns: Iterable[Turn],
    running: Collection[Running],
    pace: Pace,
    effort_of: EffortOf,
    painters: int = 1,
) -> dict[str, Place]:
    """The place of every job in `turns`, by job id, where so many paint side by side."""
    found: dict[str, Place] = {}
    seen = {job.owner for job, _, _ in running} if len(running) >= painters else set()
    free = _free(running, pace, effort_of, painters)
    for job, index in turns:
        at, painter, style = heapq.heappop(free)
        effort = effort_of(job, index)
        took = pace.seconds(effort, style)
        ends = math.inf if took is None else at + took
        heapq.heappush(free, (ends, painter, effort.style))
        known = None if ends == math.inf else ends
        if job.id in found:
            found[job.id] = replace(found[job.id], ends=known)
        else:
            starts = None if known is None else at
            found[job.id] = Place(len(seen) - (job.owner in seen), starts, known)
        seen.add(job.owner)
    return found


def _free(
    running: Collection[Running], pace: Pace, effort_of: EffortOf, painters: int
) -> list[tuple[float, int, str | None]]:
    """(seconds after the first of them, number, style) of when each painter is free. These
    differences stay as they are while all of them paint."""
    idle = max(0, painters - len(running))
    styles = [effort_of(job, index).style for job, index, _ in running] + [pace.style] * idle
    left = [left_s(each, pace, effort_of) or 0.0 for each in running] + [0.0] * idle
    return sorted(
        (each - min(left), number, style)
        for number, (each, style) in enumerate(zip(left, styles, strict=True))
    )


def left_s(running: Running, pace: Pace, effort_of: EffortOf) -> float | None:
    """Seconds until that picture is done; None before anything was timed."""
    job, index, started = running
    took = pace.seconds(effort_of(job, index), pace.style)
    return None if took is None else max(0.0, took - (time.monotonic() - started))


class Forecast:
    """The places are kept until `changed`: every page asks four times a second, and turns change
    rarely."""

    def __init__(self, effort_of: EffortOf):
        self.pace = Pace()
        self._effort_of = effort_of
        self._places: dict[str, Place] | None = None

    def changed(self) -> None:
        """Somebody came, went or was painted."""
        self._places = None

    def measure(self, job: AnyJob, index: int, seconds: float) -> None:
        self.pace.measure(self._effort_of(job, index), seconds)
        self._places = None

    def outlook(
        self, job: AnyJob, lines: Lines, running: Collection[Running], painters: int = 1
    ) -> Outlook:
        if self._places is None:
            self._places = places(lines.turns(), running, self.pace, self._effort_of, painters)
        mine, free_s = self._places.get(job.id), self._free_s(running, painters)
        own = [left_s(each, self.pace, self._effort_of) for each in running if each[0] is job]
        if mine is None:
            ends = max((each for each in own if each is not None), default=None)
            return Outlook(0, 0.0 if own else None, ends)
        ahead = 0 if own else mine.people_ahead
        if mine.starts is None or mine.ends is None or free_s is None:
            return Outlook(ahead, None, None)
        return Outlook(ahead, 0.0 if own else free_s + mine.starts, free_s + mine.ends)

    def next_s(self, lines: Lines, running: Collection[Running], painters: int = 1) -> float | None:
        """Seconds until the next picture in line would be done; None when none waits or nothing was
        timed."""
        turn, free_s = next(lines.turns(), None), self._free_s(running, painters)
        took = self.pace.seconds(self._effort_of(*turn), self.pace.style) if turn else None
        return None if took is None or free_s is None else free_s + took

    def _free_s(self, running: Collection[Running], painters: int) -> float | None:
        """Seconds until the first painter is free."""
        if len(running) < painters:
            return 0.0
        left = [left_s(each, self.pace, self._effort_of) for each in running]
        return min((each for each in left if each is not None), default=None)
