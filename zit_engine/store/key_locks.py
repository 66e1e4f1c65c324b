"""One at a time for each owner, while different owners do not wait for one another.

Comes in: an owner key. Goes out: a turn. It holds for the threads of this process.
"""

import contextlib
import threading
import weakref
from collections.abc import Iterator


class KeyLocks:
    """A lock lives as long as somebody holds it or waits for it."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: weakref.WeakValueDictionary[str, threading.Lock] = (
            weakref.WeakValueDictionary()
        )

    @contextlib.contextmanager
    def held(self, key: str) -> Iterator[None]:
        """The turn of `key`: inside, no other thread has it."""
        with self._guard:
            lock = self._locks.get(key)
            if lock is None:
                lock = self._locks[key] = threading.Lock()
        with lock:
            yield
