"""Help with the words on the make tab: refine, trades with examples, a form that writes the text.

Components only, no events. Lists that would fill the page with hidden buttons (examples, products)
go along as data and are drawn when asked for.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

import gradio as gr

from zit_engine.request.form_fields import load_choices, table
from zit_engine.request.trades import Pair, Trade, load_trade_groups, load_trades
from zit_engine.web.markup import both, escape, in_both, labelled, labelled_text

# Fields people fill in, with the sentence that names each.
_FIELDS = (
    ("product", "words.product"),
    ("mood", "words.mood"),
    ("occasion", "words.occasion"),
    ("background", "words.background"),
)


@dataclass(frozen=True, slots=True)
class Words:
    """`tools` and `form` take {"text", "told", "turn"}: what to write, what to say, which press."""

    tools: gr.HTML
    form: gr.HTML


def refine_tools() -> gr.HTML:
    """«Refine» and «Undo» below the text, and a line that says what was done."""
    markup = (
        f'<div class="refine"><button type="button" class="polish">{both("words.polish")}</button>'
        f'<button type="button" class="undo" disabled>{both("words.undo")}</button>'
        '<p class="told" aria-live="polite"></p>'
        f"<template>{both('words.polish_empty')}</template></div>"
    )
    return _part(markup, "zitWords.tools(element, props, trigger, watch); /* 'polish' */", "refine")


def trade_chips(pocket: bool) -> gr.HTML:
    """A row of the commonest trades, all of them behind «all», examples of the chosen one."""
    trades = load_trades().values()
    common = "".join(_chip(trade) for trade in trades if trade.common)
    groups = "".join(
        f'<div class="trade-group"><h4>{in_both(group.ko, group.en)}</h4><div class="chips">'
        f"{''.join(_chip(trade) for trade in trades if trade.group == group.id)}</div></div>"
        for group in load_trade_groups().values()
    )
    markup = (
        f'<div class="trade-row" data-trades="{escape(_as_data(trades, pocket))}">'
        f'<div class="chips scroll" role="group" {labelled("aria-label", "make.trades")}>'
        f"{common}</div>"
        '<button type="button" class="chip every" aria-expanded="false" '
        f'aria-controls="every-trade" {labelled("aria-label", "words.all_trades")}>'
        f'<span aria-hidden="true">＋ {both("words.all")}</span></button></div>'
        '<div id="every-trade" hidden>'
        f'<label class="word-field"><span>{both("words.find")}</span>'
        f'<input type="search" autocomplete="off" maxlength="40"></label>{groups}'
        f'<p class="note none" hidden>{both("words.none_found")}</p></div>'
        '<div class="chips examples"></div>'
    )
    return _part(markup, "zitWords.chips(element);", "chips")


def words_form(pocket: bool) -> gr.HTML:
    """The form mode: five fields, the sentence they make, and the button that takes it."""
    fields = "".join(
        _field(name, message_id, _offered(name, pocket)) for name, message_id in _FIELDS
    )
    markup = (
        f'<details class="more words-form"><summary>{both("words.form")}</summary>'
        f"{_trade_field()}{fields}"
        f'<p class="preview-title">{both("words.preview")}</p>'
        f'<div class="preview" aria-live="polite"><p class="empty-text">'
        f"{both('words.preview_empty')}</p></div>"
        f'<button type="button" class="use" disabled>{both("words.use")}</button></details>'
    )
    return _part(
        markup, "zitWords.form(element, props, trigger, watch); /* 'preview' */", "words-form"
    )


def _part(markup: str, script: str, elem_id: str) -> gr.HTML:
    return gr.HTML(
        None,
        html_template="${markup}",
        markup=markup,
        js_on_load=script,
        apply_default_css=False,
        elem_id=elem_id,
    )


def _as_data(trades: Iterable[Trade], pocket: bool) -> str:
    """What the browser draws when a trade is chosen, and searches: {id: [examples, products]}."""
    return json.dumps(
        {t.id: [t.examples_for(pocket), t.products_for(pocket)] for t in trades},
        ensure_ascii=False,
        separators=(",", ":"),
    )


def _chip(trade: Trade) -> str:
    return (
        '<button type="button" class="chip trade" aria-pressed="false" '
        f'data-trade="{trade.id}">{in_both(trade.ko, trade.en)}</button>'
    )


def _trade_field() -> str:
    # Options hold text only: each carries both languages and shows the one of the page.
    groups = "".join(
        f"<optgroup {labelled_text('label', group.ko, group.en)}>"
        + "".join(
            f'<option value="{trade.id}" {labelled_text("label", trade.ko, trade.en)}></option>'
            for trade in load_trades().values()
            if trade.group == group.id
        )
        + "</optgroup>"
        for group in load_trade_groups().values()
    )
    return (
        f'<label class="word-field"><span>{both("words.trade")}</span><select data-field="trade">'
        f'<option value="" {labelled("label", "words.choose")}></option>{groups}</select></label>'
    )


def _offered(field: str, pocket: bool) -> list[Pair]:
    """The field's choices; products depend on the trade and are drawn by the browser."""
    return [choice.name for choice in load_choices(pocket).get(field, ())]


def _field(name: str, message_id: str, offered: Iterable[Pair]) -> str:
    chips = "".join(
        f'<button type="button" class="chip offer" aria-pressed="false" '
        f'data-ko="{escape(pair.ko)}" data-en="{escape(pair.en)}">'
        f"{in_both(pair.ko, pair.en)}</button>"
        for pair in offered
    )
    longest = table()["longest"][name]
    return (
        f'<div class="word-field"><label for="word-{name}">{both(message_id)}</label>'
        f'<div class="word-row"><input id="word-{name}" data-field="{name}" autocomplete="off" '
        f'maxlength="{longest}" {labelled("placeholder", "words.own")}>'
        f'<div class="chips scroll offers" data-for="{name}" role="group" '
        f"{labelled('aria-label', 'words.offers')}>{chips}</div></div></div>"
    )
