"""The help with the words in markup: both languages, whole data, nothing of the other model."""

import html
import json
import re

import pytest

from zit_engine.request.trades import load_trades
from zit_engine.web.words import refine_tools, trade_chips, words_form


def markup(part) -> str:
    return part.props["markup"]


def data_of(pocket: bool) -> dict:
    found = re.search(r'data-trades="([^"]*)"', markup(trade_chips(pocket)))
    assert found
    return json.loads(html.unescape(found.group(1)))


@pytest.mark.parametrize("pocket", [True, False])
def test_each_trade_comes_with_its_examples_and_products(pocket):
    data = data_of(pocket)
    assert list(data) == list(load_trades())
    for trade in load_trades().values():
        examples, products = data[trade.id]
        assert [tuple(pair) for pair in examples] == list(trade.examples_for(pocket))
        assert [tuple(pair) for pair in products] == list(trade.products_for(pocket))


def test_every_trade_can_be_chosen_and_the_common_ones_stand_in_the_row():
    row, every = markup(trade_chips(True)).split('id="every-trade"')
    shown = re.findall(r'data-trade="([a-z]+)"', row)
    assert shown == [trade.id for trade in load_trades().values() if trade.common]
    assert sorted(re.findall(r'data-trade="([a-z]+)"', every)) == sorted(load_trades())
    options = re.findall(r'<option value="([a-z]+)"', markup(words_form(True)))
    assert sorted(options) == sorted(load_trades())


@pytest.mark.parametrize("part", [refine_tools(), trade_chips(False), words_form(False)])
def test_whatever_is_said_is_said_in_both_languages(part):
    text = markup(part)
    assert text.count('lang="ko"') == text.count('lang="en"') > 0


def test_every_input_has_a_name():
    form = markup(words_form(False))
    for field in ("product", "mood", "occasion", "background"):
        assert f'<label for="word-{field}">' in form and f'id="word-{field}"' in form
    assert form.count("maxlength") == 4


def test_the_form_offers_each_model_its_own_backgrounds():
    assert "한옥" in markup(words_form(False)) and "한옥" not in markup(words_form(True))
    assert "받침대" in markup(words_form(True))
