"""Prompts with a remark that asks for nothing else: what is drawn must stay the same.

In: prompts, remarks.json beside this file. Out: the same with a remark each, none of
them word for word in a lesson of the model, though some say what others there say.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from zit_engine.pocket.exam.prompts import Prompt

REMARKS_FILE = Path(__file__).with_name("remarks.json")


def load_remarks() -> dict[str, list[str]]:
    """Ten a language ("ko", "en")."""
    return json.loads(REMARKS_FILE.read_text(encoding="utf-8"))


def remarked(prompts: Sequence[Prompt]) -> list[Prompt]:
    """Each prompt with one remark of its language, in turn after it and before it."""
    remarks = load_remarks()
    return [
        replace(prompt, text=_with(prompt.text, remarks[prompt.language], i))
        for i, prompt in enumerate(prompts)
    ]


def _with(text: str, remarks: Sequence[str], turn: int) -> str:
    remark = remarks[turn // 2 % len(remarks)]
    return f"{remark}, {text}" if turn % 2 else f"{text}, {remark}"
