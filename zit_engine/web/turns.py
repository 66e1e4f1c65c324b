"""Which of several answers is the newest, when each may take its time.

Comes in: a page and the number of its question. Goes out: whether a newer question came meanwhile.
Gradio's own «always_last» was seen to lose an answer: all run, and overtaken ones are dropped.
"""

import threading
from collections import OrderedDict

# Pages whose latest number is remembered; a forgotten one only shows an answer too many.
_KEPT = 1000


class Turns:
    """Safe for many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._latest: OrderedDict[str, int] = OrderedDict()

    def ask(self, page: str, turn: int) -> None:
        """Note that `page` asked its question number `turn`."""
        with self._lock:
            self._latest[page] = max(turn, self._latest.get(page, 0))
            self._latest.move_to_end(page)
            while len(self._latest) > _KEPT:
                self._latest.popitem(last=False)

    def is_overtaken(self, page: str, turn: int) -> bool:
        """True when `page` has asked a later question."""
        with self._lock:
            return self._latest.get(page, 0) > turn
