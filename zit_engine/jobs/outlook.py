"""When each job's turn comes, by playing the coming turns out at the measured pace.

Comes in: the lines, what is being painted, finished pictures. Goes out: an Outlook a job. It is not
safe for threads by itself: the queue asks under its lock.
"""

import time
from collections.abc import Callable, Iterable
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
    """As Outlook, from the end of the running picture on; None where nothing was timed."""

    people_ahead: int
    starts: float | None
    ends: float | None


def places(
    turns: Iterable[Turn],
    running: Running | None,
    pace: Pace,
    effort_of: EffortOf,
) -> dict[str, Place]:
    """The place of every job in `turns`, by job id."""
    found: dict[str, Place] = {}
    seen = {running[0].owner} if running else set()
    style = effort_of(*running[:2]).style if running else pace.style
    at: float | None = 0.0
    for job, index in turns:
        effort = effort_of(job, index)
        took = pace.seconds(effort, style)
        ends = None if at is None or took is None else at + took
        if job.id in found:
            found[job.id] = replace(found[job.id], ends=ends)
        else:
            starts = at if ends is not None else None
            found[job.id] = Place(len(seen) - (job.owner in seen), starts, ends)
        seen.add(job.owner)
        at, style = ends, effort.style
    return found


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

    def outlook(self, job: AnyJob, lines: Lines, running: Running | None) -> Outlook:
        if self._places is None:
            self._places = places(lines.turns(), running, self.pace, self._effort_of)
        mine, left_s = self._places.get(job.id), self._seconds_left(running)
        is_running = running is not None and running[0] is job
        if mine is None:
            return Outlook(0, 0.0 if is_running else None, left_s if is_running else None)
        ahead = 0 if is_running else mine.people_ahead
        if mine.starts is None or mine.ends is None or left_s is None:
            return Outlook(ahead, None, None)
        return Outlook(ahead, 0.0 if is_running else left_s + mine.starts, left_s + mine.ends)

    def next_s(self, lines: Lines, running: Running | None) -> float | None:
        """Seconds until the next picture in line would be done; None when none waits or nothing was
        timed."""
        turn, left_s = next(lines.turns(), None), self._seconds_left(running)
        took = self.pace.seconds(self._effort_of(*turn), self.pace.style) if turn else None
        return None if took is None or left_s is None else left_s + took

    def _seconds_left(self, running: Running | None) -> float | None:
        if running is None:
            return 0.0
        job, index, started = running
        took = self.pace.seconds(self._effort_of(job, index), self.pace.style)
        return None if took is None else max(0.0, took - (time.monotonic() - started))
