"""Text in the page is always escaped, in both languages, and labels follow the language."""

from zit_engine.web.markup import both, escape, in_both, labelled_text, shape_icon

NASTY = '<img src=x onerror="alert(1)">${alert(2)}`{{this}}'


def test_text_cannot_become_markup() -> None:
    assert "<" not in escape(NASTY)
    assert '"' not in escape(NASTY)
    assert "<img" not in in_both(NASTY, NASTY + "!")
    assert "<img" not in labelled_text("alt", NASTY, NASTY)


def test_both_languages_are_there_and_marked() -> None:
    markup = both("make.go")
    assert 'lang="ko">그림 만들기<' in markup
    assert 'lang="en">Make pictures<' in markup


def test_a_text_alike_in_both_languages_is_there_once() -> None:
    assert in_both("LP", "LP") == "LP"


def test_icon_keeps_the_ratio_and_stays_visible() -> None:
    wide = shape_icon(1029, 258)
    assert 'width="20.0"' in wide
    assert 'height="5.0"' in wide
    assert 'height="4.0"' in shape_icon(4000, 10)
