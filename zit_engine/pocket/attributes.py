"""Attributes that a caption may name, made true in a scene: colours, looks, relation, props.

In: a scene from SceneMaker, and a random stream of its own, so that the scenes of a seed
stay number for number what they were where none is asked for. Out: the same scene with attributes.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.phrases import (
    BACKDROPS,
    COLOUR_NAMES,
    COLOURS,
    NIGHT_COLOURS,
    PROP_WEIGHTS,
    PROPS,
    RELATIONS,
)
from zit_engine.pocket.records import Placed, Scene

STANDING = ("table", "podium")  # nothing stands behind another there: feet share a line
NEAR, FAR = 0.56, 0.46  # sizes of the object in front and of the one behind
BIG, LITTLE = 0.56, 0.27


@dataclass(frozen=True)
class Attributes:
    """How often: colours on colourable objects, relations on pairs, props on any scene; and how
    many times as often as others drawn and colourable things are shown. `even`: every backdrop as
    often as any other."""

    coloured: float = 0.0
    related: float = 0.0
    strewn: float = 0.0
    favoured: float = 1.0
    even: bool = False


PLAIN = Attributes()
RICH = Attributes(coloured=0.5, related=0.6, strewn=1.0)


class Attributer:
    """Adds attributes to the scenes of one SceneMaker."""

    def __init__(self, concepts: list[Concept], seed: int, wanted: Attributes) -> None:
        self.concepts, self.wanted = concepts, wanted
        self.random = random.Random(seed + 104729)
        self.further = _further_rows(concepts)

    def add(self, scene: Scene) -> Scene:
        if self.further:
            scene = self._looks(scene)
        if self.wanted.strewn:
            scene = self._strewn(scene)
        if self.wanted.coloured:
            scene = self._coloured(scene)
        return self._related(scene) if self.wanted.related else scene

    def _looks(self, scene: Scene) -> Scene:
        """One look for each concept that has several, the same on all of its kind."""
        rows = {
            concept: self.random.choice([None, *self.further[concept]])
            for concept, _ in scene.contents
            if concept in self.further
        }
        placed = (replace(each, row=rows.get(each.concept)) for each in scene.placed)
        return replace(scene, placed=tuple(placed))

    def _coloured(self, scene: Scene) -> Scene:
        """Colours for some objects, none that would vanish before the backdrop's first colour."""
        names = [i for i, name in enumerate(COLOUR_NAMES) if name != scene.first_name]
        colours = tuple(
            self.random.choice(names)
            if self.concepts[concept].colourable and self.random.random() < self.wanted.coloured
            else None
            for concept, _ in scene.contents
        )
        which = range(len(scene.placed)) if len(colours) > 1 else [0] * len(scene.placed)
        placed = (
            replace(each, colour=colours[k]) for each, k in zip(scene.placed, which, strict=True)
        )
        return replace(scene, placed=tuple(placed), colours=colours)

    def _strewn(self, scene: Scene) -> Scene:
        prop = self.random.choices(range(len(PROPS)), PROP_WEIGHTS)[0]
        if PROPS[prop] != "night" or scene.first_name in NIGHT_COLOURS:
            return replace(scene, prop=prop)
        name = self.random.choice([each for each in NIGHT_COLOURS if each != scene.second_name])
        red, green, blue = (value / 255 for value in COLOURS[name][1])
        return replace(scene, prop=prop, first=(red, green, blue), first_name=name)

    def _related(self, scene: Scene) -> Scene:
        """A pair of two things gets a relation: one behind, one bigger, or left and right."""
        concepts = [concept for concept, _ in scene.contents]
        if len(set(concepts)) != 2 or len(scene.placed) != 2 or len(concepts) != 2:
            return scene
        if self.random.random() >= self.wanted.related:
            return scene
        relation = self.random.randrange(1, len(RELATIONS))
        if RELATIONS[relation] == "behind" and BACKDROPS[scene.backdrop] in STANDING:
            relation = RELATIONS.index("beside")
        placed = _arranged(scene.placed, RELATIONS[relation], self.random.choice((-1, 1)))
        return replace(scene, relation=relation, placed=placed)


def _arranged(pair: tuple[Placed, ...], relation: str, side: int) -> tuple[Placed, ...]:
    """The pair moved; the one behind comes first, so that it is painted first."""
    first, second = pair
    if relation == "behind":
        near = replace(first, x=-0.12 * side, y=0.1, size=NEAR)
        return replace(second, x=0.17 * side, y=-0.16, size=FAR), near
    if relation == "bigger":
        big = replace(first, x=-0.16 * side, y=0.0, size=BIG)
        return big, replace(second, x=0.29 * side, y=(BIG - LITTLE) * 0.46, size=LITTLE)
    return pair


def _further_rows(concepts: list[Concept]) -> dict[int, list[int]]:
    """The sprite rows of a concept's further looks, which follow all first ones."""
    rows, first = {}, len(concepts)
    for i, concept in enumerate(concepts):
        if concept.looks > 1:
            rows[i] = list(range(first, first + concept.looks - 1))
            first += concept.looks - 1
    return rows
