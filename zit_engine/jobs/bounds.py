"""How many may stand in line: of all, and of one owner.

Comes in: who is in line, how many pictures somebody wants. Goes out: nothing, or a refusal with the
seconds to wait. It is not safe for threads by itself: the queue asks under its lock.
"""

from dataclasses import dataclass

from zit_engine.errors import QueueFull
from zit_engine.jobs.lines import Lines

# What a picture takes before the first was timed, for the answer to somebody turned away.
_GUESSED_S = 5.0


@dataclass(frozen=True, slots=True)
class Bounds:
    waiting: int
    owner_waiting: int

    def check(
        self, lines: Lines, owner: str, wanted: int, picture_s: float | None, places: int
    ) -> None:
        """Raises QueueFull; each of `places` takes `picture_s` a picture, where known."""
        waiting, of_owner = lines.count(), lines.count(owner)
        # Somebody with nothing in line may bring one job of any length: a grid of all styles
        # is longer than an owner's share, and turns keep it from delaying others.
        over_share = of_owner > 0 and of_owner + wanted > self.owner_waiting
        if waiting + wanted > self.waiting or over_share:
            busy_s = (picture_s or _GUESSED_S) * max(1, min(waiting, wanted))
            raise QueueFull(seconds=max(1, round(busy_s / places)), detail=f"{waiting} waiting")
