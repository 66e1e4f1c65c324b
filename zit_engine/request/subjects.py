"""What a model with a fixed set of subjects knows, and what is near a word it does not know.

Comes in: a vocabulary file beside such a model. Goes out: whether a prompt names a known subject,
and prompts that surely work. Models without such a file have no Vocabulary.
"""

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from zit_engine.request.trades import load_trades

# Hangul words carry particles, so Korean names are searched inside the text; Latin words
# are compared whole, with a plural s.
_LATIN_WORD = re.compile(r"[a-z]+(?:['’-][a-z]+)*")
_KOREAN_WORD = re.compile("[\uac00-\ud7a3]+")
# eul reul i ga eun neun gwa wa rang do ui e: what may hang behind a noun.
_PARTICLES = "\uc744\ub97c\uc774\uac00\uc740\ub294\uacfc\uc640\ub791\ub3c4\uc758\uc5d0"
# Below this likeness (difflib ratio) a suggestion would look random.
_LIKENESS = 0.66
# Searching one word costs some milliseconds; a suggestion never needs a whole page of them.
_MOST_WORDS = 12


class Vocabulary:
    """`names`: subject id -> (Korean names, English names), best first. `prompts`: (ko, en)."""

    def __init__(
        self,
        names: Mapping[str, tuple[Sequence[str], Sequence[str]]],
        whole_words: frozenset[str],
        prompts: Sequence[tuple[str, str]],
    ):
        self._names = names
        self._whole_words = whole_words
        self._prompts = prompts
        self._korean = {name for korean, _ in names.values() for name in korean} - whole_words
        self._english = {name for _, english in names.values() for name in english}
        self._pool = {
            name: subject
            for subject, (korean, english) in names.items()
            for name in (*korean[:2], *english[:2])
        }

    def knows(self, prompt: str) -> bool:
        """True when `prompt` names at least one subject."""
        text = prompt.lower()
        if any(name in text for name in self._korean):
            return True
        words = {word.rstrip(_PARTICLES) or word for word in _KOREAN_WORD.findall(text)}
        if words & self._whole_words or set(_KOREAN_WORD.findall(text)) & self._whole_words:
            return True
        latin = " " + " ".join(_LATIN_WORD.findall(text)) + " "
        return any(
            f" {name} " in latin or f" {name}s " in latin or f" {name}es " in latin
            for name in self._english
        )

    def near(self, prompt: str, count: int = 4) -> list[tuple[str, str]]:
        """`count` prompts (Korean, English) that work: subjects written alike first."""
        words = _KOREAN_WORD.findall(prompt) + _LATIN_WORD.findall(prompt.lower())
        words = list(dict.fromkeys(words))[:_MOST_WORDS]
        found: list[tuple[str, str]] = []
        for word in words:
            for subject in self._alike(word):
                pair = self._names[subject]
                if pair[0] and pair[1]:
                    found.append((pair[0][0], pair[1][0]))
        found += list(self._prompts)
        return list(dict.fromkeys(found))[:count]

    def _alike(self, word: str) -> list[str]:
        names = difflib.get_close_matches(word, list(self._pool), n=2, cutoff=_LIKENESS)
        return [self._pool[name] for name in names]


def load_vocabulary(folder: Path) -> Vocabulary:
    """The vocabulary of the model in `folder` (subjects.json); its prompts are the trades' own."""
    table = json.loads((folder / "subjects.json").read_text(encoding="utf-8"))
    names, whole = {}, set()
    for subject in table["subjects"]:
        korean = [*subject.get("ko", []), *subject.get("ko_whole", [])]
        whole.update(subject.get("ko_whole", []))
        names[str(subject["id"])] = (korean, subject.get("en", []))
    prompts = [trade.pocket_examples[0] for trade in load_trades().values()]
    return Vocabulary(names, frozenset(whole), prompts)
