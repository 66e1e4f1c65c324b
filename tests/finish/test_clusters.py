"""What a person takes for one sign stays one."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zit_engine.finish.clusters import asks_for_emoji, bases, clusters, is_counted, visible

SEQUENCES = {
    "family": "👨‍👩‍👧",
    "tone": "👍🏽",
    "runner": "🏃🏽‍♂️",
    "flag": "🇰🇷",
    "england": "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "keycap": "1️⃣",
    "styled": "☕️",
}


@pytest.mark.parametrize("sequence", SEQUENCES.values(), ids=SEQUENCES)
def test_a_sequence_is_one_sign_and_asks_for_a_picture(sequence: str) -> None:
    assert list(clusters(f"빵{sequence}집")) == ["빵", sequence, "집"]
    assert asks_for_emoji(sequence)


def test_flags_in_a_row_are_taken_by_twos() -> None:
    assert list(clusters("🇰🇷🇯🇵")) == ["🇰🇷", "🇯🇵"]


def test_a_joiner_between_syllables_joins_nothing() -> None:
    assert [visible(sign) for sign in clusters("가\u200d나")] == ["가", "", "나"]


def test_letters_and_marks_are_composed() -> None:
    assert list(clusters(unicodedata.normalize("NFD", "한글é"))) == ["한", "글", "é"]
    assert list(clusters("x\u0308\u0303")) == ["ẍ\u0303"]


@pytest.mark.parametrize("sign", ["가", "1", "A", "♥", "☕", "1\ufe0f", "☕\ufe0e"])
def test_single_letters_do_not_ask_for_a_picture(sign: str) -> None:
    assert not asks_for_emoji(sign)


def test_the_pictures_of_a_sequence() -> None:
    assert bases("👨‍👩‍👧") == ["👨", "👩", "👧"]
    assert bases("👍🏽") == ["👍"]
    assert bases("1️⃣") == ["1"]


def test_punctuation_and_unseen_letters_do_not_count() -> None:
    assert [is_counted(sign) for sign in ("가", "7", "☕", "!", "·", "\u200b", "\u200d")] == [
        *(True, True, True),
        *(False, False, False, False),
    ]


@given(st.text())
def test_no_letter_is_lost(text: str) -> None:
    assert "".join(clusters(text)) == unicodedata.normalize("NFC", text)
