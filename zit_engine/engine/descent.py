"""One step down the ladder at a time, never up, each with its reason written down.

Comes in: the ladder and what failed. Goes out: the next arrangement, or a pipeline in it. It loads
nothing and does not decide what a step costs (residency).
"""

from collections.abc import Callable, Sequence
from typing import Any

from zit_engine.engine.health import Health
from zit_engine.engine.residency import Residency, Rung
from zit_engine.messages import say

# The ladder judged with the memory of this moment: other programs come and go.
ReadLadder = Callable[[], Sequence[Rung]]


def next_open(rungs: Sequence[Rung], below: Residency | None, health: Health) -> Residency | None:
    """The first open arrangement under `below` (None: from the top). What is passed over goes
    into the chain of `health` with its reason."""
    order = list(Residency)
    start = 0 if below is None else order.index(below) + 1
    for rung in rungs:
        if order.index(rung.residency) < start:
            continue
        if rung.is_open:
            return rung.residency
        reason = say(rung.reason_id, "en", **rung.reason_values)
        health.link(str(rung.residency), "passed over", reason)
    return None


class Descent:
    """Where one loaded pipeline stands on its ladder. The engine's lock guards it."""

    def __init__(self, residency: Residency, device: str, read_ladder: ReadLadder, health: Health):
        self.residency = residency
        self._device = device
        self._read_ladder = read_ladder
        self._health = health

    def step_down(self, pipeline: Any, reason: str) -> bool:
        """Arrange `pipeline` as the next open rung says; False when none is left.

        Raises what moving the parts raises, out of memory above all.
        """
        from zit_engine.engine.arrangement import arrange

        self._health.link(str(self.residency), "out of memory", reason)
        taken = next_open(self._read_ladder(), self.residency, self._health)
        if taken is None:
            return False
        arrange(pipeline, taken, self._device)
        self.residency = taken
        self._health.link(str(taken), "taken")
        return True
