"""The help with the words without a browser: what a press answers."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from tests.fake_engine import FakeEngine
from zit_engine.styles.style import LoraFile
from zit_engine.web.words_handlers import WordsHandlers


def event(**data):
    return SimpleNamespace(_data=data)


@pytest.fixture
def full(make_studio):
    """Handlers on a model that draws anything, awake."""
    studio = make_studio(FakeEngine(base="z-image-turbo"))
    studio.warm_up()
    return WordsHandlers(studio)


@pytest.fixture
def pocket(studio):
    return WordsHandlers(studio)


def test_a_preview_is_the_sentence_in_the_language_of_the_page(full):
    asked = {"trade": "cafe", "product": "라떼", "mood": "차분한", "turn": 3}
    answer = full.preview(event(**asked, lang="ko"))
    assert answer == {"text": "라떼. 차분한 카페 분위기.", "told": "", "turn": 3}
    assert full.preview(event(**asked, lang="en"))["text"] == "Latte. Calm atmosphere of a café."


def test_an_empty_form_says_what_to_do(full, pocket):
    assert full.preview(event(turn=1))["text"] == ""
    assert "칸을 채우면" in full.preview(event(turn=1))["told"]
    answer = pocket.preview(event(mood="차분한", turn=2))
    assert answer["text"] == "" and "무엇을 그릴지" in answer["told"]


def test_words_the_practice_model_cannot_draw_are_named_and_escaped(pocket):
    answer = pocket.preview(event(product="커피", mood="<img src=x>한", turn=1))
    assert answer["text"] == "커피, 베이지색 배경"
    assert "&lt;img src=x&gt;한" in answer["told"] and "<img" not in answer["told"]


@pytest.mark.parametrize("asked", [{"trade": "nope"}, {"mood": "가" * 41}])
def test_a_field_that_cannot_be_used_is_told_and_writes_nothing(full, asked):
    answer = full.preview(event(**asked, turn=1))
    assert answer["text"] is None and answer["told"]


@pytest.mark.parametrize("data", [None, [], "text"])
def test_an_event_that_is_none_of_ours_does_no_harm(full, data):
    assert full.preview(SimpleNamespace(_data=data))["text"] == ""
    assert full.polish("realistic", SimpleNamespace(_data=data))["text"] is None


def test_refining_gives_the_text_that_will_be_sent_and_says_what_was_added(full):
    answer = full.polish("realistic", event(text="라떼 한 잔", trade="", turn=5))
    assert answer["text"].startswith("라떼 한 잔, ") and answer["turn"] == 5
    assert "배경·빛·구도·느낌" in answer["told"] and "setting, light" in answer["told"]
    again = full.polish("realistic", event(text=answer["text"], trade="", turn=6))
    assert again["text"] is None and "그대로" in again["told"]


def test_the_words_a_style_puts_in_front_are_told(full):
    answer = full.polish("anime", event(text="라떼", turn=1))
    assert "«Anime-Z»" in answer["told"] and "Anime-Z" not in answer["text"]


def test_no_text_becomes_longer_than_the_model_reads(full, make_studio):
    lora = LoraFile("so " * 495, "", 1.0, "Apache-2.0", path="z/anime.safetensors")
    studio = full._studio
    wordy = replace(studio.catalogue["anime"], files={"z-image-turbo": lora})
    studio.catalogue = {**studio.catalogue, "anime": wordy}
    answer = full.polish("anime", event(text="라떼", turn=1))
    assert answer["text"] is None and "자리가 없어서" in answer["told"]
    assert full.polish("realistic", event(text="라떼", turn=1))["text"]


def test_the_practice_model_gets_a_backdrop(pocket):
    answer = pocket.polish("realistic", event(text="딸기 케이크", trade="cafe", turn=1))
    assert answer["text"] in {
        f"딸기 케이크, {backdrop}"
        for backdrop in (
            "베이지색 배경",
            "갈색 테이블 위, 베이지색 벽",
            "노란색 배경",
            "민트색 배경",
        )
    }


def test_an_unknown_style_is_told(full):
    answer = full.polish("no-such-style", event(text="라떼", turn=1))
    assert answer["text"] is None and "스타일" in answer["told"]
