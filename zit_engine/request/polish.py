"""A short prompt made fuller: setting, light, composition and finish, from templates.

Comes in: the typed text, the trade and style if chosen. Goes out: the same text with words behind
it, and which. Nothing is asked of any model or host; the same text always gets the same words.
"""

import functools
import re
import tomllib
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zit_engine.request.compose import has_hangul
from zit_engine.request.trades import Pair, load_trades

_TABLE = Path(__file__).with_name("polish.toml")
# After one of these the next words need a space only.
_STOPS = (".", "!", "?", ",", ";", ":", "\u2026", "\u3002")
_LATIN = re.compile(r"[a-z0-9]+(?:['’-][a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Polished:
    """`text` is what will be sent. `added`: the aspects spoken of now, as (Korean, English);
    `told`: the id of the sentence that says what was done, or why nothing was."""

    text: str
    added: tuple[Pair, ...]
    told: str


def polish(
    text: str,
    *,
    trade: str = "",
    style: str = "",
    pocket: bool = False,
    fits: Callable[[str], bool] = lambda text: True,
) -> Polished:
    """`text` with what it does not say yet. `trade` counts where the words tell no kind of
    picture; `pocket`: only words such a model knows; `fits`: whether a text is short enough for
    the model. A long text, or one that would not fit any more, stays as it is."""
    if not text.strip():
        return Polished(text, (), "words.polish_empty")
    if len(text.strip()) > _table()["pocket_longest" if pocket else "longest"]:
        return Polished(text, (), "words.polish_long")
    aspects = [_table()["pocket"]] if pocket else _table()["aspect"]
    missing = [aspect for aspect in aspects if not _speaks_of(text, aspect)]
    if not missing:
        return Polished(text, (), "words.polish_enough")
    lang, kind = "ko" if has_hangul(text) else "en", kind_of(text, trade)
    words = [_chosen(text, aspect, _variants(aspect, kind, style)).said(lang) for aspect in missing]
    fuller = _behind(text, ", ".join(words))
    if not fits(fuller):
        return Polished(text, (), "words.polish_full")
    return Polished(fuller, tuple(Pair(*aspect["name"]) for aspect in missing), "words.polished")


def kind_of(text: str, trade: str = "") -> str:
    """The kind of picture `text` speaks of: its longest known word, else the trade's, else any."""
    found = [word for word in _kinds() if _holds(text, [word])]
    if found:
        return _kinds()[max(found, key=len)]
    known = load_trades().get(trade)
    return known.kind if known else "any"


@functools.cache
def _table() -> dict[str, Any]:
    return tomllib.loads(_TABLE.read_text(encoding="utf-8"))


@functools.cache
def _kinds() -> Mapping[str, str]:
    """Words to kinds: the products of the trades, and over them the words of polish.toml."""
    kinds = {
        name.lower(): trade.kind
        for trade in load_trades().values()
        for pair in trade.products
        for name in pair
        if len(name) > 1
    }
    for row in _table()["kind"]:
        kinds.update({word: row["id"] for word in (*row["ko"], *row["en"])})
    return kinds


def _speaks_of(text: str, aspect: Mapping[str, Sequence[str]]) -> bool:
    return _holds(text, (*aspect["ko"], *aspect["en"]))


def _holds(text: str, words: Sequence[str]) -> bool:
    """True when a Korean word stands anywhere in `text`, or an English one as whole words."""
    latin = f" {' '.join(_LATIN.findall(text.lower()))} "
    return any(word in text if has_hangul(word) else f" {word} " in latin for word in words)


def _variants(aspect: Mapping[str, Any], kind: str, style: str) -> list[Pair]:
    """What may be said of an aspect; that of the embedded model carries its own."""
    rows = aspect.get("variant")
    if rows is None:
        look = next((name for name, ids in _table()["looks"].items() if style in ids), "other")
        rows = [
            row
            for row in _table()["variant"]
            if row["aspect"] == aspect["id"] and look in row.get("looks", [look])
        ]
    return [Pair(*words) for row in rows if kind in row["kinds"] for words in row["words"]]


def _chosen(text: str, aspect: Mapping[str, Any], variants: Sequence[Pair]) -> Pair:
    """One of `variants`, always the same for the same text; crc32 is the same on every machine."""
    mixed = f"{aspect['name'][1]} {text.strip()}".encode(errors="replace")
    return variants[zlib.crc32(mixed) % len(variants)]


def _behind(text: str, words: str) -> str:
    start = text.rstrip()
    sentence = words[0].upper() + words[1:] if start[-1] in ".!?" else words
    return f"{start}{' ' if start.endswith(_STOPS) else ', '}{sentence}"
