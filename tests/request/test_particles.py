"""Particles follow the sound a word ends in, Korean or not."""

import pytest

from zit_engine.request.particles import Word, ends_in_consonant


@pytest.mark.parametrize(
    "word",
    ["빵", "크루아상", "초콜릿", "수박", "메뉴 1", "3", "10", "80", "HTML", "XL", "salon", "gel",
     "album", "book", "fishing", "수박(대)반", "라면!"],
)  # fmt: skip
def test_after_a_consonant(word: str) -> None:
    assert ends_in_consonant(word)
    assert f"{Word(word):을/를}" == word + "을"
    assert f"{Word(word):과/와}" == word + "과"


@pytest.mark.parametrize(
    "word",
    ["커피", "라떼", "치즈케이크", "2", "45", "9", "VIP", "cake", "latte", "coffee", "수박(소)",
     "", "🍓", "커피~", "?!"],
)  # fmt: skip
def test_after_a_vowel(word: str) -> None:
    assert not ends_in_consonant(word)
    assert f"{Word(word):을/를}" == word + "를"
    assert f"{Word(word):이/가}" == word + "가"


def test_without_a_particle_a_word_is_itself() -> None:
    assert f"{Word('라떼')}" == "라떼"
    assert f"{Word('라떼'):>4}" == "  라떼"
