"""How many pixels are being finished at once, whoever asked for them.

Comes in: a picture's pixels. Goes out: the permission to hold them. One print banner takes 0.6 GB
while it is made; eight at once would take a small host down. It knows no pictures.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class PixelBudget:
    """Safe for many threads. First come, first served: small ones do not slip past a large one
    for ever."""

    def __init__(self, pixels: int):
        self._pixels = pixels
        self._taken = 0
        self._turn = threading.Condition()
        self._line: deque[object] = deque()

    @contextmanager
    def taking(self, pixels: int) -> Iterator[None]:
        """Hold `pixels` during the block, after waiting for room; more than there are in all
        counts as all of them."""
        wanted, me = min(pixels, self._pixels), object()
        with self._turn:
            self._line.append(me)
            self._turn.wait_for(
                lambda: self._line[0] is me and self._taken + wanted <= self._pixels
            )
            self._line.popleft()
            self._taken += wanted
            self._turn.notify_all()
        try:
            yield
        finally:
            with self._turn:
                self._taken -= wanted
                self._turn.notify_all()
