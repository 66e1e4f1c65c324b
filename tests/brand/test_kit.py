"""A shop's look is checked where it is typed; what is kept can later be set on a picture."""

import unicodedata

import pytest

from zit_engine.brand.kit import MAX_NAME_CHARS, BrandKit, checked_kit
from zit_engine.errors import InvalidRequest
from zit_engine.messages import explain
from zit_engine.request.lettering import LIMITS, checked_lettering

GOOD = {
    "name": "  햇살  카페 ",
    "contact": "02-123-4567 · 10:00~22:00",
    "colour": "#E4572E",
    "accent": "",
    "link": "https://example.com/menu",
    "label": "top-left",
}


def test_a_usual_kit():
    assert checked_kit(GOOD) == BrandKit(
        "햇살 카페",
        "02-123-4567 · 10:00~22:00",
        "#e4572e",
        "",
        "https://example.com/menu",
        "top-left",
    )
    assert checked_kit(checked_kit(GOOD).as_fields()) == checked_kit(GOOD)


def test_everything_may_be_empty():
    assert checked_kit({}) == checked_kit(dict.fromkeys(GOOD)) == BrandKit()
    assert checked_kit({"name": " \u3164 ", "logo": True, "other": 1}) == BrandKit()
    assert checked_kit({"label": "none"}).label == "none"


def test_decomposed_hangul_is_composed():
    assert checked_kit({"name": unicodedata.normalize("NFD", "꽃집")}).name == "꽃집"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "가" * (MAX_NAME_CHARS + 1)),
        ("name", "가" * 10_000_000),
        ("name", "카페\u202e"),
        ("name", "카페\x07"),
        ("name", "\ud800"),
        ("name", 3),
        ("name", ["카페"]),
        ("contact", "0" * (LIMITS["contact"] + 1)),
        ("contact", "\x00"),
        ("colour", "red"),
        ("colour", "#fff"),
        ("accent", "#12345g"),
        ("accent", 0xFFFFFF),
        ("link", "x" * (LIMITS["qr"] + 1)),
        ("link", {}),
        ("label", "middle"),
    ],
)
def test_an_unusable_field_is_named_in_both_languages(field, value):
    with pytest.raises(InvalidRequest) as caught:
        checked_kit({**GOOD, field: value})
    assert caught.value.field == field
    assert explain(caught.value, "ko") != explain(caught.value, "en")


@pytest.mark.parametrize("fields", [None, [], "name", 3])
def test_anything_but_fields_is_refused(fields):
    with pytest.raises(InvalidRequest):
        checked_kit(fields)


def test_what_was_kept_can_be_set():
    kit = checked_kit(GOOD)
    fields = {"contact": kit.contact, "qr": kit.link, "colour": kit.colour, "label": kit.label}
    lettering = checked_lettering(fields, templates=(), fonts=())
    assert (lettering.contact, lettering.qr) == (kit.contact, kit.link)
