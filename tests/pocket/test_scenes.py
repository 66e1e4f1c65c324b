"""Scenes are reproducible and stay inside the picture."""

from __future__ import annotations

import pytest

from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.scenes import SceneMaker


def test_the_same_seed_gives_the_same_scenes(concepts: list[Concept]) -> None:
    first, second = SceneMaker(concepts, 3), SceneMaker(concepts, 3)
    assert [first.scene() for _ in range(20)] == [second.scene() for _ in range(20)]


@pytest.mark.parametrize("aspect", [0.6, 1.0, 1.75])
def test_object_centres_are_inside(concepts: list[Concept], aspect: float) -> None:
    maker = SceneMaker(concepts, 4)
    half = max(aspect, 1.0) / 2
    for _ in range(200):
        assert all(abs(p.x) < half and abs(p.y) < 0.5 for p in maker.scene(aspect).placed)


def test_contents_count_what_is_placed(concepts: list[Concept]) -> None:
    maker = SceneMaker(concepts, 5)
    for _ in range(200):
        scene = maker.scene()
        assert sum(count for _, count in scene.contents) == len(scene.placed)
