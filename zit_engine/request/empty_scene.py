"""A prompt for a background alone. Comes in: what a person wrote of the background. Goes out: the
same with the words of an empty scene behind it, in its language."""

import functools
import tomllib
from collections.abc import Mapping
from pathlib import Path

from zit_engine.request.compose import has_hangul

_TABLE = Path(__file__).with_suffix(".toml")


@functools.cache
def _words() -> Mapping[str, str]:
    return tomllib.loads(_TABLE.read_text(encoding="utf-8"))


def empty_scene(prompt: str) -> str:
    """`prompt, words`."""
    return f"{prompt}, {_words()['ko' if has_hangul(prompt) else 'en']}"
