"""The typefaces that are shipped, and which letters each file holds.

Comes in: fonts.toml beside this file and the font files below assets/fonts. Goes out: frozen Font
data, the order in which files are asked for a letter, and sets of letters. It draws nothing.
"""

import functools
import struct
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

FOLDER = Path(__file__).parents[2] / "assets" / "fonts"
_TABLE = Path(__file__).with_name("fonts.toml")
# (platform, encoding) of a character map over all of Unicode, then over its first 65,536 letters.
_UNICODE_MAPS = ((3, 10), (0, 4), (3, 1), (0, 3))


@dataclass(frozen=True, slots=True)
class Font:
    """A typeface. `file` lies below assets/fonts; `weight`: of a variable file, else None."""

    id: str
    ko: str
    en: str
    file: str
    weight: int | None = None
    fallback: tuple[str, ...] = ()

    def title(self, lang: str) -> str:
        return self.ko if lang == "ko" else self.en


@functools.cache
def load_fonts() -> Mapping[str, Font]:
    """Every typeface by id, in the order shown; the first is the default."""
    fonts = {
        id: Font(
            id,
            row["ko"],
            row["en"],
            row["file"],
            row.get("weight"),
            tuple(row["fallback"]),
        )
        for id, row in _table().items()
        if isinstance(row, dict)
    }
    return MappingProxyType(fonts)


@functools.cache
def file_chain(font_id: str) -> tuple[str, ...]:
    """Files to ask for a letter, in order: the font's own, its fallbacks', the emoji."""
    fonts = load_fonts()
    font = fonts[font_id]
    return (font.file, *(fonts[id].file for id in font.fallback), emoji_file())


def emoji_file() -> str:
    return str(_table()["emoji"])


def reference(kind: str) -> str:
    """Letters whose ink tells the size of a font: kind is "hangul" or "digits"."""
    return str(_table()[kind])


@functools.cache
def covered(file: str) -> frozenset[int]:
    """Code points for which the file has a glyph, read from its character map."""
    data = (FOLDER / file).read_bytes()
    tables = struct.unpack_from(">H", data, 4)[0]
    for index in range(tables):
        tag, _, offset, _ = struct.unpack_from(">4sIII", data, 12 + 16 * index)
        if tag == b"cmap":
            return frozenset(_mapped(data, offset))
    raise ValueError(f"{file} has no character map")


def _mapped(data: bytes, start: int) -> Iterator[int]:
    count = struct.unpack_from(">H", data, start + 2)[0]
    maps = {}
    for index in range(count):
        platform, encoding, offset = struct.unpack_from(">HHI", data, start + 4 + 8 * index)
        maps[platform, encoding] = start + offset
    at = next(maps[key] for key in _UNICODE_MAPS if key in maps)
    form = struct.unpack_from(">H", data, at)[0]
    return _mapped_12(data, at) if form == 12 else _mapped_4(data, at)


def _mapped_12(data: bytes, at: int) -> Iterator[int]:
    groups = struct.unpack_from(">I", data, at + 12)[0]
    for first, last, glyph in struct.iter_unpack(">III", data[at + 16 : at + 16 + 12 * groups]):
        yield from range(first + (glyph == 0), last + 1)


def _mapped_4(data: bytes, at: int) -> Iterator[int]:
    """Format 4 of the OpenType `cmap` table: segments with an offset or a list of glyphs."""
    count = struct.unpack_from(">H", data, at + 6)[0] // 2
    ends, starts, deltas, offsets = (
        struct.unpack_from(f">{count}H", data, at + 14 + skip + 2 * count * part)
        for part, skip in enumerate((0, 2, 2, 2))
    )
    list_start = at + 16 + 6 * count
    for index in range(count):
        for code in range(starts[index], min(ends[index], 0xFFFE) + 1):
            glyph = code
            if offsets[index]:
                place = list_start + 2 * index + offsets[index] + 2 * (code - starts[index])
                glyph = struct.unpack_from(">H", data, place)[0]
                if not glyph:
                    continue
            if (glyph + deltas[index]) & 0xFFFF:
                yield code


@functools.cache
def _table() -> dict[str, Any]:
    return tomllib.loads(_TABLE.read_text(encoding="utf-8"))
