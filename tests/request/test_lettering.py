"""What people type into the fields of lettering: kept, tidied, or refused with the numbers."""

import unicodedata

import pytest

from zit_engine.errors import InvalidRequest
from zit_engine.messages import explain_both
from zit_engine.request.lettering import CORNERS, LIMITS, NO_LABEL, Lettering, checked_lettering

TEMPLATES, FONTS = ("minimal", "badge"), ("jua", "pretendard")


def checked(**fields):
    return checked_lettering(fields, templates=TEMPLATES, fonts=FONTS)


def test_nothing_typed_is_the_mark_alone():
    assert checked() == Lettering()
    assert not checked().has_words


def test_words_are_kept_in_composed_form_and_single_spaces():
    decomposed = unicodedata.normalize("NFD", "caf\u00e9 \uac00\uc744")
    kept = checked(headline=f"  {decomposed}\r\n\r\n new   menu ", subline=" a \n b ")
    assert kept.headline == "caf\u00e9 \uac00\uc744\nnew menu"
    assert kept.subline == "a b"


def test_what_nobody_would_see_is_nothing():
    assert checked(headline="\u3164 \u200b", price="   ", contact=None).has_words is False


@pytest.mark.parametrize("field", LIMITS)
def test_long_texts_are_refused_with_both_numbers(field):
    limit = LIMITS[field]
    assert getattr(checked(**{field: "a" * limit}), field) == "a" * limit
    for length in (limit + 1, 100_000):
        with pytest.raises(InvalidRequest) as refused:
            checked(**{field: "a" * length})
        assert refused.value.field == field
        assert str(limit) in explain_both(refused.value)
        assert str(length) in explain_both(refused.value)


def test_a_headline_has_three_lines_at_most():
    assert checked(headline="a\nb\nc").headline == "a\nb\nc"
    with pytest.raises(InvalidRequest) as refused:
        checked(headline="a\nb\nc\nd")
    assert "4" in explain_both(refused.value)


@pytest.mark.parametrize("letter", ["\u202e", "\x00", "\x1b", "\ud800", "\u2066"])
@pytest.mark.parametrize("field", LIMITS)
def test_letters_that_turn_or_break_lines_are_named(field, letter):
    with pytest.raises(InvalidRequest) as refused:
        checked(**{field: f"a{letter}b"})
    assert refused.value.field == field
    assert f"U+{ord(letter):04X}" in explain_both(refused.value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("headline", 5),
        ("headline", ["a"]),
        ("template", "unknown"),
        ("template", ["badge"]),
        ("font", "comic"),
        ("colour", "red"),
        ("colour", "#fff"),
        ("colour", "#12345g"),
        ("accent", "rgba(1, 2, 3, 1)"),
        ("accent", 7),
        ("logo", "yes"),
        ("logo", 1),
        ("label", "middle"),
        ("label", 3),
    ],
)
def test_what_cannot_be_used_is_refused_by_its_field(field, value):
    with pytest.raises(InvalidRequest) as refused:
        checked(**{field: value})
    assert refused.value.field == field
    assert explain_both(refused.value)


def test_fields_that_are_no_table_are_refused():
    with pytest.raises(InvalidRequest):
        checked_lettering(["a"], templates=TEMPLATES, fonts=FONTS)


def test_colours_and_choices_are_kept():
    kept = checked(colour=" #E4572E ", accent="", template="badge", font="jua", logo=True, qr="x")
    assert (kept.colour, kept.accent, kept.template) == ("#e4572e", "", "badge")
    assert (kept.font, kept.logo, kept.qr) == ("jua", True, "x")


@pytest.mark.parametrize("label", [*CORNERS, NO_LABEL])
def test_the_mark_stands_where_it_is_put(label):
    assert checked(label=label).label == label


def test_what_is_kept_reads_back_the_same():
    typed = checked(headline="a\nb", price="1", colour="#000000", label="none", other="dropped")
    assert checked(**typed.as_fields()) == typed
