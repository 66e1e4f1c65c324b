"""A person finds a picture by any piece of what they typed or set over it."""

import unicodedata

import pytest

from tests.store.test_history import numbers, result
from zit_engine.request.ad_request import AdRequest
from zit_engine.store.history import History


@pytest.fixture
def history(tmp_path):
    opened = History(tmp_path / "history.sqlite3")
    yield opened
    opened.close()


@pytest.fixture
def filled(history):
    prompts = [
        "따뜻한 라떼와 크루아상",
        "여름 수박 50% 할인",
        "Summer SALE poster_1",
        "꽃집 봄 라떼",
    ]
    for number, prompt in enumerate(prompts):
        history.add("o", result(number, name=f"a_{number}.png", request=AdRequest(prompt, "anime")))
    history.set_favourite("o", "job-0", "a_3.png", True)
    words = {"headline": "오늘만 1+1", "contact": "02-123-4567", "template": "badge", "logo": True}
    history.add(
        "o",
        result(4, name="여름-빙수_애니_인스타-피드-4대5_4.png", request=AdRequest("빙수")),
    )
    history.add("o", result(5, name="a_5.png", request=AdRequest("커피"), lettering=words))
    return history


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("라떼", [3, 0]),
        ("떼와", [0]),
        (unicodedata.normalize("NFD", "라떼"), [3, 0]),
        ("봄 꽃집", [3]),
        ("  라떼   따뜻한 ", [0]),
        ("라떼 수박", []),
        ("summer sale", [2]),
        ("ＳＡＬＥ", [2]),
        ("%", [1]),
        ("50%", [1]),
        ("_", [2]),
        ("poster_1", [2]),
        ("1+1", [5]),
        ("123-4567", [5]),
        ("badge", []),
        ("true", []),
        ("ANIME", [3, 2, 1, 0]),
        ("피드", [4]),
        ("인스타 피드", [4]),
        ("'", []),
        ('"', []),
        ("\\", []),
        ("\ud800", []),
        ("없는 말", []),
        (" \n ", [5, 4, 3, 2, 1, 0]),
    ],
)
def test_what_is_found(filled, typed, found):
    assert [int(each.name[-5]) for each in filled.list("o", 9, search=typed)] == found
    assert filled.count("o", search=typed) == len(found)


def test_only_ones_own_are_found(filled):
    assert filled.list("other", 9, search="라떼") == []


def test_favourites(filled):
    assert [each.name for each in filled.list("o", 9, favourites=True)] == ["a_3.png"]
    assert filled.count("o", favourites=True) == 1
    assert filled.list("o", 9, search="수박", favourites=True) == []
    filled.set_favourite("o", "job-0", "a_3.png", False)
    assert filled.list("o", 9, favourites=True) == []


def test_pages_of_what_is_found(history):
    for number in range(9):
        request = AdRequest("수박" if number % 2 else "라떼")
        history.add("o", result(number, name=f"a_{number}.png", request=request))
    page = history.list("o", 2, search="라떼")
    assert numbers(page) == [8, 6]
    assert numbers(history.list("o", 9, before=page[-1], search="라떼")) == [4, 2, 0]


def test_a_whole_prompt_pasted_in_is_found(history):
    prompt = " ".join(f"낱말{number}" for number in range(300))
    history.add("o", result(1, request=AdRequest(prompt)))
    history.add("o", result(2, request=AdRequest("낱말1")))
    assert numbers(history.list("o", 9, search=prompt)) == [1]


def test_set_over_later_is_found_too(history):
    history.add("o", result(1))
    history.add("o", result(1, lettering={"headline": "개업 축하"}))
    assert history.count("o", search="개업") == 1
