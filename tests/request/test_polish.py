"""A short text is made fuller without a word of the owner's changed; a long one is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.request.test_trades import asks_for_letters
from zit_engine.request.polish import _table, kind_of, polish
from zit_engine.request.subjects import load_vocabulary
from zit_engine.request.trades import Pair, load_trades
from zit_engine.settings import ROOT
from zit_engine.styles.catalogue import load_catalogue

STYLES = [*load_catalogue(ROOT / "style_loras"), "an-added-style"]
KINDS = {trade.kind for trade in load_trades().values()} | {"any"}
typed = st.one_of(
    st.sampled_from(["라떼", "떡볶이 한 접시.", "Latte and croissant", "수박, ", "강아지!", "🍓"]),
    st.text(max_size=150),
)
options = st.fixed_dictionaries(
    {
        "trade": st.sampled_from(["", *load_trades()]),
        "style": st.sampled_from(STYLES),
        "pocket": st.booleans(),
    }
)


def variants(pocket: bool = False) -> list[tuple[Pair, dict]]:
    rows = _table()["pocket"]["variant"] if pocket else _table()["variant"]
    return [(Pair(*words), row) for row in rows for words in row["words"]]


@given(typed, options)
def test_the_owners_words_stay_first_and_whole(text: str, given: dict) -> None:
    done = polish(text, **given)
    assert done.text.startswith(text.rstrip())
    assert bool(done.added) == (done.text != text)
    assert polish(text, **given) == done


@given(typed, options)
def test_what_is_full_is_not_made_fuller(text: str, given: dict) -> None:
    once = polish(text, **given)
    twice = polish(once.text, **given)
    assert twice.text == once.text and not twice.added


@given(typed, options)
def test_the_text_stays_short_enough(text: str, given: dict) -> None:
    done = polish(text, **given)
    assert len(done.text) <= max(len(text), 320)
    assert len(done.text) - len(text) <= 240
    assert polish(text, fits=lambda _: False, **given).text == text


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_and_style_has_several_words_for_every_aspect(kind: str, style: str) -> None:
    look = next((look for look, ids in _table()["looks"].items() if style in ids), "other")
    for aspect in _table()["aspect"]:
        found = [
            words
            for words, row in variants()
            if row["aspect"] == aspect["id"]
            and kind in row["kinds"]
            and look in row.get("looks", [look])
        ]
        assert len(found) >= 3, aspect["id"]


def test_every_variant_says_its_own_aspect_and_no_letters() -> None:
    for words, row in variants():
        aspect = next(each for each in _table()["aspect"] if each["id"] == row["aspect"])
        assert any(mark in words.ko for mark in aspect["ko"]), words
        english = f" {words.en.replace(',', ' ')} "
        assert any(f" {mark} " in english for mark in aspect["en"]), words
        assert not asks_for_letters(words)


def test_the_practice_model_is_told_a_backdrop_and_no_new_thing() -> None:
    vocabulary = load_vocabulary(ROOT / "assets" / "pocket")
    for words, _ in variants(pocket=True):
        assert not vocabulary.knows(words.ko) and not vocabulary.knows(words.en)
    assert {kind for _, row in variants(pocket=True) for kind in row["kinds"]} == KINDS
    assert "배경" in polish("딸기 케이크", pocket=True).text
    told = polish("딸기 케이크, 민트색 배경", pocket=True)
    assert told.text == "딸기 케이크, 민트색 배경" and told.told == "words.polish_enough"


def test_an_aspect_the_text_speaks_of_is_left_alone() -> None:
    done = polish("나무 탁자 위 라떼, 따뜻한 조명", style="realistic")
    assert [pair.en for pair in done.added] == ["composition", "finish"]
    done = polish("a latte on a table, seen from above", style="anime")
    assert [pair.en for pair in done.added] == ["light", "finish"]


def test_drawn_styles_hear_nothing_of_a_camera() -> None:
    for trade in load_trades().values():
        for style in ("anime", "oil-painting", "pencil-sketch"):
            text = polish(trade.ko, trade=trade.id, style=style).text
            assert "초점" not in text and "심도" not in text


def test_a_long_text_is_left_alone_and_told_so() -> None:
    text = "햇살 아래 " * 25
    assert polish(text).text == text and polish(text).told == "words.polish_long"
    assert polish("가" * 41, pocket=True).told == "words.polish_long"
    assert polish("  \n").told == "words.polish_empty"
    assert polish("라떼", fits=lambda _: False).told == "words.polish_full"


@pytest.mark.parametrize(
    ("text", "trade", "kind"),
    [
        ("딸기 라떼", "", "drink"),
        ("꽃무늬 원피스", "", "wear"),
        ("떡볶이", "", "dish"),
        ("a puppy", "", "animal"),
        ("a carpet", "", "any"),
        ("무언가", "nail", "beauty"),
        ("강아지", "cafe", "animal"),
    ],
)
def test_the_kind_comes_from_the_words_then_from_the_trade(
    text: str, trade: str, kind: str
) -> None:
    assert kind_of(text, trade) == kind


def test_different_texts_get_different_words() -> None:
    endings = {polish(f"라떼 {n}잔").text.split(",", 1)[1] for n in range(30)}
    assert len(endings) > 10
