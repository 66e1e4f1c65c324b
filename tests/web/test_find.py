"""Whatever a browser sends as search, the gallery gets something it can use."""

import unicodedata

import pytest

from zit_engine.web.find import PAGE, Find, read_find


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "라떼",
        3,
        {},
        {"search": 3, "favourites": "yes", "shown": "many"},
        {"shown": None, "turn": "x"},
        {"turn": -1},
    ],
)
def test_what_cannot_be_understood_is_not_asked_for(value):
    assert read_find(value) == Find() and not read_find(value).is_narrow


def test_what_was_asked_for():
    wanted = read_find({"search": "  라떼 50% ", "favourites": True, "shown": 48, "turn": 3})
    assert wanted == Find("라떼 50%", True, 48, 3) and wanted.is_narrow


@pytest.mark.parametrize(
    ("given", "shown"),
    [(-5, PAGE), (0, PAGE), (30, 30), (1e30, PAGE), (10**9, 10_000), (True, PAGE)],
)
def test_how_many_are_shown(given, shown):
    assert read_find({"shown": given}).shown == shown


@pytest.mark.parametrize(
    ("typed", "sought"),
    [
        ("ㄹ", ""),
        ("라", "라"),
        ("라ㄸ", "라"),
        ("라떼 ㅎ", "라떼"),
        ("ㅋㅋ", "ㅋㅋ"),
        ("ㅋㅋ 라떼", "ㅋㅋ 라떼"),
        (unicodedata.normalize("NFD", "라떼"), unicodedata.normalize("NFD", "라떼")),
        ("가" * 500, "가" * 200),
    ],
)
def test_a_syllable_half_typed_hides_nothing(typed, sought):
    assert read_find({"search": typed}).search == sought
