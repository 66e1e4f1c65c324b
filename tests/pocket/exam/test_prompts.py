"""The fixed prompts: 100 a language, each unlike anything a model was trained on."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from tests.pocket.caption_grammar import caption_rule, could_be_written
from zit_engine.pocket import phrases
from zit_engine.pocket.attributes import RICH
from zit_engine.pocket.captions import CaptionWriter
from zit_engine.pocket.concepts import CONCEPTS_FILE, Concept
from zit_engine.pocket.exam.prompts import Prompt, accepted, load_prompts, spread
from zit_engine.pocket.scenes import SceneMaker
from zit_engine.pocket.vocabulary import every_concept


@pytest.fixture(scope="module")
def concepts() -> list[Concept]:
    """With the drawn subjects: their names are in the caption writer's language too."""
    return every_concept()


@pytest.fixture(scope="module")
def prompts() -> list[Prompt]:
    return load_prompts()


def test_there_are_a_hundred_a_language_and_none_twice(prompts: list[Prompt]) -> None:
    assert Counter(prompt.language for prompt in prompts) == {"ko": 100, "en": 100}
    assert len({prompt.text for prompt in prompts}) == 200


def test_every_backdrop_is_asked_for_alike(prompts: list[Prompt]) -> None:
    assert Counter(prompt.backdrop for prompt in prompts) == dict.fromkeys(phrases.BACKDROPS, 20)


def test_what_must_be_seen_is_said_in_the_prompt(prompts: list[Prompt]) -> None:
    for prompt in prompts:
        for asked in prompt.subjects:
            singular = {"strawberries": "strawberry", "peaches": "peach"}
            text = prompt.text
            for many, one in singular.items():
                text = text.replace(many, one)
            assert asked.word in text, prompt.text
        said = [each.colour for each in prompt.subjects if each.colour]
        for colour in (prompt.first, *said, *([prompt.second] if prompt.second else [])):
            words = [colour, *phrases.COLOURS[colour][0], phrases.ADJECTIVES_KO.get(colour, colour)]
            assert any(word in prompt.text for word in words), prompt.text


def test_a_said_object_colour_is_not_the_backdrops(prompts: list[Prompt]) -> None:
    coloured = [each for each in prompts if each.subjects[0].colour]
    assert len(coloured) == 60
    assert all(each.subjects[0].colour != each.first for each in coloured)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_caption_writer_cannot_write_any_of_them(
    prompts: list[Prompt], concepts: list[Concept], language: str
) -> None:
    rule = caption_rule(concepts, language)
    assert [each.text for each in prompts if could_be_written(rule, each.text)] == []


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_rule_knows_what_the_writer_writes(concepts: list[Concept], language: str) -> None:
    rule, maker = caption_rule(concepts, language), SceneMaker(concepts, 21, RICH)
    writer = CaptionWriter(concepts, maker.random, framed=0.35)
    written = [writer.write(maker.scene()).text for _ in range(150)]
    mine = [text for text in written if any("가" <= c <= "힣" for c in text) == (language == "ko")]
    assert len(mine) > 40
    assert [text for text in mine if not could_be_written(rule, text)] == []


def test_none_stands_in_the_fixed_lists(prompts: list[Prompt]) -> None:
    fixed = CONCEPTS_FILE.read_text(encoding="utf-8")
    sentences = [*phrases.FILLER["ko"], *phrases.FILLER["en"]]
    for prompt in prompts:
        assert json.dumps(prompt.text, ensure_ascii=False) not in fixed
        assert not any(prompt.text in each or each in prompt.text for each in sentences)


def test_a_sample_is_spread_over_the_list(prompts: list[Prompt]) -> None:
    few = spread(prompts, 4)
    assert [each.language for each in few] == ["ko", "ko", "en", "en"]
    assert spread(prompts, 500) == prompts


def test_a_word_two_concepts_bear_accepts_both(
    prompts: list[Prompt], concepts: list[Concept]
) -> None:
    cat = next(each for prompt in prompts for each in prompt.subjects if each.word == "고양이")
    names = {concepts[i].names["en"][0] for i in accepted(concepts, cat)}
    assert {"cat", "cat face"} <= names
