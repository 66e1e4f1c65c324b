"""What went on in the last hour, moment by moment, for people to look at.

Comes in: moments of jobs. Goes out: points in time and counts. It keeps nothing of who asked for
what, and forgets by itself.
"""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass

from zit_engine.errors import ZitError
from zit_engine.jobs.watching import AnyJob, Watcher

HOUR_S = 3600.0
# A picture a second for an hour; what is older than that many goes early.
_MOST = 4000

# (seconds ago, value), oldest first.
Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Hour:
    """`depth`: pictures in line, a point at each change. `waits`: seconds from press to the first
    picture's beginning. `paints`: seconds of a finished picture. `switches`: (when, 1). Counts by
    the id of what was told."""

    depth: Points
    waits: Points
    paints: Points
    switches: Points
    failures: dict[str, int]
    refusals: dict[str, int]


class LastHour(Watcher):
    """`depth`: how many pictures are in line now. `clock`: any seconds that only grow."""

    def __init__(self, depth: Callable[[], int], clock: Callable[[], float] = time.monotonic):
        self._depth_now, self._clock = depth, clock
        self._lock = threading.Lock()
        self._depth: deque[tuple[float, float]] = deque(maxlen=_MOST)
        self._waits: deque[tuple[float, float]] = deque(maxlen=_MOST)
        self._paints: deque[tuple[float, float]] = deque(maxlen=_MOST)
        self._switches: deque[tuple[float, float]] = deque(maxlen=_MOST)
        self._failures: deque[tuple[float, str]] = deque(maxlen=_MOST)
        self._refusals: deque[tuple[float, str]] = deque(maxlen=_MOST)
        self._since: dict[str, float] = {}
        self._last_style: str | None = None

    def hour(self) -> Hour:
        """The last hour as of now."""
        now, depth = self._clock(), float(self._depth_now())
        with self._lock:
            self._depth.append((now, depth))
            return Hour(
                depth=_recent(self._depth, now),
                waits=_recent(self._waits, now),
                paints=_recent(self._paints, now),
                switches=_recent(self._switches, now),
                failures=_counted(self._failures, now),
                refusals=_counted(self._refusals, now),
            )

    def accepted(self, job: AnyJob) -> None:
        with self._lock:
            self._since[job.id] = self._clock()
        self._note_depth()

    def begun(self, job: AnyJob, index: int) -> None:
        now, style = self._clock(), job.items[index].shot.style.id
        with self._lock:
            since = self._since.pop(job.id, None)
            if since is not None:
                self._waits.append((now, now - since))
            if self._last_style not in (None, style):
                self._switches.append((now, 1.0))
            self._last_style = style
        self._note_depth()

    def settled(self, job: AnyJob, index: int, outcome: object, seconds: float) -> None:
        now = self._clock()
        with self._lock:
            if isinstance(outcome, ZitError):
                self._failures.append((now, outcome.message_id))
            else:
                self._paints.append((now, seconds))

    def over(self, job: AnyJob) -> None:
        with self._lock:
            self._since.pop(job.id, None)
        self._note_depth()

    dropped = over

    def refused(self, error: ZitError) -> None:
        with self._lock:
            self._refusals.append((self._clock(), error.message_id))

    def _note_depth(self) -> None:
        depth = float(self._depth_now())  # asks the queue, whose lock comes before this one
        with self._lock:
            if not self._depth or self._depth[-1][1] != depth:
                self._depth.append((self._clock(), depth))


def _recent(kept: deque[tuple[float, float]], now: float) -> Points:
    return tuple((now - at, value) for at, value in kept if now - at <= HOUR_S)


def _counted(kept: deque[tuple[float, str]], now: float) -> dict[str, int]:
    return dict(Counter(name for at, name in kept if now - at <= HOUR_S))
