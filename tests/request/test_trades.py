"""Every trade is whole in both languages, and the practice model draws what it is offered."""

import json
import re

import pytest

from zit_engine.errors import InvalidRequest
from zit_engine.request.form_fields import Choice, load_choices
from zit_engine.request.subjects import Vocabulary, load_vocabulary
from zit_engine.request.trades import Pair, Trade, find_trade, load_trade_groups, load_trades
from zit_engine.settings import ROOT

POCKET = ROOT / "assets" / "pocket"
HANGUL = re.compile("[가-힣]")
# Words that make a model paint letters; type is set afterwards.
LETTERS_KO = ("글자", "글귀", "간판", "현수막", "포스터", "배너", "로고", "메뉴판", "가격", "숫자")
LETTERS_EN = ("text", "letters", "sign", "poster", "banner", "logo", "menu board", "price", "word")
each_trade = pytest.mark.parametrize("trade", load_trades().values(), ids=lambda trade: trade.id)


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return load_vocabulary(POCKET)


@pytest.fixture(scope="module")
def drawn_well() -> set[str]:
    """Names, in both languages, of what was seen to be drawn recognisably."""
    subjects = json.loads((POCKET / "subjects.json").read_text(encoding="utf-8"))["subjects"]
    good = [subject for subject in subjects if subject["good"]]
    return {n for s in good for n in (*s["ko"], *s.get("ko_whole", []), *s["en"])}


def assert_whole(pair: Pair) -> None:
    for text in pair:
        assert text == " ".join(text.split()) and text and text.isprintable()
        assert not text.endswith((".", ","))
    assert HANGUL.search(pair.ko) and not HANGUL.search(pair.en)


def asks_for_letters(pair: Pair) -> bool:
    english = f" {pair.en.lower()} "
    return any(word in pair.ko for word in LETTERS_KO) or any(
        f" {word} " in english for word in LETTERS_EN
    )


def _names(trade: Trade) -> set[str]:
    return {name.casefold() for name in (trade.id, trade.ko, trade.en)}


def test_there_are_many_trades_each_known_by_one_name() -> None:
    trades = load_trades().values()
    assert len(trades) >= 30
    names = [name for trade in trades for name in _names(trade)]
    assert len(names) == len(set(names))
    assert {trade.group for trade in trades} == set(load_trade_groups())
    assert 6 <= sum(trade.common for trade in trades) <= 12


@each_trade
def test_a_trade_is_whole(trade: Trade) -> None:
    assert len(trade.products) >= 8 and len(trade.examples) >= 3
    assert len(trade.pocket_products) >= 2 and len(trade.pocket_examples) >= 3
    every = (*trade.products, *trade.examples, *trade.pocket_products, *trade.pocket_examples)
    for pair in (trade.place, *every):
        assert_whole(pair)
        assert not asks_for_letters(pair), pair
    for pairs in (trade.products, trade.examples, trade.pocket_products, trade.pocket_examples):
        assert len(set(pairs)) == len(pairs)
    assert all(20 <= len(pair.ko) <= 60 for pair in trade.examples)


@each_trade
def test_the_practice_model_knows_its_examples(
    trade: Trade, vocabulary: Vocabulary, drawn_well: set[str]
) -> None:
    for pair in (*trade.pocket_examples, *trade.pocket_products):
        assert vocabulary.knows(pair.ko) and vocabulary.knows(pair.en), pair
    for product in trade.pocket_products:
        assert set(product) <= drawn_well
    for ko, en in trade.pocket_examples:
        # Longer prompts were not distilled: a backdrop and at most two things.
        assert len(ko) <= 30 and ("배경" in ko or "벽" in ko)
        assert any(name in ko for name in drawn_well) and any(name in en for name in drawn_well)


@pytest.mark.parametrize("pocket", [True, False])
def test_every_choice_of_the_form_is_whole(pocket: bool) -> None:
    for field, choices in load_choices(pocket).items():
        assert len(choices) >= 10, field
        assert len({choice.name for choice in choices}) == len(choices)
        for choice in choices:
            for pair in said(choice):
                assert_whole(pair)
                assert not asks_for_letters(pair)


def said(choice: Choice) -> list[Pair]:
    pairs = [choice.words, choice.pocket_object, choice.pocket_backdrop]
    return [choice.name, *(pair for pair in pairs if pair)]


def test_what_an_occasion_adds_can_be_drawn(drawn_well: set[str]) -> None:
    for choice in load_choices(True)["occasion"]:
        assert choice.pocket_backdrop
        assert choice.pocket_object is None or set(choice.pocket_object) <= drawn_well


@pytest.mark.parametrize("name", ["cafe", "카페", "CAFÉ", " café "])
def test_a_trade_is_found_by_id_and_by_name(name: str) -> None:
    found = find_trade(name)
    assert found and found.id == "cafe"


def test_no_trade_is_none_and_an_unknown_one_is_told_with_the_known() -> None:
    assert find_trade("  ") is None
    with pytest.raises(InvalidRequest) as refused:
        find_trade("우주선 판매")
    assert refused.value.field == "trade" and "cafe" in str(refused.value.values["known"])
