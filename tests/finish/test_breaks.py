"""Where a Korean line may end."""

import pytest

from zit_engine.finish.breaks import counted, leans, pieces


def whole(word: str) -> bool:
    """No word is too wide."""
    return False


def stretches(text: str, is_too_wide=whole) -> list[str]:
    """The text cut at every place where a line may end."""
    found: list[str] = []
    for piece in pieces(text, is_too_wide):
        if piece.may_start or not found:
            found.append(piece.text)
        else:
            found[-1] += (" " if piece.space else "") + piece.text
    return found


@pytest.mark.parametrize(
    "text, parts",
    [
        ("오늘 구운 크루아상", ["오늘", "구운", "크루아상"]),
        ("매일 오전 10시 오픈", ["매일", "오전 10시", "오픈"]),
        ("오전 10시 ~ 오후 10시", ["오전 10시 ~", "오후 10시"]),
        ("10:00 ~ 22:00 영업", ["10:00 ~ 22:00", "영업"]),
        ("2 + 1 행사", ["2 + 1", "행사"]),
        ("라떼 + 쿠키", ["라떼", "+", "쿠키"]),
        ("커피 4,500 원 부터", ["커피", "4,500 원 부터"]),
        ("전 메뉴 50 % 할인", ["전", "메뉴", "50 %", "할인"]),
        ("단돈 ₩4,500", ["단돈 ₩4,500"]),
        ("3월 1일 부터", ["3월 1일 부터"]),
        ("선착순 10 개 한정", ["선착순", "10 개", "한정"]),
        ("10 개나리", ["10", "개나리"]),
        ("문의 010 1234 5678 예약", ["문의", "010 1234 5678", "예약"]),
        ("(02) 123 4567 전화", ["(02) 123 4567", "전화"]),
        ("1588 1234 주문", ["1588 1234", "주문"]),
        ("신메뉴 ( 딸기 라떼 ) 출시 !", ["신메뉴", "( 딸기", "라떼 )", "출시 !"]),
        ("꽃집 「 봄 」 · 카페", ["꽃집", "「 봄 」 ·", "카페"]),
        ("- 라떼 한 잔", ["- 라떼", "한", "잔"]),
        ("오늘\u00a0하루 특가", ["오늘\u00a0하루", "특가"]),
    ],
)
def test_words_that_belong_together_stay_together(text: str, parts: list[str]) -> None:
    assert stretches(text) == parts


@pytest.mark.parametrize(
    "word, parts",
    [
        ("초대박할인", ["초대", "박", "할인"]),
        ("가나다", ["가나다"]),
        ("오픈기념(할인)!", ["오픈", "기", "념", "(할인)!"]),
        ("딸기4,500원행사", ["딸기", "4,500원", "행사"]),
        ("특가4,500원행사", ["특가4,500원", "행사"]),
        ("오전10시부터영업", ["오전10시부터", "영업"]),
        ("www.longaddress.com", ["www.longaddress.com"]),
        ("010-1234-5678", ["010-1234-5678"]),
        ("딸기👨‍👩‍👧라떼", ["딸기", "👨‍👩‍👧", "라떼"]),
    ],
)
def test_a_word_too_wide_is_cut_between_syllables_only(word: str, parts: list[str]) -> None:
    assert stretches(word, lambda _: True) == parts


def test_letters_are_counted_without_punctuation() -> None:
    assert [counted(text) for text in ("봄!", "(봄)", "봄날", "👨‍👩‍👧", "5%", "…")] == [
        1,
        1,
        2,
        1,
        1,
        0,
    ]


def test_small_words_lean_on_the_next() -> None:
    assert leans("오늘 전")
    assert leans("봄")
    assert not leans("오늘 봄")
