"""What this program paints for nobody: sexual, hateful, of real people, of counterfeits.

Comes in: a checked prompt, lists of words as data. Goes out: nothing, or a refusal that names the
word and what to write instead. It judges words, not pictures, and knows no person.
"""

import functools
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zit_engine.errors import InvalidRequest, SettingsError

_SHIPPED = Path(__file__).with_name("policy.toml")
_MESSAGES = {
    "sexual": "refuse.sexual",
    "abusive": "refuse.abusive",
    "person": "refuse.person",
    "counterfeit": "refuse.counterfeit",
}
_NOT_LETTERS = re.compile(r"[^\w]+|_+")
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
# A name and a sign of copying this many letters apart speak of each other.
_NEAR = 16


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind. `words`: whole ones; `anywhere`: inside others too; `fine`: looked away from
    first; `names` and `signs`: refused when near each other."""

    kind: str
    words: frozenset[str]
    anywhere: tuple[str, ...]
    fine: tuple[str, ...]
    names: tuple[str, ...]
    signs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """`endings`: what a Korean noun may carry behind it."""

    rules: tuple[Rule, ...]
    endings: tuple[str, ...]

    def check(self, prompt: str) -> None:
        """Raises InvalidRequest with the kind's sentence and the word found."""
        said = _plain(prompt)
        for rule in self.rules:
            found = self._found(rule, said)
            if found is not None:
                raise InvalidRequest("prompt", _MESSAGES[rule.kind], word=found)

    def _found(self, rule: Rule, said: str) -> str | None:
        text = f" {said} "
        for phrase in rule.fine:
            text = _without(text, phrase)
        for read in (text, _together(text)):
            word = next((part for part in rule.anywhere if part in read), None)
            word = word or self._word(rule, read) or _pair(rule, read)
            if word is not None:
                return word.strip()
        return None

    def _word(self, rule: Rule, text: str) -> str | None:
        for token in text.split():
            if token in rule.words:
                return token
            # Particles come one behind the other, but two are all an advert has.
            for stem in self._stems(token):
                if stem in rule.words or any(s in rule.words for s in self._stems(stem)):
                    return stem
        return None

    def _stems(self, token: str) -> list[str]:
        if not _HANGUL.search(token[-1:]):
            return [token[:-1]] if token.endswith("s") else []
        return [token[: -len(end)] for end in self.endings if token.endswith(end) and token != end]


@functools.cache
def load_policy(own: str = "") -> Policy:
    """The shipped lists, with those of the file `own` added. Raises SettingsError for a file that
    is missing or not of that form."""
    shipped = tomllib.loads(_SHIPPED.read_text(encoding="utf-8"))
    more: Mapping[str, Any] = {}
    if own:
        try:
            more = tomllib.loads(Path(own).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise SettingsError("refuse.file", file=own, detail=str(error)) from error
        wrong = [name for name in more if name not in _MESSAGES or not _is_rule(more[name])]
        if wrong:
            raise SettingsError("refuse.file", file=own, detail=f"wrong: {', '.join(wrong)}")
    rules = tuple(_rule(kind, shipped[kind], more.get(kind, {})) for kind in _MESSAGES)
    return Policy(rules, tuple(shipped["endings"]))


def _is_rule(table: object) -> bool:
    return isinstance(table, dict) and all(
        _is_rule(part) if name == "pairs" else isinstance(part, list)
        for name, part in table.items()
    )


def _rule(kind: str, shipped: Mapping[str, Any], more: Mapping[str, Any]) -> Rule:
    def both(name: str) -> tuple[str, ...]:
        found = [*_listed(shipped, name), *_listed(more, name)]
        return tuple(dict.fromkeys(_plain(word) for word in found))

    # The longest first: «nude lipsticks» must not leave its last letter behind.
    fine = tuple(sorted(both("fine"), key=len, reverse=True))
    names, signs = (
        tuple(_plain(w) for each in (shipped, more) for w in _listed(each.get("pairs", {}), part))
        for part in ("names", "signs")
    )
    return Rule(kind, frozenset(both("words")), both("anywhere"), fine, names, signs)


def _listed(table: Mapping[str, Any], name: str) -> list[str]:
    return [str(word) for word in table.get(name, ())]


def _plain(text: str) -> str:
    """Small letters and digits with single spaces between words; wide and joined forms are one."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    visible = "".join(c for c in folded if unicodedata.category(c) != "Cf")
    return _NOT_LETTERS.sub(" ", visible).strip()


def _without(text: str, phrase: str) -> str:
    """`text` without whole words that begin with `phrase`; Korean particles may follow it."""
    if _HANGUL.search(phrase[-1:]):
        return text.replace(f" {phrase}", " ")
    return text.replace(f" {phrase} ", "  ").replace(f" {phrase}s ", "  ")


def _together(text: str) -> str:
    """Letters that stand alone, one after another, as one word: «s e x» is a word set apart."""
    return re.sub(r"(?<=\b\w) (?=\w\b)", "", " ".join(text.split()))


def _pair(rule: Rule, text: str) -> str | None:
    for name in rule.names:
        at = text.find(name)
        if at < 0:
            continue
        around = text[max(0, at - _NEAR) : at + len(name) + _NEAR]
        for sign in rule.signs:
            if re.search(rf"(?<![a-z]){re.escape(sign)}(?![a-z])", around.replace(name, " ")):
                return f"{name} {sign}"
    return None
