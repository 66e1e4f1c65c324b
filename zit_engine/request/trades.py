"""Trades of small shops with their products and example prompts, in Korean and English.

Comes in: trades.toml beside this file. Goes out: frozen Trade data. It knows nothing of pages, and
of models only that one kind draws a fixed set of things (`pocket`).
"""

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from zit_engine.errors import InvalidRequest

_TABLE = Path(__file__).with_name("trades.toml")


class Pair(NamedTuple):
    """The same words in both languages."""

    ko: str
    en: str

    def said(self, lang: str) -> str:
        return self.ko if lang == "ko" else self.en


@dataclass(frozen=True, slots=True)
class TradeGroup:
    """A heading over trades."""

    id: str
    ko: str
    en: str


@dataclass(frozen=True, slots=True)
class Trade:
    """One trade. `place` is the trade inside a sentence; `kind` names the words that suit its
    pictures. `pocket_*` hold what a model with a fixed set of subjects draws recognisably."""

    id: str
    group: str
    kind: str
    ko: str
    en: str
    place: Pair
    products: tuple[Pair, ...]
    examples: tuple[Pair, ...]
    pocket_products: tuple[Pair, ...]
    pocket_examples: tuple[Pair, ...]
    common: bool = False

    def products_for(self, pocket: bool) -> tuple[Pair, ...]:
        return self.pocket_products if pocket else self.products

    def examples_for(self, pocket: bool) -> tuple[Pair, ...]:
        return self.pocket_examples if pocket else self.examples


@functools.cache
def _table() -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads(_TABLE.read_text(encoding="utf-8"))


@functools.cache
def load_trade_groups() -> Mapping[str, TradeGroup]:
    """Groups by id, in file order."""
    return MappingProxyType({row["id"]: TradeGroup(**row) for row in _table()["group"]})


@functools.cache
def load_trades() -> Mapping[str, Trade]:
    """Trades by id, in file order: the commonest first within a group."""
    return MappingProxyType({row["id"]: _trade(row) for row in _table()["trade"]})


def find_trade(name: str) -> Trade | None:
    """The trade of that id or name in either language, None for "". Raises InvalidRequest."""
    wanted = name.strip().casefold()
    if not wanted:
        return None
    for trade in load_trades().values():
        if wanted in (trade.id, trade.ko.casefold(), trade.en.casefold()):
            return trade
    known = ", ".join(load_trades())
    raise InvalidRequest("trade", "words.trade_unknown", trade=name[:40], known=known)


def pairs(rows: list[list[str]]) -> tuple[Pair, ...]:
    """[[Korean, English], ...] of a data file as Pairs."""
    return tuple(Pair(*row) for row in rows)


def _trade(row: dict[str, Any]) -> Trade:
    read = {
        name: Pair(*value) if name == "place" else pairs(value)
        for name, value in row.items()
        if isinstance(value, list)
    }
    return Trade(**{**row, **read})
