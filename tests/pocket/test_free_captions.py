"""Free captions say what a scene holds, in words that no prompt of the examination uses."""

from __future__ import annotations

import re
from random import Random

import pytest

from tests.pocket.caption_grammar import could_be_written, free_rule
from zit_engine.pocket import phrases
from zit_engine.pocket.attributes import RICH
from zit_engine.pocket.captions import CaptionWriter
from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.exam.prompts import load_prompts
from zit_engine.pocket.free_captions import FreeWriter, plural, with_particles
from zit_engine.pocket.free_phrases import (
    BARE_COLOURS_KO,
    COUNTERS_KO,
    FREE_ADJECTIVES_KO,
    FREE_BACKDROPS,
    JOINED_EN,
    JOINED_KO,
    LOOSE,
    NUMBERS_EN,
)
from zit_engine.pocket.records import Scene
from zit_engine.pocket.remarks import REMARKS
from zit_engine.pocket.scenes import SceneMaker
from zit_engine.pocket.vocabulary import every_concept


@pytest.fixture(scope="module")
def all_concepts() -> list[Concept]:
    return every_concept()


class _Tidy(FreeWriter):
    """Without loose words and remarks."""

    def _loosened(self, text: str, language: str) -> str:
        return text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("떡볶이을(를) 놓은", "떡볶이를 놓은"),
        ("김밥을(를)", "김밥을"),
        ("커피이(가) 있는", "커피가 있는"),
        ("빵과(와) 우유과(와) 물", "빵과 우유와 물"),
        ("파랑으로(로), 하늘로", "파랑으로, 하늘로"),
        ("수박이랑(랑) 호떡이랑(랑)", "수박이랑 호떡이랑"),
        ("줄무늬으로(로)", "줄무늬로"),
        ("연필으로(로)", "연필로"),
        ("cake을(를)", "cake를"),
    ],
)
def test_particles_fit_the_syllable_before_them(text: str, said: str) -> None:
    assert with_particles(text) == said


@pytest.mark.parametrize(
    ("name", "many"),
    [
        ("donut", "donuts"), ("peach", "peaches"), ("strawberry", "strawberries"),
        ("key", "keys"), ("box", "boxes"), ("sunglasses", "sunglasses"),
    ],
)  # fmt: skip
def test_names_become_many_by_the_common_rules(name: str, many: str) -> None:
    assert plural(name) == many


def _scenes(concepts: list[Concept], count: int) -> list[Scene]:
    maker = SceneMaker(concepts, 11, RICH)
    return [maker.scene() for _ in range(count)]


def test_labels_are_what_the_text_says(all_concepts: list[Concept]) -> None:
    """As those of the plain writer, where both say the backdrop."""
    free, plain = (kind(all_concepts, Random(2)) for kind in (_Tidy, CaptionWriter))
    compared = 0
    for scene in _scenes(all_concepts, 400):
        ours, theirs = free.write(scene), plain.write(scene)
        assert ours.labels[:4] == theirs.labels[:4] and ours.labels[9:13] == theirs.labels[9:13]
        if ours.labels[4] < len(phrases.BACKDROPS) > theirs.labels[4]:
            assert ours.labels[4:6] == theirs.labels[4:6]
            compared += 1
        if scene.backdrop == 0 and ours.labels[4] == 0:
            said = phrases.COLOURS[scene.first_name][0] + (scene.first_name,)
            said += BARE_COLOURS_KO.get(scene.first_name, ())
            said += FREE_ADJECTIVES_KO.get(scene.first_name, ())
            assert any(word in ours.text for word in said), ours.text
    assert compared > 200


def test_names_and_colours_stay_whole_among_loose_words(all_concepts: list[Concept]) -> None:
    writer, seen = FreeWriter(all_concepts, Random(3)), 0
    for scene in _scenes(all_concepts, 600):
        if len(scene.contents) > 1 or scene.contents[0][1] > 1:
            continue
        text = writer.write(scene).text
        assert any(word in text for word in all_concepts[scene.contents[0][0]].every_word()), text
        seen += 1
    assert seen > 200


def test_loose_words_name_nothing_a_scene_could_hold(all_concepts: list[Concept]) -> None:
    named = {word for concept in all_concepts for word in concept.every_word()}
    named |= {word for names, _ in phrases.COLOURS.values() for word in names}
    named |= set(phrases.COLOURS)
    assert not named & {word for words in LOOSE.values() for word in words}


def test_remarks_ask_for_no_colour_backdrop_side_or_number_of_things() -> None:
    meant = {word for names, _ in phrases.COLOURS.values() for word in names}
    meant |= {word for words in BARE_COLOURS_KO.values() for word in words} | set(phrases.COLOURS)
    meant |= {"왼쪽", "오른쪽", "left", "right", "배경", "background", "두", "세", "two", "three"}
    for remarks in REMARKS.values():
        assert len(set(remarks)) == len(remarks) > 80
        assert [each for each in remarks if meant & set(re.split(r"[ ,]+", each))] == []


def test_captions_have_remarks_around_and_say_the_scene_whole(all_concepts: list[Concept]) -> None:
    tidy, free = _Tidy(all_concepts, Random(4)), FreeWriter(all_concepts, Random(4))
    remarks = {each for words in REMARKS.values() for each in words}
    remarks -= {part for words in phrases.AFTER.values() for each in words
                for part in each.split(", ")}  # fmt: skip
    scenes = _scenes(all_concepts, 300)
    assert not [each for each in map(tidy.write, scenes) if _ends(each.text, remarks)]
    said = [text for text in (free.write(scene).text for scene in scenes) if _ends(text, remarks)]
    assert 60 < len(said) < 200


def _ends(text: str, remarks: set[str]) -> bool:
    """Whether a remark stands before or after the text, behind a comma or a full stop."""
    parts = re.split(r"[,.] ", text)
    return bool(remarks & {parts[0], parts[-1]})


def test_every_backdrop_has_its_words_in_both_languages() -> None:
    for words in FREE_BACKDROPS.values():
        assert len(words) == len(phrases.BACKDROPS)
        assert all(len(set(group)) == len(group) >= 7 for group in words)
        assert all("{a}" in phrase for group in words for phrase in group)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_no_prompt_of_the_examination_is_in_this_language(
    language: str, all_concepts: list[Concept]
) -> None:
    rule = free_rule(all_concepts, language)
    texts = [prompt.text for prompt in load_prompts() if prompt.language == language]
    assert [text for text in texts if could_be_written(rule, text)] == []


def test_the_check_knows_the_free_language(all_concepts: list[Concept]) -> None:
    """Everything written without side, room, props, loose words and relations is in it."""
    writer, tried = _Tidy(all_concepts, Random(5)), 0
    rules = {language: free_rule(all_concepts, language) for language in ("ko", "en")}
    for scene in _scenes(all_concepts, 200):
        if scene.side or scene.small or scene.prop or scene.relation or len(scene.contents) > 2:
            continue
        text = writer.write(scene).text
        language = "ko" if re.search("[가-힣]", text) else "en"
        assert could_be_written(rules[language], text), text
        tried += 1
    assert tried > 40


def test_counts_and_pairs_are_said_in_many_ways() -> None:
    assert set(COUNTERS_KO) == set(NUMBERS_EN) == {2, 3, 4, 5}
    assert len(JOINED_KO) >= 8 and len(JOINED_EN) >= 8
