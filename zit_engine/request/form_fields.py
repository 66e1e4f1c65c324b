"""The fields of the form that writes a prompt, what each offers, and its templates filled in.

Comes in: raw fields of a page or a command line. Goes out: a checked Form, Choices. Which sentence
is made of them is not known here.
"""

import functools
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from zit_engine.errors import InvalidRequest
from zit_engine.request.compose import has_hangul
from zit_engine.request.particles import Word
from zit_engine.request.trades import Pair, find_trade, load_trades

_TABLE = Path(__file__).with_name("forms.toml")
FIELDS = ("trade", "product", "mood", "occasion", "background")
# Punctuation of our own follows; the owner's last comma or full stop would stand beside it.
_EDGES = " \t\r\n,.;/\u00b7\u3001\u3002\uff0c"
_BETWEEN_PRODUCTS = re.compile("[,;\u3001\uff0c]+")


@dataclass(frozen=True, slots=True)
class Form:
    """The fields as typed; "" for one left empty. `trade` is an id."""

    trade: str = ""
    product: str = ""
    mood: str = ""
    occasion: str = ""
    background: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to choose. `words` stand in the sentence for its name; `pocket_object` and
    `pocket_backdrop` say the same to a model with a fixed set of subjects."""

    name: Pair
    words: Pair
    pocket_object: Pair | None = None
    pocket_backdrop: Pair | None = None


@functools.cache
def table() -> dict[str, Any]:
    """forms.toml as it is."""
    return tomllib.loads(_TABLE.read_text(encoding="utf-8"))


@functools.cache
def load_choices(pocket: bool) -> Mapping[str, tuple[Choice, ...]]:
    """What the fields mood, occasion and background offer."""
    background = "pocket_background" if pocket else "background"
    rows = {"mood": "mood", "occasion": "occasion", "background": background}
    return MappingProxyType(
        {field: tuple(_choice(row) for row in table()[name]) for field, name in rows.items()}
    )


def _choice(row: Mapping[str, list[str]]) -> Choice:
    said = {key: Pair(*row[key]) for key in ("pocket_object", "pocket_backdrop") if key in row}
    return Choice(Pair(*row["name"]), Pair(*row.get("words", row["name"])), **said)


def checked_form(fields: Mapping[str, object]) -> Form:
    """The form `fields` hold; others are left out. Raises InvalidRequest naming the field."""
    values = {name: _typed(name, fields.get(name, "")) for name in FIELDS}
    trade = find_trade(values["trade"])
    return Form(**{**values, "trade": trade.id if trade else ""})


def _typed(name: str, value: object) -> str:
    text = " ".join(str(value or "").split()).strip(_EDGES)
    limits = table()["longest"]
    limit = limits.get(name, max(limits.values()))
    if len(text) > limit:
        raise InvalidRequest(name, "words.field_long", chars=len(text), limit=limit)
    return text


def language_of(form: Form) -> str:
    """Korean when anything typed is, or nothing is typed at all."""
    typed = [text for name, text in asdict(form).items() if name != "trade" and text]
    return "ko" if not typed or any(has_hangul(text) for text in typed) else "en"


def chosen(form: Form, field: str, pocket: bool = False) -> Choice | None:
    """The choice whose name, in either language, stands in `field`."""
    text = getattr(form, field).casefold()
    offers = load_choices(pocket)[field]
    return next((c for c in offers if text in (c.name.ko.casefold(), c.name.en.casefold())), None)


def products(form: Form, lang: str) -> list[str]:
    """The products one by one, each once; those a trade offers in the language asked for."""
    typed = (part.strip(_EDGES) for part in _BETWEEN_PRODUCTS.split(form.product))
    return list(dict.fromkeys(_translated(part, lang) for part in typed if part))


def _translated(product: str, lang: str) -> str:
    pair = _products().get(product.casefold())
    return pair.said(lang) if pair else product


@functools.cache
def _products() -> Mapping[str, Pair]:
    offered = [
        pair
        for trade in load_trades().values()
        for pair in (*trade.products, *trade.pocket_products)
    ]
    # The first wins where two trades call different things alike.
    return {name.casefold(): pair for pair in reversed(offered) for name in pair}


def joined(parts: Iterable[str], lang: str) -> str:
    """ "a, b and c" in `lang`; "" of nothing."""
    *most, last = [part for part in parts if part] or [""]
    text = ""
    for part in most:
        text = filled("comma", lang, so_far=text, next=part) if text else part
    return filled("last", lang, so_far=text, next=last) if text else last


def filled(name: str, lang: str, **values: str) -> str:
    """The template `name` of `lang` with `values`, each with the particle it asks for."""
    template: str = table()[lang][name]
    return template.format(**{key: Word(value) for key, value in values.items()})
