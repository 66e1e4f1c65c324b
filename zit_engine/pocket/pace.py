"""How long a stage trains: by the clock or by steps, with the progress its schedule needs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """A limit in seconds, in steps, or both (whichever comes first).

    A resumed stage has `used` seconds and `taken` steps behind it, which count.
    """

    seconds: float = float("inf")
    steps: int | None = None
    used: float = 0.0
    taken: int = 0

    def progress(self) -> Iterator[tuple[int, float]]:
        """Yield (step, share of the limit used 0..1) until the limit is reached."""
        start, step = time.monotonic() - self.used, self.taken
        while True:
            share = (time.monotonic() - start) / self.seconds
            if self.steps is not None:
                share = max(share, step / self.steps)
            if share >= 1:
                return
            yield step, share
            step += 1


class RunningMean:
    """An exponential mean of the loss, for the log and the tests."""

    def __init__(self, keep: float = 0.97) -> None:
        self.keep = keep
        self.value = float("nan")

    def add(self, value: float) -> float:
        first = self.value != self.value
        self.value = value if first else self.keep * self.value + (1 - self.keep) * value
        return self.value
