"""Where a Korean line may end: words in pieces, each saying whether a line may end before it.

Comes in: a paragraph and breaks.toml beside this file. Goes out: pieces. It knows nothing of
widths; which words are too wide for a line it is told.
"""

import functools
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zit_engine.finish.clusters import clusters, is_counted, visible

_TABLE = Path(__file__).with_name("breaks.toml")
# 010 1234 5678, (02) 123-4567, +82 10 1234 5678, 1588 1234.
_PHONE = re.compile(
    r"(?<![\d-])(?:(?:\+82[ .-]?)?\(?0?\d{1,2}\)?[ .-]?\d{3,4}|1[568]\d\d)[ .-]\d{4}(?![\d-])"
)
# No-break spaces are not among them.
_SPACES = re.compile("[ \t\u1680\u2000-\u2006\u2008-\u200a\u205f\u3000]+")
_NUMBER_START = re.compile(r"[₩￦$€¥£+\-]?\d")
_NUMBER_END = re.compile(r"\d[)\]]?$")
_SIGN_BETWEEN = re.compile(r"[-–—+×xX*/=:~～〜·&]")


@dataclass(frozen=True, slots=True)
class Piece:
    """`space`: stands apart from the piece before it; `may_start`: a line may start with it."""

    text: str
    space: bool
    may_start: bool


def pieces(paragraph: str, is_too_wide: Callable[[str], bool]) -> list[Piece]:
    """The words in order, those too wide for a line cut between their syllables."""
    words = _SPACES.split(paragraph.strip())
    phones = _spaces_in_phones(words)
    found: list[Piece] = []
    for index, word in enumerate(words):
        may_start = not (index in phones or (index > 0 and _belong(words, index)))
        parts = _cut(word) if is_too_wide(word) else [word]
        found.append(Piece(parts[0], index > 0, may_start))
        found += (Piece(part, False, True) for part in parts[1:])
    return found


def counted(text: str) -> int:
    """How many letters, digits and pictures are to be seen, punctuation left out."""
    return sum(is_counted(cluster) for cluster in clusters(text))


def leans(text: str) -> bool:
    """Whether the last word belongs to what follows, or is one syllable alone on its line."""
    last = _SPACES.split(text)[-1]
    return last in _rules().leaning or (last == text and counted(text) < 2)


def _spaces_in_phones(words: list[str]) -> set[int]:
    """Indices of words that go on with the phone number of the word before."""
    text, starts, at = " ".join(words), [], 0
    for word in words:
        starts.append(at)
        at += len(word) + 1
    spans = [match.span() for match in _PHONE.finditer(text)]
    return {
        index
        for index, start in enumerate(starts)
        if any(first < start < last for first, last in spans)
    }


def _belong(words: list[str], index: int) -> bool:
    """Whether a word stays on the line of the word before it."""
    rules = _rules()
    last, word = words[index - 1], words[index]
    if word[0] in rules.closing or last[-1] in rules.opening:
        return True
    if index == 1 and not counted(last):
        return True  # the mark of a list
    if _NUMBER_START.match(word) and last in rules.before_number:
        return True
    if _NUMBER_END.search(last) and rules.unit_word.match(word):
        return True
    if rules.counted_end.search(
        "".join(words[max(0, index - 2) : index])
    ) and rules.ending_word.match(word):
        return True
    if rules.month_end.search(last) and rules.day_start.match(word):
        return True
    return _between_numbers(words, index) or _between_numbers(words, index - 1)


def _between_numbers(words: list[str], index: int) -> bool:
    """Whether the word is the sign of 2 + 1 or 10:00 ~ 22:00."""
    if not 0 < index < len(words) - 1 or not _SIGN_BETWEEN.fullmatch(words[index]):
        return False
    before, after = words[index - 1], words[index + 1]
    return bool(re.search(r"\d\D{0,2}$", before) and _NUMBER_START.match(after))


def _cut(word: str) -> list[str]:
    """The word in the smallest parts a line may end after."""
    signs = list(clusters(word))
    whole = _spans_kept(word)
    parts, at = [signs[0]], len(signs[0])
    for index in range(1, len(signs)):
        kept = any(first < at < last for first, last in whole)
        if not kept and _may_part(signs, index):
            parts.append(signs[index])
        else:
            parts[-1] += signs[index]
        at += len(signs[index])
    return parts


def _spans_kept(word: str) -> list[tuple[int, int]]:
    """Numbers with what hangs on them: 4,500원, 오전10시, 2+1."""
    return [match.span() for match in _rules().number.finditer(word)]


def _may_part(signs: list[str], index: int) -> bool:
    rules = _rules()
    last, sign = signs[index - 1], signs[index]
    if sum(map(is_counted, signs[:index])) < 2 or sum(map(is_counted, signs[index:])) < 2:
        return False
    if sign[0] in rules.closing + rules.joining or last[0] in rules.opening + rules.joining:
        return False
    # Latin words are not cut: there is no hyphen, and a web address must stay readable.
    return _is_wide(last) or _is_wide(sign)


def _is_wide(sign: str) -> bool:
    """Hangul, CJK and pictures, of which each stands for itself."""
    seen = visible(sign)
    return bool(seen) and is_counted(sign) and ord(seen[0]) >= 0x2190


@dataclass(frozen=True, slots=True)
class _Rules:
    closing: str
    opening: str
    joining: str
    leaning: frozenset[str]
    before_number: frozenset[str]
    unit_word: re.Pattern[str]
    counted_end: re.Pattern[str]
    ending_word: re.Pattern[str]
    month_end: re.Pattern[str]
    day_start: re.Pattern[str]
    number: re.Pattern[str]


@functools.cache
def _rules() -> _Rules:
    table: dict[str, Any] = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    units, endings = _any_of(table["units"]), _any_of(table["unit_endings"])
    before = table["before_number"]
    closing = table["closing"]
    return _Rules(
        closing=closing,
        opening=table["opening"],
        joining=table["joining"],
        leaning=frozenset(table["leaning"]),
        before_number=frozenset(before),
        unit_word=re.compile(f"{units}{endings}?[{re.escape(closing)}]*$"),
        counted_end=re.compile(rf"\d{units}$"),
        ending_word=re.compile(f"{endings}[{re.escape(closing)}]*$"),
        month_end=re.compile(rf"\d{table['month']}$"),
        day_start=re.compile(rf"\d+{table['day']}"),
        number=re.compile(rf"{_any_of(before)}?[₩￦$€¥£]?\d[\d,.:/+×~-]*(?:{units}{endings}?)?"),
    )


def _any_of(words: list[str]) -> str:
    """Longer words first, so that none is cut short by its own beginning."""
    return f"(?:{'|'.join(map(re.escape, sorted(words, key=len, reverse=True)))})"
