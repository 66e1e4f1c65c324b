"""The drawn subjects: what shops sell, each drawn by a function of its name."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from zit_engine.pocket.concepts import load_concepts
from zit_engine.pocket.drawn.catalogue import draw, drawer, drawn_sprites, load_drawn
from zit_engine.pocket.exam.prompts import load_prompts
from zit_engine.pocket.vocabulary import every_concept

WANTED = (
    "떡볶이", "김밥", "비빔밥", "냉면", "삼겹살", "치킨 상자", "호떡", "붕어빵", "팥빙수", "한복",
    "네일", "매니큐어 병", "미용 의자", "안경테", "세탁기", "세탁물", "반찬",
)  # fmt: skip
SAMPLE = ("shop-songpyeon", "shop-nail-polish")


def test_what_shops_asked_for_is_drawn() -> None:
    words = {word for concept in load_drawn() for word in concept.every_word()}
    assert set(WANTED) <= words and len(load_drawn()) >= 24


def test_every_subject_has_a_function_and_names_in_both_languages() -> None:
    for concept in load_drawn():
        assert callable(drawer(concept.code)) and drawer(concept.code).__doc__
        assert concept.names["ko"] and concept.names["en"] and concept.looks > 1


def test_a_word_names_the_drawing_and_not_what_was_used_before() -> None:
    concepts = every_concept()
    ice = [each.code for each in concepts if "팥빙수" in each.every_word()]
    assert ice == ["shop-patbingsu"]
    assert [each.code for each in concepts[:493]] == [each.code for each in load_concepts()]


def test_the_prompts_ask_for_subjects_that_exist() -> None:
    codes = {concept.code for concept in every_concept()}
    asked = {each.code for prompt in load_prompts() for each in prompt.subjects}
    assert asked <= codes and sum(code.startswith("shop-") for code in asked) >= 24


def _fills_its_square(code: str) -> None:
    sprite = draw(code, 0)
    assert sprite.shape == (5, 256, 256) and sprite.dtype == torch.uint8
    rows, columns = sprite[3].amax(1).nonzero(), sprite[3].amax(0).nonzero()
    height, width = rows[-1] - rows[0], columns[-1] - columns[0]
    assert max(height, width) > 225 and rows[-1] > 240
    assert (sprite[3] > 200).float().mean() > 0.15
    colourable = next(each.colourable for each in load_drawn() if each.code == code)
    assert not colourable or (sprite[4] > 200).float().mean() > 0.04
    again, other = draw(code, 0), draw(code, 1)
    assert torch.equal(sprite, again) and not torch.equal(sprite, other)


@pytest.mark.parametrize("code", SAMPLE)
def test_a_drawing_fills_its_square_and_stands_on_its_foot(code: str) -> None:
    _fills_its_square(code)


@pytest.mark.slow
@pytest.mark.parametrize("code", [each.code for each in load_drawn()])
def test_every_drawing_fills_its_square(code: str) -> None:
    _fills_its_square(code)


def test_drawings_are_kept_until_one_changes(tmp_path: Path) -> None:
    few = [each for each in load_drawn(looks=1) if each.code in SAMPLE]
    first = drawn_sprites(few, tmp_path)
    files = list(tmp_path.glob("drawn-*.safetensors"))
    assert len(files) == 1 and torch.equal(drawn_sprites(few, tmp_path), first)
