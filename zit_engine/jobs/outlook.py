"""When each job's turn comes, by playing the coming turns out at the measured pace.

Comes in: the lines, what is being painted and finished, how long both took. Goes out: an Outlook a
job. It is not safe for threads by itself: the queue asks under its lock.
"""

import heapq
import math
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace

from zit_engine.jobs.lines import Lines, Turn
from zit_engine.jobs.pace import Effort, Pace
from zit_engine.jobs.watching import AnyJob

# So many pictures of a place may be painted and not finished: with one, a place would stand still
# whenever a picture takes longer to finish than the next to paint.
FINISHING = 2
EffortOf = Callable[[AnyJob, int], Effort]
# A turn and when its painting, or its finishing, began (monotonic).
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
    finishing: Pace | None = None,
) -> dict[str, Place]:
    """The place of every job in `turns`, by job id, where so many paint side by side. `finishing`:
    the pace of what comes after the painting."""
    found: dict[str, Place] = {}
    seen = {job.owner for job, _, _ in running} if len(running) >= painters else set()
    free = _free(running, pace, effort_of, painters)
    for job, index in turns:
        at, painter, style = heapq.heappop(free)
        effort = effort_of(job, index)
        took = pace.seconds(effort, style)
        after = finish_s(effort, finishing)
        # Where finishing is slower than painting, it is what the next one waits for.
        busy = math.inf if took is None else max(took, after / FINISHING)
        heapq.heappush(free, (at + busy, painter, effort.style))
        known = None if took is None or at == math.inf else at + took + after
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


def finish_s(effort: Effort, finishing: Pace | None) -> float:
    """Seconds from painted to there; 0 before anything was timed."""
    return (finishing.seconds(effort, None) or 0.0) if finishing is not None else 0.0


class Forecast:
    """The places are kept until `changed`: every page asks four times a second, and turns change
    rarely."""

    def __init__(self, effort_of: EffortOf):
        self.pace, self._finishing = Pace(), Pace()
        self._effort_of = effort_of
        self._places: dict[str, Place] | None = None

    def changed(self) -> None:
        """Somebody came, went or was painted."""
        self._places = None

    def measure(self, job: AnyJob, index: int, seconds: float) -> None:
        """Painting that picture took so long."""
        self.pace.measure(self._effort_of(job, index), seconds)
        self._places = None

    def measure_finish(self, job: AnyJob, index: int, seconds: float) -> None:
        """From painted to there it took so long, whatever the style."""
        self._finishing.measure(replace(self._effort_of(job, index), style=""), seconds)
        self._places = None

    def outlook(
        self,
        job: AnyJob,
        lines: Lines,
        running: Collection[Running],
        painters: int = 1,
        finishing: Collection[Running] = (),
    ) -> Outlook:
        if self._places is None:
            self._places = places(
                lines.turns(), running, self.pace, self._effort_of, painters, self._finishing
            )
        mine, free_s = self._places.get(job.id), self._free_s(running, painters)
        own = [each for each in running if each[0] is job]
        if mine is None:
            finished = [each for each in finishing if each[0] is job]
            ends = [*map(self._there_s, own), *map(self._finished_s, finished)]
            known = max((each for each in ends if each is not None), default=None)
            return Outlook(0, 0.0 if ends else None, known)
        ahead = 0 if own else mine.people_ahead
        if mine.starts is None or mine.ends is None or free_s is None:
            return Outlook(ahead, None, None)
        return Outlook(ahead, 0.0 if own else free_s + mine.starts, free_s + mine.ends)

    def next_s(self, lines: Lines, running: Collection[Running], painters: int = 1) -> float | None:
        """Seconds until the next picture in line would be done; None when none waits or nothing was
        timed."""
        turn, free_s = next(lines.turns(), None), self._free_s(running, painters)
        effort = self._effort_of(*turn) if turn else None
        took = self.pace.seconds(effort, self.pace.style) if effort else None
        if effort is None or took is None or free_s is None:
            return None
        return free_s + took + finish_s(effort, self._finishing)

    def _there_s(self, running: Running) -> float | None:
        """Seconds until what is being painted is there."""
        left = left_s(running, self.pace, self._effort_of)
        after = finish_s(self._effort_of(*running[:2]), self._finishing)
        return None if left is None else left + after

    def _finished_s(self, painted: Running) -> float | None:
        """Seconds until what is being finished is there."""
        return left_s(painted, self._finishing, self._effort_of)

    def _free_s(self, running: Collection[Running], painters: int) -> float | None:
        """Seconds until the first painter is free."""
        if len(running) < painters:
            return 0.0
        left = [left_s(each, self.pace, self._effort_of) for each in running]
        return min((each for each in left if each is not None), default=None)
