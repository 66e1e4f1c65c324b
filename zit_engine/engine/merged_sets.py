"""Weights with a style in them, kept so that switching back makes nothing anew.

Comes in: a selection of adapters. Goes out: its set, empty when new, until newer ones need its room
or one of its adapters is forgotten. It makes no weights and knows no layer.
"""

from collections import OrderedDict

from zit_engine.engine.block import Weights

# Adapters with their weights, in the order they were chosen.
Selection = tuple[tuple[str, float], ...]
WeightSet = dict[str, Weights]
# On a CPU: 12 sets of the pocket model in bfloat16.
MOST_BYTES = 512 * 2**20
# Enough for a comparison of all styles; a slider of strengths would fill a large card.
_MOST_SETS = 12


class MergedSets:
    """The least recently used go first. Not thread-safe; the engine's lock guards it."""

    def __init__(self, most_bytes: int = MOST_BYTES):
        self.most_bytes = most_bytes
        self._sets: OrderedDict[Selection, tuple[WeightSet, int]] = OrderedDict()

    @property
    def total_bytes(self) -> int:
        return sum(size for _, size in self._sets.values())

    def get(self, chosen: Selection) -> WeightSet | None:
        """The set kept for it, now the one used last."""
        if chosen not in self._sets:
            return None
        self._sets.move_to_end(chosen)
        return self._sets[chosen][0]

    def make_room(self, size: int) -> bool:
        """Let sets go until one of `size` bytes fits; whether it can."""
        if size > self.most_bytes:
            return False
        while self._sets and (
            self.total_bytes + size > self.most_bytes or len(self._sets) >= _MOST_SETS
        ):
            self._sets.popitem(last=False)
        return True

    def new(self, chosen: Selection, size: int) -> WeightSet:
        """An empty set for it, whose `size` bytes count from now on. Room must have been made."""
        self._sets[chosen] = {}, size
        return self._sets[chosen][0]

    def forget(self, name: str) -> None:
        """Let go of every set the adapter `name` is in."""
        for chosen in [each for each in self._sets if any(name == one for one, _ in each)]:
            del self._sets[chosen]

    def clear(self) -> None:
        self._sets.clear()
