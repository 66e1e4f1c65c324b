"""Work on a thread that ends with it, so that the thread leaves no team of OpenMP threads behind.

Comes in: a call. Goes out: what it gave or raised. GNU OpenMP keeps a team for every living thread
that ever computed. While there are more of them than cores, a team's threads fall asleep between
any two operations: waking them up took 40 µs each time, half of a picture on 2 cores.
"""

import contextvars
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Result = TypeVar("Result")


def on_brief_thread(work: Callable[[], Result]) -> Result:
    """`work()` with the caller's context variables. An interrupt ends the waiting, not the work."""
    call = _Call(work)
    context = contextvars.copy_context()
    # A daemon: somebody who stops the program does not wait for a download of 20 GB.
    thread = threading.Thread(target=context.run, args=(call.make,), name="loader", daemon=True)
    thread.start()
    thread.join()
    return call.outcome()


class _Call(Generic[Result]):
    def __init__(self, work: Callable[[], Result]):
        self._work = work
        self._results: list[Result] = []
        self._error: BaseException | None = None

    def make(self) -> None:
        try:
            self._results.append(self._work())
        except BaseException as error:  # raised again where it was asked for
            self._error = error

    def outcome(self) -> Result:
        error, self._error = self._error, None
        if error is not None:
            try:
                raise error
            finally:
                del error  # its traceback ends here: a circle would keep what it holds
        return self._results[0]
