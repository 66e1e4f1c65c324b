"""How often each of many may do something in a minute, in bounded memory.

Comes in: a key (an owner, an address) and how much it wants. Goes out: 0, or the seconds until it
may. The window moves: no burst at the turn of a minute. It does not know what is counted.
"""

import math
import threading
import time
from collections import OrderedDict

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

_WINDOW_S = 60
# The storage looks through all its keys again and again: 4,096 keys at 500 takes a second cost a
# quarter of a core, 20,000 more than half. Whoever has more addresses is not held by this anyway.
MOST_KEYS = 4096
# The storage reads the wall clock. A step of it would lock everybody out, or nobody.
_CLOCK_STEP_S = 2.0


class Rates:
    """`per_minute` 0: no limit. Safe to use from many threads."""

    def __init__(self, per_minute: int, most_keys: int = MOST_KEYS):
        self._per_minute, self._most_keys = per_minute, most_keys
        self._limit = RateLimitItemPerMinute(max(1, per_minute))
        self._lock = threading.Lock()
        self._clock_offset = _clock_offset()
        self._start_anew()

    def take(self, key: str, amount: int = 1) -> int:
        """0 when `key` may have `amount` now, which is then counted; else the seconds until it
        may. More than a whole minute's share counts as all of it."""
        return self._ask(key, amount, is_counted=True)

    def wait(self, key: str, amount: int = 1) -> int:
        """As `take`, without counting."""
        return self._ask(key, amount, is_counted=False)

    def __len__(self) -> int:
        """How many keys are remembered."""
        return len(self._known)

    def _ask(self, key: str, amount: int, *, is_counted: bool) -> int:
        if not self._per_minute:
            return 0
        wanted = min(amount, self._per_minute)
        with self._lock:
            self._follow_clock()
            self._know(key)
            has_room = self._window.hit if is_counted else self._window.test
            if has_room(self._limit, key, cost=wanted):
                return 0
            return self._seconds_until(key, wanted)

    def _seconds_until(self, key: str, wanted: int) -> int:
        # Newest first: when this one leaves the window there is room for all that is wanted.
        events = self._storage.events.get(self._limit.key_for(key), [])
        last = events[self._per_minute - wanted].atime if events else time.time()
        return max(1, math.ceil(last + _WINDOW_S - time.time()))

    def _know(self, key: str) -> None:
        self._known[key] = None
        self._known.move_to_end(key)
        while len(self._known) > self._most_keys:
            oldest, _ = self._known.popitem(last=False)
            # The storage's own thread may be trimming just this key.
            with self._storage.locks[self._limit.key_for(oldest)]:
                self._window.clear(self._limit, oldest)

    def _start_anew(self) -> None:
        self._storage = MemoryStorage()
        self._window = MovingWindowRateLimiter(self._storage)
        self._known: OrderedDict[str, None] = OrderedDict()

    def _follow_clock(self) -> None:
        offset = _clock_offset()
        if abs(offset - self._clock_offset) > _CLOCK_STEP_S:
            self._start_anew()
        self._clock_offset = offset


def _clock_offset() -> float:
    return time.time() - time.monotonic()
