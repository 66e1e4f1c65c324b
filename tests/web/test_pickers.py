"""A style that the running model has no file for is shown closed, with the model that has one."""

from __future__ import annotations

import pytest

from tests.fake_engine import FakeEngine
from zit_engine.settings import ROOT
from zit_engine.styles.catalogue import load_catalogue
from zit_engine.web.pickers import style_picker


def _card(base: str, style: str) -> str:
    catalogue = load_catalogue(ROOT / "style_loras")
    markup = style_picker(catalogue, FakeEngine(base=base).facts, "style").props["markup"]
    return next(card for card in markup.split("<button") if f'data-id="{style}"' in card)


@pytest.mark.parametrize(
    ("base", "style", "said"),
    [
        ("pocket", "yarn-craft", "실제 모델에서만"),
        ("z-image-turbo", "paper-cut-out", "꼬마 모델에서만"),
    ],
)
def test_a_closed_style_says_which_model_has_it(base: str, style: str, said: str) -> None:
    card = _card(base, style)
    assert 'aria-disabled="true"' in card and said in card


def test_an_open_style_says_nothing() -> None:
    assert "모델에서만" not in _card("pocket", "paper-cut-out")
