"""Weights with a style in them, kept so that switching back makes nothing anew.

Comes in: a selection of adapters and the set of weights made for it. Goes out: the set again, until
newer ones need its room or one of its adapters is forgotten. It makes no set and knows no layer.
"""

from collections import OrderedDict
from collections.abc import Mapping

from zit_engine.engine.block import Weights

# Adapters with their weights, in the order they were chosen.
Selection = tuple[tuple[str, float], ...]
WeightSet = Mapping[str, Weights]
# 22 sets of the pocket model in bfloat16.
MOST_BYTES = 512 * 2**20


class MergedSets:
    """The least recently used go first; the one used last stays even where it is too large, for
    it is what the engine paints with. Not thread-safe; the engine's lock guards it."""

    def __init__(self, most_bytes: int = MOST_BYTES):
        self._most_bytes = most_bytes
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

    def put(self, chosen: Selection, made: WeightSet) -> None:
        """Keep `made`; nothing where it is empty, as for the base."""
        if not made:
            return
        self._sets[chosen] = made, sum(_bytes(weights) for weights in made.values())
        self._sets.move_to_end(chosen)
        while self.total_bytes > self._most_bytes and len(self._sets) > 1:
            self._sets.popitem(last=False)

    def forget(self, name: str) -> None:
        """Let go of every set the adapter `name` is in."""
        for chosen in [each for each in self._sets if any(name == one for one, _ in each)]:
            del self._sets[chosen]

    def clear(self) -> None:
        self._sets.clear()


def _bytes(weights: Weights) -> int:
    return sum(tensor.nbytes for tensor in weights)
