"""Random scenes: which objects stand where, before which backdrop, in which colours.

In: the concepts and a seed. Out: Scene records. Knows nothing of words or pixels.
"""

from __future__ import annotations

import random
from itertools import accumulate

from zit_engine.pocket.attributes import PLAIN, Attributer, Attributes
from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.phrases import BACKDROP_WEIGHTS, BACKDROPS, COLOUR_NAMES, COLOURS
from zit_engine.pocket.records import Colour, Placed, Scene


class SceneMaker:
    """Draws scenes from one random stream: the same seed gives the same scenes."""

    def __init__(self, concepts: list[Concept], seed: int, attributes: Attributes = PLAIN) -> None:
        self.concepts = concepts
        self.random = random.Random(seed)
        self.attributer = Attributer(concepts, seed, attributes)
        self._backdrops = (1,) * len(BACKDROPS) if attributes.even else BACKDROP_WEIGHTS
        self._indices = range(len(concepts))
        self._cumulative = list(accumulate(
            each.weight * (attributes.favoured if each.drawn or each.colourable else 1.0)
            for each in concepts
        ))  # fmt: skip

    def scene(self, aspect: float = 1.0) -> Scene:
        """One scene for a picture `aspect` = width / height."""
        rnd = self.random
        half_width = max(aspect, 1.0) / 2
        backdrop = rnd.choices(range(len(BACKDROPS)), self._backdrops)[0]
        first = rnd.choice(COLOUR_NAMES)
        second = rnd.choice([name for name in COLOUR_NAMES if name != first])
        kind, side, small = rnd.random(), 0, False
        if kind < 0.56:
            placed, contents, side, small = self._single(half_width)
        elif kind < 0.70:
            placed, contents = self._several(half_width)
        elif kind < 0.95:
            placed, contents = self._pair(half_width)
        else:
            placed, contents = self._trio(half_width)
        rgb_first, rgb_second = self._tint(first), self._tint(second)
        chance = (rnd.random(), rnd.random(), rnd.random(), rnd.random())
        scene = Scene(
            backdrop, rgb_first, rgb_second, tuple(placed), chance, first, second,
            tuple(contents), side, small,
        )  # fmt: skip
        return self.attributer.add(scene)

    def _pick(self) -> int:
        return self.random.choices(self._indices, cum_weights=self._cumulative)[0]

    def _tint(self, name: str) -> Colour:
        red, green, blue = (
            max(0.0, min(255.0, value + self.random.uniform(-10, 10))) / 255
            for value in COLOURS[name][1]
        )
        return red, green, blue

    def _place(self, concept: int, x: float, y: float, size: float) -> Placed:
        rnd = self.random
        turn = rnd.uniform(-0.12, 0.12) if rnd.random() < 0.3 else 0.0
        return Placed(concept, x, y, size, turn, rnd.random() < 0.15)

    def _single(self, half_width: float) -> tuple[list[Placed], list[tuple[int, int]], int, bool]:
        rnd = self.random
        concept, size, side, small = self._pick(), rnd.uniform(0.58, 0.8), 0, False
        if rnd.random() < 0.15:
            size, small = rnd.uniform(0.32, 0.42), True
        if rnd.random() < 0.22:
            side, size = rnd.choice([-1, 1]), min(size, 0.6)
        x = side * max(0.22, half_width * 0.48) + rnd.uniform(-0.03, 0.03)
        placed = self._place(concept, x, rnd.uniform(-0.04, 0.06), size)
        return [placed], [(concept, 1)], side, small

    def _several(self, half_width: float) -> tuple[list[Placed], list[tuple[int, int]]]:
        rnd = self.random
        concept, count = self._pick(), rnd.choice([2, 2, 3, 3, 4, 5])
        room = 2 * half_width * 0.92 / count
        size = min(0.62, room * 0.98)
        step = min(size * 1.02, room)
        placed = []
        for k in range(count):
            x, y = (k - (count - 1) / 2) * step, rnd.uniform(-0.03, 0.05)
            placed.append(self._place(concept, x, y, size * rnd.uniform(0.92, 1)))
        return placed, [(concept, count)]

    def _pair(self, half_width: float) -> tuple[list[Placed], list[tuple[int, int]]]:
        left, right = self._pick(), self._pick()
        size = min(0.6, 2 * half_width * 0.46)
        offset = min(size * 0.98, half_width * 0.98) / 2
        placed = [
            self._place(concept, x, self.random.uniform(-0.03, 0.05), size)
            for concept, x in ((left, -offset), (right, offset))
        ]
        return placed, [(left, 1), (right, 1)]

    def _trio(self, half_width: float) -> tuple[list[Placed], list[tuple[int, int]]]:
        picks = [self._pick() for _ in range(3)]
        size = min(0.46, 2 * half_width * 0.32)
        placed = []
        for k, concept in enumerate(picks):
            raised = (-0.08, 0.0) if k == 1 else (-0.02, 0.06)
            y = self.random.uniform(*raised)
            placed.append(self._place(concept, (k - 1) * size, y, size))
        return placed, [(concept, 1) for concept in picks]
