"""The form writes what a person would: right particles, nothing empty left over, the same twice."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zit_engine.errors import InvalidRequest
from zit_engine.request.form_fields import FIELDS, checked_form, language_of, load_choices, table
from zit_engine.request.forms import Written, write
from zit_engine.request.trades import load_trades

LONGEST = table()["longest"]
FULL = {
    "trade": "cafe",
    "product": "라떼, 크루아상",
    "mood": "따뜻하고 아늑한",
    "occasion": "크리스마스",
    "background": "창가의 나무 탁자",
}
typed = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=40)
words = st.one_of(
    st.just(""), st.sampled_from(["라떼", "수박", "cake", "봄", "조용한 분위기"]), typed
)
forms = st.fixed_dictionaries(
    {
        "trade": st.sampled_from(["", *load_trades()]),
        **{
            name: st.one_of(words, st.sampled_from([c.name.ko for c in load_choices(False)[name]]))
            for name in ("mood", "occasion", "background")
        },
        "product": st.lists(words, max_size=4).map(lambda parts: ", ".join(parts)[:80]),
    }
)


def written(lang: str = "ko", pocket: bool = False, **fields: str) -> str:
    return write(checked_form(fields), lang, pocket=pocket).text


def test_all_fields_in_korean() -> None:
    assert written(**FULL) == (
        "창가의 나무 탁자를 배경으로 한 라떼와 크루아상. "
        "따뜻하고 아늑한 카페 분위기, 크리스마스트리와 반짝이는 전구 장식."
    )


def test_all_fields_in_english_though_chosen_in_korean() -> None:
    assert written("en", **FULL) == (
        "Latte and croissant with a wooden table by the window behind. "
        "Warm and cosy atmosphere of a café, Christmas tree and sparkling lights."
    )


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"product": "수박"}, "수박."),
        ({"trade": "cafe"}, "카페 풍경."),
        ({"trade": "cafe", "product": "말차 라떼"}, "말차 라떼. 카페 분위기."),
        ({"trade": "flower", "mood": "차분한"}, "꽃집 풍경. 차분한 분위기."),
        ({"product": "수박", "background": "바닷가"}, "바닷가를 배경으로 한 수박."),
        ({"product": "수박", "background": "들판"}, "들판을 배경으로 한 수박."),
        ({"product": "수박", "background": "분홍색 배경"}, "분홍색 배경 앞의 수박."),
        ({"product": "수박, 배", "mood": "조용한 느낌"}, "수박과 배. 조용한 느낌."),
        ({"product": "배, 수박, 감"}, "배, 수박과 감."),
        ({"product": "수박", "occasion": "가게 3주년"}, "수박. 가게 3주년 느낌."),
        ({"product": "수박.", "mood": " 밝은 ,"}, "수박. 밝은 분위기."),
        ({"product": "떡, , 떡"}, "떡."),
        ({"background": "바닷가"}, "바닷가."),
        ({}, ""),
    ],
)
def test_some_fields(fields: dict[str, str], text: str) -> None:
    assert written(**fields) == text


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"product": "latte"}, "Latte."),
        ({"product": "iPhone case"}, "iPhone case."),
        ({"trade": "optician"}, "A view of an optician's shop."),
        ({"product": "roses", "background": "a pastel pink background"},
         "Roses against a pastel pink background."),
        ({"product": "roses", "mood": "calm", "trade": "flower"},
         "Roses. Calm atmosphere of a flower shop."),
    ],
)  # fmt: skip
def test_some_fields_in_english(fields: dict[str, str], text: str) -> None:
    assert written("en", **fields) == text


@given(forms, st.sampled_from(["ko", "en"]), st.booleans())
def test_whatever_is_filled_in_reads_as_one_text(
    fields: dict[str, str], lang: str, pocket: bool
) -> None:
    form = checked_form(fields)
    text = write(form, lang, pocket=pocket).text
    assert text == write(form, lang, pocket=pocket).text
    assert "  " not in text and text == text.strip()
    if not re.search("[.,{}]", "".join(fields.values()).replace(", ", "")):
        assert not re.search(r"^[,.]|[,.] ?[,.]|[{}]", text)
    assert len(text) <= 350
    if form.product:
        assert text


@given(forms)
def test_what_was_typed_is_in_the_text_or_named_as_left_out(fields: dict[str, str]) -> None:
    form = checked_form({**fields, "trade": "cafe"})
    told = write(form, "ko", pocket=True)
    for name in ("mood", "occasion", "background"):
        value = getattr(form, name)
        is_offered = any(value == c.name.ko for c in load_choices(True)[name])
        if value and not is_offered:
            assert value in told.left_out or form.background == value


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("pocket", [True, False])
def test_every_choice_of_every_trade_can_be_written(lang: str, pocket: bool) -> None:
    choices = load_choices(pocket)
    for trade in load_trades().values():
        for number, product in enumerate(trade.products_for(pocket)):
            chosen = {
                field: offers[number % len(offers)].name.said(lang)
                for field, offers in choices.items()
            }
            text = written(lang, pocket, trade=trade.id, product=product.said(lang), **chosen)
            assert product.said(lang).lower() in text.lower()
            assert all(ord(letter) < 0xAC00 for letter in text) or lang == "ko"


def test_the_practice_model_gets_few_words_it_knows() -> None:
    fields = {**FULL, "product": "딸기 케이크, 커피", "background": ""}
    form = checked_form(fields)
    assert write(form, "ko", pocket=True) == Written(
        "딸기 케이크, 커피와 크리스마스 트리, 빨간색 배경", ("따뜻하고 아늑한",)
    )
    assert written("ko", True, **{**fields, "occasion": ""}) == "딸기 케이크와 커피, 베이지색 배경"
    assert written("ko", True, product="커피", background="연한 분홍색") == "커피, 분홍색 배경"
    assert written("ko", True, trade="flower", mood="로맨틱한") == (
        "꽃다발, 분홍색 그라데이션 배경"
    )
    assert written("en", True, product="coffee", occasion="Halloween") == (
        "coffee and halloween pumpkin, purple background"
    )


def test_what_the_practice_model_cannot_draw_is_named() -> None:
    form = checked_form(
        {"product": "커피, 쿠키, 도넛, 수박", "mood": "몽환적인", "background": "바닷가"}
    )
    told = write(form, "ko", pocket=True)
    assert told.text == "커피, 쿠키와 도넛, 베이지색 배경"
    assert told.left_out == ("수박", "몽환적인", "바닷가")
    assert write(checked_form({"mood": "차분한"}), "ko", pocket=True).text == ""


@pytest.mark.parametrize("field", [name for name in FIELDS if name != "trade"])
def test_a_field_too_long_is_told_with_its_limit(field: str) -> None:
    assert checked_form({field: "가" * LONGEST[field]})
    with pytest.raises(InvalidRequest) as refused:
        checked_form({field: "가" * (LONGEST[field] + 1)})
    assert refused.value.field == field and refused.value.values["limit"] == LONGEST[field]


def test_the_language_is_that_of_the_fields() -> None:
    assert language_of(checked_form({"trade": "cafe"})) == "ko"
    assert language_of(checked_form({"trade": "cafe", "product": "latte"})) == "en"
    assert language_of(checked_form({"product": "latte", "mood": "따뜻한"})) == "ko"


@pytest.mark.parametrize("value", [None, 7, ["라떼"], {"a": 1}])
def test_a_field_that_is_no_text_is_read_as_one_or_as_empty(value: object) -> None:
    assert isinstance(checked_form({"mood": value}).mood, str)
