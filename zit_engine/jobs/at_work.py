"""What is being painted now, and the threads that paint.

Comes in: pictures as they begin and end. Goes out: which those are, oldest first. It knows no line,
and is not safe for threads by itself: the queue asks under its lock.
"""

import threading
import time
from collections.abc import Callable, Iterator

from zit_engine.jobs.outlook import Running
from zit_engine.jobs.watching import AnyJob


class AtWork:
    def __init__(self) -> None:
        self._running: list[Running] = []
        self._threads: list[threading.Thread] = []

    def __iter__(self) -> Iterator[Running]:
        return iter(self._running)

    def __len__(self) -> int:
        return len(self._running)

    def __contains__(self, running: object) -> bool:
        return running in self._running

    @property
    def jobs(self) -> list[AnyJob]:
        return [job for job, _, _ in self._running]

    def begin(self, job: AnyJob, index: int) -> None:
        """That picture begins now; told again, it began only now."""
        self.end(job, index)
        self._running.append((job, index, time.monotonic()))

    def seconds(self, job: AnyJob, index: int) -> float:
        """Since that picture began; 0 when it is not being painted."""
        began = (at for each, number, at in self._running if each is job and number == index)
        return time.monotonic() - next(began, time.monotonic())

    def end(self, job: AnyJob, index: int) -> None:
        kept = [each for each in self._running if each[0] is not job or each[1] != index]
        self._running = kept

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
