"""The 200 fixed prompts, with what must be seen in a picture of each.

In: prompts.json beside this file (none of them can come out of the caption writer). Out: Prompt
records, and which concepts count as an asked word. Knows nothing of pictures.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from zit_engine.pocket.concepts import Concept

PROMPTS_FILE = Path(__file__).with_name("prompts.json")
SHOP = "shop-"  # how the codes of the drawn shop subjects begin


@dataclass(frozen=True)
class Asked:
    """One asked subject: its word in the prompt, its concept's code, how many, which colour."""

    code: str
    word: str
    count: int
    colour: str | None


@dataclass(frozen=True)
class Prompt:
    """A prompt; backdrop and colours by their names in the recipe. `second` may be unsaid."""

    text: str
    language: str
    subjects: tuple[Asked, ...]
    backdrop: str
    first: str
    second: str | None

    @property
    def count(self) -> int:
        return sum(each.count for each in self.subjects)

    @property
    def groups(self) -> tuple[str, ...]:
        """The rows of the results that this prompt counts in."""
        many = "several" if self.count > len(self.subjects) else "one"
        shop = any(each.code.startswith(SHOP) for each in self.subjects)
        return (
            "all", self.language, "pair" if len(self.subjects) > 1 else many,
            "drawn" if shop else "emoji", f"backdrop {self.backdrop}",
        )  # fmt: skip


def load_prompts(file: Path = PROMPTS_FILE) -> list[Prompt]:
    rows = json.loads(file.read_text(encoding="utf-8"))["prompts"]
    return [_prompt(row) for row in rows]


def _prompt(row: dict) -> Prompt:
    subjects = (
        Asked(each["code"], each["word"], each["count"], each.get("colour"))
        for each in row["subjects"]
    )
    return Prompt(
        row["text"], row["language"], tuple(subjects), row["backdrop"], row["first"],
        row.get("second"),
    )  # fmt: skip


def spread(prompts: list[Prompt], most: int) -> list[Prompt]:
    """At most `most` prompts, evenly out of the whole list."""
    count = min(most, len(prompts))
    return [prompts[i * len(prompts) // count] for i in range(count)]


def accepted(concepts: list[Concept], asked: Asked) -> frozenset[int]:
    """Numbers of the concepts that the asked word names; a word may name more than one."""
    return frozenset(
        i
        for i, concept in enumerate(concepts)
        if concept.code == asked.code or asked.word in concept.every_word()
    )
