"""What is being painted and finished now, and the threads that paint.

Comes in: pictures as they begin, are painted and end. Goes out: which those are, oldest first. It
knows no line, and is not safe for threads by itself: the queue asks under its lock.
"""

import threading
import time
from collections.abc import Callable, Iterator

from zit_engine.jobs.outlook import Running
from zit_engine.jobs.watching import AnyJob


class AtWork:
    """A collection of what is being painted; `finishing` is what is painted and not there yet."""

    def __init__(self) -> None:
        self._running: list[Running] = []
        self._finishing: list[Running] = []
        self._began: dict[tuple[str, int], float] = {}
        self._threads: list[threading.Thread] = []

    def __iter__(self) -> Iterator[Running]:
        return iter(self._running)

    def __len__(self) -> int:
        return len(self._running)

    def __contains__(self, running: object) -> bool:
        return running in self._running

    @property
    def finishing(self) -> tuple[Running, ...]:
        """With when the finishing began."""
        return tuple(self._finishing)

    @property
    def is_empty(self) -> bool:
        """True while nothing is painted and nothing finished."""
        return not self._running and not self._finishing

    @property
    def jobs(self) -> list[AnyJob]:
        """Those of which something is painted or finished."""
        return [job for job, _, _ in (*self._running, *self._finishing)]

    def begin(self, job: AnyJob, index: int) -> None:
        """That picture begins now; told again, it began only now."""
        self.end(job, index)
        self._began[job.id, index] = time.monotonic()
        self._running.append((job, index, self._began[job.id, index]))

    def painted(self, job: AnyJob, index: int) -> None:
        """That picture is painted and about to be finished."""
        self._running = _without(self._running, job, index)
        self._finishing.append((job, index, time.monotonic()))

    def seconds(self, job: AnyJob, index: int) -> float:
        """Since that picture began; 0 when it is not at work."""
        now = time.monotonic()
        return now - self._began.get((job.id, index), now)

    def end(self, job: AnyJob, index: int) -> None:
        self._running = _without(self._running, job, index)
        self._finishing = _without(self._finishing, job, index)
        self._began.pop((job.id, index), None)

    def give_up_painting(self) -> None:
        """Nothing will come of what is being painted."""
        self._running = []

    def fill(self, places: int, work: Callable[[], None]) -> None:
        """As many threads doing `work` as there are places."""
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        while len(self._threads) < places:
            self._threads.append(threading.Thread(target=work, name="painter", daemon=True))
            self._threads[-1].start()

    def join(self, timeout: float) -> None:
        ends = time.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(0.0, ends - time.monotonic()))


def _without(kept: list[Running], job: AnyJob, index: int) -> list[Running]:
    return [each for each in kept if each[0] is not job or each[1] != index]
