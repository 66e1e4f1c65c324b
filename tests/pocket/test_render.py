"""Pictures have the asked size and range, and the same scene gives the same picture."""

from __future__ import annotations

from dataclasses import replace

import torch

from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.phrases import BACKDROPS
from zit_engine.pocket.render import render
from zit_engine.pocket.scenes import SceneMaker


def test_shape_range_and_determinism(concepts: list[Concept], pyramid: list) -> None:
    maker = SceneMaker(concepts, 6)
    scenes = [maker.scene(128 / 96) for _ in range(12)]
    first, second = render(scenes, pyramid, 96, 128), render(scenes, pyramid, 96, 128)
    assert first.shape == (12, 3, 96, 128)
    assert first.min() >= -1 and first.max() <= 1
    assert torch.equal(first, second)


def test_every_backdrop_paints_something_of_its_own(concepts: list[Concept], pyramid: list) -> None:
    scene = SceneMaker(concepts, 7).scene()
    empty = [replace(scene, backdrop=k, placed=scene.placed[:1]) for k in range(len(BACKDROPS))]
    pictures = render(empty, pyramid, 64, 64)
    for k in range(1, len(BACKDROPS)):
        assert (pictures[0] - pictures[k]).abs().mean() > 0.01, BACKDROPS[k]


def test_an_object_covers_the_backdrop_where_it_stands(
    concepts: list[Concept], pyramid: list
) -> None:
    scene = replace(SceneMaker(concepts, 8).scene(), backdrop=0)
    bigger = replace(scene, placed=tuple(replace(p, x=0.0, y=0.0, size=0.8) for p in scene.placed))
    tiny = replace(scene, placed=tuple(replace(p, x=0.0, y=0.0, size=0.05) for p in scene.placed))
    pictures = render([bigger, tiny], pyramid, 64, 64)
    assert (pictures[0] - pictures[1])[:, 20:44, 20:44].abs().mean() > 0.05
