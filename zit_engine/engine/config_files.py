"""The small JSON files of a checkpoint, read as they come and mended in memory.

Comes in: a path that may be missing, in another encoding or no JSON at all. Goes out: a Draft, the
keys as found and every change said. It knows no key's meaning and writes nothing.
"""

import codecs
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zit_engine.errors import CheckpointRefused

# tokenizer.json of Qwen3, the largest honest one, has 11 MB.
SIZE_LIMIT = 64 * 2**20
_SHOWN_CHARS = 80
_LARGEST = 1e15
_BOMS = {
    codecs.BOM_UTF8: ("utf-8-sig", "UTF-8 with BOM"),
    codecs.BOM_UTF16_LE: ("utf-16", "UTF-16"),
    codecs.BOM_UTF16_BE: ("utf-16", "UTF-16"),
}


@dataclass(frozen=True, slots=True)
class Repair:
    """One change. `file` as seen from the checkpoint folder; `step` names the function."""

    file: str
    key: str
    found: str
    became: str
    why: str
    step: str


@dataclass(slots=True)
class Draft:
    """A JSON table on its way to being right, and every change made to it."""

    file: str
    data: dict[str, Any]
    repairs: list[Repair] = field(default_factory=list)

    def set(self, key: str, value: Any, why: str, step: str) -> None:
        """Give `key` the value, and say so where that changes anything."""
        if key in self.data and same(self.data[key], value):
            return
        self.repairs.append(Repair(self.file, key, self.show(key), show(value), why, step))
        self.data[key] = value

    def drop(self, key: str, why: str, step: str) -> None:
        if key in self.data:
            self.repairs.append(Repair(self.file, key, self.show(key), "none", why, step))
            del self.data[key]

    def show(self, key: str) -> str:
        """What stands at `key`, short enough for one line."""
        return show(self.data[key]) if key in self.data else "missing"

    def refuse(self, key: str, expected: str) -> CheckpointRefused:
        """The error to raise where nothing proves what `key` should be."""
        return CheckpointRefused(self.file, key, self.show(key), expected)

    def text(self) -> str:
        return json.dumps(self.data, indent=2, ensure_ascii=False) + "\n"


def show(value: Any) -> str:
    """A JSON value in about 80 characters; a cut one tells its length."""
    text = json.dumps(value, ensure_ascii=False, default=repr)
    if len(text) <= _SHOWN_CHARS:
        return text
    length = len(value) if isinstance(value, list | dict | str) else len(text)
    return f"{text[: _SHOWN_CHARS - 1]}… ({length})"


def same(left: Any, right: Any) -> bool:
    """Equal as JSON means it: 3 is 3.0, true is not 1, lists item by item."""
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(same(left[k], right[k]) for k in left)
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def is_number(value: Any) -> bool:
    """A finite number, and none so large that tensors cannot hold it."""
    is_plain = isinstance(value, int | float) and not isinstance(value, bool)
    return is_plain and abs(value) < _LARGEST  # false for NaN as well


def is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def read_draft(folder: Path, file: str) -> Draft:
    """`file` of the checkpoint `folder`. What cannot be read is an empty table, and said: the
    weights may prove every key of it. Raises CheckpointRefused for a file too large to be one."""
    draft = Draft(file, {})
    raw = read_small(folder / file, file)
    text, found = ("{}", "missing") if raw is None else decode(raw)
    try:
        table = json.loads(text)
    except (ValueError, RecursionError) as error:
        table, found = {}, f"no JSON: {error}"[:_SHOWN_CHARS]
    if not isinstance(table, dict):
        table, found = {}, f"{type(table).__name__} instead of a table"
    draft.data = table
    if found:
        why = "its keys are taken from what proves them"
        draft.repairs.append(Repair(file, "file", found, "UTF-8 JSON", why, "read_draft"))
    return draft


def decode(raw: bytes) -> tuple[str, str]:
    """(text, what is odd about its encoding or ""). Bytes that are no text come out as such, and
    no JSON reader takes them."""
    for bom, (encoding, found) in _BOMS.items():
        if raw.startswith(bom):
            return raw.decode(encoding, errors="replace"), found
    return raw.decode("utf-8", errors="replace"), ""


def read_small(path: Path, file: str) -> bytes | None:
    """All bytes of a small file; None where there is no file, or a folder or pipe of that name.

    Raises CheckpointRefused above SIZE_LIMIT, and where the system refuses to read it.
    """
    if not path.is_file():
        return None
    try:
        with path.open("rb") as opened:
            raw = opened.read(SIZE_LIMIT + 1)
    except OSError as error:
        found = error.strerror or type(error).__name__
        raise CheckpointRefused(file, "file", found, "a file that can be read") from error
    if len(raw) > SIZE_LIMIT:
        raise CheckpointRefused(file, "size", f"over {SIZE_LIMIT >> 20} MiB", "a small JSON file")
    return raw
