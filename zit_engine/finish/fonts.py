"""The typefaces that are shipped.

Comes in: fonts.toml beside this file and the font files below assets/fonts. Goes out: frozen Font
data, the order in which files are asked for a letter, and opened files. It sets no text.
"""

import functools
import threading
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from PIL import ImageFont

from zit_engine.finish.coverage import covered

FOLDER = Path(__file__).parents[2] / "assets" / "fonts"
_TABLE = Path(__file__).with_name("fonts.toml")
# An opened Pretendard holds 0.7 MB; a layout of four texts asks for about ten sizes.
_KEPT_OPEN = 32

# FreeType faces must not be used by two threads at once. Pillow holds the interpreter lock while
# it sets text, so one lock for all faces costs nothing.
FACES = threading.RLock()


@dataclass(frozen=True, slots=True)
class Font:
    """A typeface. `file` lies below assets/fonts; `fallback`: ids asked for letters it lacks;
    `size`: how much taller than other faces it is set to look as large."""

    id: str
    ko: str
    en: str
    file: str
    fallback: tuple[str, ...]
    size: float

    def title(self, lang: str) -> str:
        return self.ko if lang == "ko" else self.en


@functools.cache
def load_fonts() -> Mapping[str, Font]:
    """Every typeface by id, in the order shown; the first is the default."""
    fonts = {
        id: Font(
            id, row["ko"], row["en"], row["file"], tuple(row["fallback"]), row.get("size", 1.0)
        )
        for id, row in _table()["font"].items()
    }
    return MappingProxyType(fonts)


@functools.cache
def file_chain(font_id: str) -> tuple[str, ...]:
    """Files to ask for a letter, in order: the font's own, its fallbacks', every other typeface's
    (so that what can be set is the same in all of them), the emoji."""
    fonts = load_fonts()
    order = dict.fromkeys((font_id, *fonts[font_id].fallback, *fonts))
    return (*(fonts[id].file for id in order), emoji_file())


def emoji_file() -> str:
    return str(_table()["emoji"])


def no_flag() -> str:
    """A flag of no land, drawn by the emoji file as it draws all flags it does not know."""
    return str(_table()["no_flag"])


def drawn_as(letter: str) -> str | None:
    """The letter always drawn for this one, None for nearly all."""
    return _table()["drawn_as"].get(letter)


def reference(kind: str) -> str:
    """Letters whose ink tells how large a font draws; kind: hangul, digits or emoji."""
    return str(_table()["reference"][kind])


def holds(file: str, letters: str) -> bool:
    """True when the file has a glyph for each of the letters, and the right one."""
    return _held(file).issuperset(map(ord, letters))


@functools.cache
def _held(file: str) -> frozenset[int]:
    wrong = (row.get("wrong", "") for row in _table()["font"].values() if row["file"] == file)
    return covered(FOLDER / file) - set(map(ord, "".join(wrong)))


@functools.lru_cache(maxsize=_KEPT_OPEN)
def opened(file: str, size: float) -> ImageFont.FreeTypeFont:
    """The file at a size in pixels. Use it only while holding FACES."""
    return ImageFont.truetype(FOLDER / file, size)


@functools.cache
def _table() -> dict[str, Any]:
    return tomllib.loads(_TABLE.read_text(encoding="utf-8"))
