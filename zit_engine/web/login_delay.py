"""Guessing passwords gets slower and slower.

Comes in: a name and an address before each try. Goes out: 0, or the seconds in which no try is even
looked at. It knows no passwords.
"""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

_FREE_TRIES = 5
_LONGEST_S = 300
# Who stopped guessing so long ago starts anew.
_FORGOTTEN_S = 3600
_MOST_KEYS = 10_000


@dataclass(slots=True)
class _Wrong:
    tries: int
    last: float
    blocked_until: float


class LoginDelay:
    """After 5 wrong tries of a name or from an address 2, 4, 8 … up to 300 s. Memory is bounded:
    of more than 10,000 the least recent are forgotten. `clock` gives seconds that only grow."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._wrong: OrderedDict[tuple[str, str], _Wrong] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, name: str, address: str) -> int:
        """0 when a try may be looked at; it counts as wrong until `succeed`, so that many at once
        do not slip in together. Else the seconds to wait, and nothing is counted."""
        with self._lock:
            now = self._clock()
            entries = [self._entry(key, now) for key in _keys(name, address)]
            wait = max(entry.blocked_until for entry in entries) - now
            if wait > 0:
                return math.ceil(wait)
            for entry in entries:
                entry.tries += 1
                entry.last = now
                if entry.tries >= _FREE_TRIES:
                    doubled = 2 ** min(entry.tries - _FREE_TRIES + 1, 20)
                    entry.blocked_until = now + min(doubled, _LONGEST_S)
            return 0

    def succeed(self, name: str, address: str) -> None:
        """The try was right. Of the address only this try is forgiven: somebody with a login of
        their own must not guess others' between two of their own."""
        with self._lock:
            of_name, of_address = _keys(name, address)
            self._wrong.pop(of_name, None)
            entry = self._wrong.get(of_address)
            if entry is not None:
                entry.tries -= 1
                entry.blocked_until = entry.last

    def __len__(self) -> int:
        return len(self._wrong)

    def _entry(self, key: tuple[str, str], now: float) -> _Wrong:
        entry = self._wrong.get(key)
        if entry is None or now - entry.last > _FORGOTTEN_S:
            entry = self._wrong[key] = _Wrong(0, now, now)
        self._wrong.move_to_end(key)
        while len(self._wrong) > _MOST_KEYS:
            self._wrong.popitem(last=False)
        return entry


def _keys(name: str, address: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return ("name", name), ("address", address)
