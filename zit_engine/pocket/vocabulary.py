"""All that the model is taught: the package's objects and the subjects drawn here.

In: the unpacked package. Out: one list of concepts, and one pyramid of sprites: a row a concept,
then the further looks of those that have more than one.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from zit_engine.pocket.concepts import (
    Concept,
    load_concepts,
    load_pyramid,
    sprite_pyramid,
)
from zit_engine.pocket.drawn.catalogue import drawn_sprites, load_drawn


def every_concept() -> list[Concept]:
    """493 objects of the package, then the drawn ones.

    A shop's word that a drawing shows better (a bowl of red beans and ice for the syrup ice of
    the package) is the drawing's alone.
    """
    drawn = load_drawn()
    taken = {
        language: {word for concept in drawn for word in concept.shop_words[language]}
        for language in ("ko", "en")
    }
    return [*(_without(concept, taken) for concept in load_concepts()), *drawn]


def _without(concept: Concept, taken: dict[str, set[str]]) -> Concept:
    words = {
        language: tuple(word for word in concept.shop_words[language] if word not in mine)
        for language, mine in taken.items()
    }
    return replace(concept, shop_words=words)


def every_pyramid(packages: Path, concepts: list[Concept]) -> list[Tensor]:
    """Sprites of `every_concept`; the drawn ones are kept beside the package."""
    drawn = [concept for concept in concepts if concept.drawn]
    levels = load_pyramid(packages, [concept for concept in concepts if not concept.drawn])
    if not drawn:
        return levels
    made = sprite_pyramid(drawn_sprites(drawn, packages))
    firsts = [sum(each.looks for each in drawn[:i]) for i in range(len(drawn))]
    further = [i for i in range(len(made[0])) if i not in set(firsts)]
    return [
        torch.cat([level, own[firsts], own[further]])
        for level, own in zip(levels, made, strict=True)
    ]
