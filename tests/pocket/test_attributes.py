"""Attributes are true in the scene, said in the caption, and seen in the picture."""

from __future__ import annotations

from dataclasses import replace

import torch

from zit_engine.pocket import phrases
from zit_engine.pocket.attributes import RICH, Attributes
from zit_engine.pocket.captions import CaptionWriter
from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.phrases import COLOUR_NAMES, NIGHT_COLOURS, PROPS, RELATIONS
from zit_engine.pocket.records import Scene
from zit_engine.pocket.render import render
from zit_engine.pocket.scenes import SceneMaker


def _rich(concepts: list[Concept], count: int = 400) -> list[Scene]:
    maker = SceneMaker(concepts, 12, RICH)
    return [maker.scene() for _ in range(count)]


def test_places_and_backdrops_stay_those_of_the_plain_scene(concepts: list[Concept]) -> None:
    plain, maker = SceneMaker(concepts, 12), SceneMaker(concepts, 12, Attributes(coloured=0.5))
    for _ in range(100):
        first, second = plain.scene(), maker.scene()
        assert replace(second, placed=first.placed, colours=()) == first


def test_only_suited_objects_are_coloured_and_none_like_the_backdrop(
    concepts: list[Concept],
) -> None:
    coloured = [scene for scene in _rich(concepts) if any(c is not None for c in scene.colours)]
    assert len(coloured) > 30
    for scene in coloured:
        for each in scene.placed:
            if each.colour is not None:
                assert concepts[each.concept].colourable
                assert COLOUR_NAMES[each.colour] != scene.first_name


def test_a_night_is_dark(concepts: list[Concept]) -> None:
    nights = [scene for scene in _rich(concepts) if PROPS[scene.prop] == "night"]
    assert nights and all(scene.first_name in NIGHT_COLOURS for scene in nights)


def test_the_one_behind_is_smaller_higher_and_painted_first(concepts: list[Concept]) -> None:
    behind = [s for s in _rich(concepts, 900) if RELATIONS[s.relation] == "behind"]
    assert behind
    for scene in behind:
        far, near = scene.placed
        assert (near.concept, far.concept) == (scene.contents[0][0], scene.contents[1][0])
        assert far.size < near.size and far.y < near.y


def test_bigger_is_bigger(concepts: list[Concept]) -> None:
    pairs = [s for s in _rich(concepts, 900) if RELATIONS[s.relation] == "bigger"]
    assert pairs and all(scene.placed[0].size > 1.8 * scene.placed[1].size for scene in pairs)


def test_captions_say_colour_prop_and_relation(concepts: list[Concept]) -> None:
    maker = SceneMaker(concepts, 13, RICH)
    writer = CaptionWriter(concepts, maker.random)
    for _ in range(300):
        scene = maker.scene()
        caption = writer.write(scene)
        for colour, label in zip(scene.colours, caption.labels[9:12], strict=False):
            assert label == (len(COLOUR_NAMES) if colour is None else colour)
            if colour is not None:
                name = COLOUR_NAMES[colour]
                words = [name, *phrases.COLOURS[name][0], phrases.ADJECTIVES_KO.get(name, name)]
                assert any(f"{word} " in caption.text for word in words)
        assert caption.labels[12] == scene.relation
        said = caption.labels[13] != len(PROPS)
        language = "ko" if any("가" <= c <= "힣" for c in caption.text) else "en"
        if said and scene.prop:
            choices = phrases.PROP_PHRASES[language][scene.prop]
            assert any(choice in caption.text for choice in choices)


def test_every_prop_shows_and_a_coloured_object_has_its_colour(
    concepts: list[Concept], pyramid: list[torch.Tensor]
) -> None:
    scene = replace(SceneMaker(concepts, 7).scene(), backdrop=0)
    small = tuple(replace(each, size=0.05) for each in scene.placed[:1])
    scenes = [replace(scene, prop=k, placed=small) for k in range(len(PROPS))]
    pictures = render(scenes, pyramid, 96, 96)
    for k in range(1, len(PROPS)):
        assert (pictures[k] - pictures[0]).abs().mean() > 0.004, PROPS[k]
    blue = COLOUR_NAMES.index("blue")
    middle = replace(scene.placed[0], x=0.0, y=0.0, size=0.8, turn=0.0, colour=blue)
    picture = render([replace(scene, placed=(middle,))], pyramid, 96, 96)[0]
    red, _, seen = picture[:, 44:52, 44:52].mean((1, 2)).tolist()
    assert seen > red + 0.5


def test_favoured_things_are_shown_more_often(concepts: list[Concept]) -> None:
    def share(attributes: Attributes) -> float:
        maker = SceneMaker(concepts, 15, attributes)
        shown = [concepts[scene.contents[0][0]] for scene in (maker.scene() for _ in range(1500))]
        return sum(each.colourable for each in shown) / len(shown)

    assert share(replace(RICH, favoured=2.0)) > 1.4 * share(RICH)
