"""The threads that finish pictures while the next ones are painted.

Comes in: calls, one for each painted picture. Goes out: the same calls, made in that order by a few
threads at a time. It bounds no line: whoever paints begins nothing while too much is unfinished.
"""

import threading
import time
from collections import deque
from collections.abc import Callable

Call = Callable[[], None]


class Finishers:
    """Safe for many threads; what is called must not raise. Threads begin when needed."""

    def __init__(self) -> None:
        self._more = threading.Condition()
        self._calls: deque[Call] = deque()
        self._threads: list[threading.Thread] = []
        self._idle = 0
        self._is_ending = False

    def put(self, call: Call, most_at_once: int) -> None:
        """Have `call` made, by one of at most so many threads; also while they are ending."""
        with self._more:
            self._calls.append(call)
            if len(self._calls) > self._idle and len(self._threads) < most_at_once:
                self._threads.append(threading.Thread(target=self._serve, name="finisher"))
                self._threads[-1].daemon = True
                self._threads[-1].start()
            self._more.notify()

    def end(self, timeout: float) -> None:
        """Wait until every call was made, so many seconds at most; the threads end then."""
        ends = time.monotonic() + timeout
        with self._more:
            self._is_ending = True
            self._more.notify_all()
            threads = [*self._threads]
        for thread in threads:
            thread.join(max(0.0, ends - time.monotonic()))

    def _serve(self) -> None:
        while (call := self._next()) is not None:
            call()
            del call  # it holds a picture, and the next may be long in coming

    def _next(self) -> Call | None:
        with self._more:
            self._idle += 1
            self._more.wait_for(lambda: self._calls or self._is_ending)
            self._idle -= 1
            if self._calls:
                return self._calls.popleft()
            self._threads.remove(threading.current_thread())
            return None
