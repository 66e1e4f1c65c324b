"""Dividing the time of a run: every stage ends at its share of it, however late it began.

In: when the run began (the system's monotonic clock, which its processes share) and how long it
may take. Out: paces. A stage that is late is shorter; those after it keep their time.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from zit_engine.pocket.pace import Pace

RESERVE = 15.0  # seconds at the end for packing what there is; never more than a quarter
LEAST = 2.0  # a stage with less time left than this is left out
# When each stage ends, as a share of the usable time. With 720 s: words until 57 s (imports take
# 15 of them), flow until 479, distillation until 585, the adapters until 694. Flow gets most, as
# it takes in all that is new; distillation had 323 steps for the first model, about 60 s.
ENDS = {"words": 0.08, "flow": 0.68, "distil": 0.83, "styles": 0.985}
# However late the first stage begins, it gets this share, as all others build on it.
WORDS_LEAST = 0.065
JUDGE_END = 0.92  # the judge takes a few per cent of the GPU beside the others


@dataclass(frozen=True)
class Clock:
    """A run that began at `begun` and must be over `budget` seconds later; `steps` cuts every
    stage short, for trying out."""

    begun: float
    budget: float
    steps: int | None = None

    @property
    def usable(self) -> float:
        return self.budget - min(RESERVE, self.budget / 4)

    def now(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self.begun

    def left(self, share: float) -> float:
        """Seconds until a share of the usable time is over."""
        return self.usable * share - self.now()

    def pace(self, stage: str) -> Pace | None:
        """How long a stage may train from now; None where that is too short."""
        end = ENDS[stage]
        if stage == "words":
            end = max(end, self.now() / self.usable + WORDS_LEAST)
        return self.pace_until(min(end, 1.0))

    def pace_until(self, share: float) -> Pace | None:
        left = self.left(share)
        return Pace(left, self.steps) if left >= LEAST else None
