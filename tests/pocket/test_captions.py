"""Captions say what the scene holds."""

from __future__ import annotations

from zit_engine.pocket import phrases
from zit_engine.pocket.captions import CaptionWriter
from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.scenes import SceneMaker


def _written(concepts: list[Concept], count: int = 300) -> list:
    maker = SceneMaker(concepts, 11)
    writer = CaptionWriter(concepts, maker.random)
    scenes = [maker.scene() for _ in range(count)]
    return [(scene, writer.write(scene)) for scene in scenes]


def test_a_caption_names_every_object_of_its_scene(concepts: list[Concept]) -> None:
    for scene, caption in _written(concepts):
        for concept, _ in scene.contents:
            assert any(word in caption.text for word in concepts[concept].every_word())


def test_labels_agree_with_the_scene(concepts: list[Concept]) -> None:
    for scene, caption in _written(concepts):
        named = [label for label in caption.labels[:3] if label < len(concepts)]
        assert named == [concept for concept, _ in scene.contents]
        assert caption.labels[3] == scene.contents[0][1] - 1
        assert caption.labels[4] in (scene.backdrop, len(phrases.BACKDROPS))


def test_a_said_colour_is_in_the_text(concepts: list[Concept]) -> None:
    for scene, caption in _written(concepts):
        if caption.labels[5] < len(phrases.COLOUR_NAMES):
            names = [scene.first_name, *phrases.COLOURS[scene.first_name][0]]
            # "confetti, red background" style phrases always carry the first colour
            assert any(name in caption.text for name in names)


def test_both_languages_are_written(concepts: list[Concept]) -> None:
    korean = [any("가" <= c <= "힣" for c in caption.text) for _, caption in _written(concepts)]
    assert 0.4 < sum(korean) / len(korean) < 0.7


def test_some_captions_are_whole_sentences(concepts: list[Concept]) -> None:
    maker = SceneMaker(concepts, 14)
    writer = CaptionWriter(concepts, maker.random, framed=1.0)
    texts = [writer.write(maker.scene()).text for _ in range(60)]
    asked = [text for text in texts if "please" in text or "주세요" in text or "줘" in text]
    assert len(asked) > 10
