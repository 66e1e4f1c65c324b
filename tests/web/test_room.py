"""The line below the text field: calm, then nearly full, then how much has to go."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.fake_engine import FakeEngine
from zit_engine.errors import PromptTooLong
from zit_engine.studio import Studio
from zit_engine.styles.style import LoraFile
from zit_engine.web.room import Room

# The fake engine reads a token a word and ten around them, 512 in all.
MOST_WORDS = 502


@pytest.fixture
def room(studio: Studio) -> Room:
    studio.warm_up()
    return Room(studio)


def line(room: Room, prompt: Any, style: str = "realistic") -> str:
    """What stands there, without markup."""
    return re.sub("<[^>]*>", " ", room.in_style(prompt, style))


def to_cut(said: str) -> int:
    found = re.search(r"([0-9,]+)자쯤 줄여", said)
    assert found, said
    return int(found.group(1).replace(",", ""))


@pytest.mark.parametrize("prompt", ["", " ", "수박", "수박, 노란색 배경", "라떼 " * 117])
def test_a_short_text_leaves_the_page_calm(room: Room, prompt: str) -> None:
    assert room.in_style(prompt, "realistic") == ""


@pytest.mark.parametrize(
    ("words", "state", "percent"),
    [(118, "넉넉해요", 25), (154, "넉넉해요", 32), (399, "넉넉해요", 79), (400, "거의 다", 80)],
)
def test_the_share_is_told_in_words_and_percent(
    room: Room, words: int, state: str, percent: int
) -> None:
    said = line(room, "라떼 " * words)
    assert state in said and f"{percent}%" in said


def test_the_last_word_that_fits_fits_and_the_next_does_not(room: Room, studio: Studio) -> None:
    assert "100%" in line(room, "라떼 " * MOST_WORDS)
    studio.submit(studio.request({"prompt": "라떼 " * MOST_WORDS}), "a" * 32)
    assert to_cut(line(room, "라떼 " * (MOST_WORDS + 1))) == 10
    with pytest.raises(PromptTooLong):
        studio.submit(studio.request({"prompt": "라떼 " * (MOST_WORDS + 1)}), "a" * 32)


@pytest.mark.parametrize("words", [520, 700, 1500])
def test_cutting_what_is_told_makes_it_fit(room: Room, words: int) -> None:
    text = " ".join(["라떼"] * words)
    assert "길이의" in line(room, text[: -to_cut(line(room, text))])


def test_a_text_without_spaces_ends_at_the_longest_one_allowed(room: Room) -> None:
    assert to_cut(line(room, "가" * 2001)) == 10
    assert to_cut(line(room, "가" * 1_000_000)) == 998_000


def test_the_words_a_style_adds_are_counted(studio: Studio) -> None:
    lora = LoraFile("so " * 200, "", 1.0, "Apache-2.0", path="pocket/anime.safetensors")
    changed = replace(studio.catalogue["anime"], files={"pocket": lora})
    studio.catalogue = {**studio.catalogue, "anime": changed}
    studio.warm_up()
    room, text = Room(studio), " ".join(["a"] * 310)
    assert "62%" in line(room, text)
    over = line(room, text, "anime")
    assert "길이의" in line(room, text[: -to_cut(over)], "anime")
    assert "줄여 주세요" in room.in_every_style(text)


def test_nothing_is_counted_before_the_model_is_there(make_studio: Callable[..., Studio]) -> None:
    class Downloading(FakeEngine):
        def count_tokens(self, model_prompt: str) -> int:
            raise AssertionError("the tokenizer would be downloaded")

    assert Room(make_studio(Downloading())).in_style("라떼 " * 500, "realistic") == ""


def test_an_engine_that_cuts_instead_of_refusing_is_not_called_roomy(
    make_studio: Callable[..., Studio],
) -> None:
    engine = FakeEngine()
    engine.facts = replace(engine.facts, token_limit=1_000_000)
    studio = make_studio(engine)
    studio.warm_up()
    assert Room(studio).in_style("라떼 " * 500, "realistic") == ""


@pytest.mark.parametrize("prompt", [None, 7, [], "라떼\x07 " * 300, "\ud800 " * 300])
def test_what_cannot_be_sent_is_told_at_the_press_not_here(room: Room, prompt: Any) -> None:
    assert room.in_style(prompt, "realistic") == ""
    assert room.in_style("라떼 " * 300, "no-such-style") == ""


def test_both_languages_and_no_word_of_the_trade(room: Room) -> None:
    said = room.in_style("라떼 " * 300, "realistic") + room.in_style("라떼 " * 900, "realistic")
    assert said.count('lang="ko"') == said.count('lang="en"') == 3
    assert "token" not in said.lower() and "토큰" not in said and "토막" not in said
