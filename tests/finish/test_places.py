"""Who gives way where there is not room for all."""

import pytest

from tests.finish.type_trials import logo, picture
from zit_engine.errors import InvalidRequest
from zit_engine.finish.layouts import load_layouts
from zit_engine.finish.typography import set_type
from zit_engine.request.lettering import CORNERS, Lettering

WORDS = {
    "headline": "New menu in October",
    "subline": "Roasted every morning at six",
    "price": "4,500",
    "contact": "02-123-4567 daily 10:00-22:00",
}


def setting_on(size, **fields):
    lettering = Lettering(**{**WORDS, "logo": True, "qr": "https://a.example", **fields})
    return set_type(picture("white", *size), lettering, (0, 0, 0, 0), logo())


@pytest.mark.parametrize("template", load_layouts())
@pytest.mark.parametrize("label", CORNERS)
def test_on_a_post_all_have_room_wherever_the_mark_stands(template, label):
    setting = setting_on((1080, 1350), template=template, label=label)
    assert setting.dropped == ()
    assert len(setting.boxes) == 7


def test_the_qr_code_goes_first_and_the_headline_never():
    dropped = []
    for side in (400, 300, 220, 170, 140):
        try:
            setting = setting_on((side, side), template="strip")
        except InvalidRequest as refused:
            assert refused.field in ("headline", "price")
            break
        dropped.append(setting.dropped)
        assert "headline" in {box.kind for box in setting.boxes}
    assert [len(gone) for gone in dropped] == sorted(len(gone) for gone in dropped)
    assert all(gone[0] == "qr" for gone in dropped if gone)
    assert dropped[-1]


@pytest.mark.parametrize("size", [(1029, 258), (348, 230), (140, 140), (64, 64), (300, 40)])
@pytest.mark.parametrize("template", load_layouts())
def test_nothing_ever_leaves_the_picture(template, size):
    """However small it is: what has no room is told."""
    lettering = Lettering(template=template, logo=True, qr="https://a.example")
    setting = set_type(picture("white", *size), lettering, (0, 0, 0, 0), logo())
    assert {box.kind for box in setting.boxes} | set(setting.dropped) == {"logo", "qr", "label"}
    for box in setting.boxes:
        assert 0 <= box.left < box.right <= size[0] and 0 <= box.top < box.bottom <= size[1]
    if size[0] >= 140 and size[1] >= 140:
        assert "label" not in setting.dropped
