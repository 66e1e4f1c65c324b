"""safetensors files, distrusted. Comes in: a path. Goes out: what lies where in it, checked.

Only the header is read, so a file of 10 GB is judged in milliseconds and nothing of it reaches
memory. The format is decided by content, never by the name; nothing is ever unpickled.
"""

import json
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeGuard

from zit_engine.errors import CheckpointRefused

# The format allows 100 MB, which a JSON of small lists turns into 2 GB of memory. 20,000 tensors
# take 3 MB; files of adapters and checkpoints come with 0.1 MB.
HEADER_LIMIT = 4_000_000
# Z-Image's largest part has 521 tensors, an adapter 714; 20,000 leaves room for any honest file.
TENSOR_LIMIT = 20_000
# Bytes of one number. Types packed below a byte are left out: no checkpoint here uses them.
ITEM_BYTES = {
    "F64": 8,
    "F32": 4,
    "F16": 2,
    "BF16": 2,
    "F8_E4M3": 1,
    "F8_E5M2": 1,
    "I64": 8,
    "I32": 4,
    "I16": 2,
    "I8": 1,
    "U8": 1,
    "BOOL": 1,
}
# What files that run code when opened begin with: pickle protocols 2 to 5, and torch's zip.
_PICKLE_STARTS = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05", b"PK\x03\x04")


@dataclass(frozen=True, slots=True)
class TensorEntry:
    """Where a tensor lies: `start` and `end` are bytes from the beginning of the file."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int


def read_header(path: Path, shown_as: str = "") -> dict[str, TensorEntry]:
    """The tensors of a safetensors file by name, in file order, every byte accounted for.

    Raises CheckpointRefused naming the file as `shown_as` (or by its own name), the key, what was
    found and what was expected; OSError when the file cannot be read.
    """
    name = shown_as or path.name
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        length, table = _parse(file, size, name)
    table.pop("__metadata__", None)
    if not 0 < len(table) <= TENSOR_LIMIT:
        raise CheckpointRefused(name, "header", f"{len(table)} tensors", f"1 to {TENSOR_LIMIT}")
    entries = {key: _entry(name, key, value, 8 + length) for key, value in table.items()}
    return _covering(name, entries, 8 + length, size)


def _parse(file: BinaryIO, size: int, name: str) -> tuple[int, dict[str, Any]]:
    """(bytes of the header, its table): 8 bytes of length, little endian, then that much JSON."""
    first = file.read(8)
    if first.startswith(_PICKLE_STARTS):
        raise CheckpointRefused(name, "format", "pickle or zip, never opened", "safetensors")
    if first == b"version ":  # a header of that many bytes would be 10¹⁷ long
        expected = "the file itself: git lfs pull"
        raise CheckpointRefused(name, "format", "a Git LFS pointer", expected)
    length = int.from_bytes(first, "little")
    if len(first) < 8 or not 2 <= length <= min(HEADER_LIMIT, size - 8):
        found = f"a header of {length} bytes in a file of {size}"
        raise CheckpointRefused(name, "header", found, "a whole safetensors file")
    try:
        table = json.loads(file.read(length), object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise CheckpointRefused(name, "header", str(error), "JSON, each key once") from error
    if not isinstance(table, dict):
        raise CheckpointRefused(name, "header", type(table).__name__, "a JSON table")
    return length, table


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError("a key stands twice")
    return table


def _entry(name: str, key: str, value: Any, offset: int) -> TensorEntry:
    fields = value if isinstance(value, dict) else {}
    dtype, shape, place = (fields.get(k) for k in ("dtype", "shape", "data_offsets"))
    if not isinstance(dtype, str) or dtype not in ITEM_BYTES:
        raise CheckpointRefused(name, key, f"type {dtype!r}", "a number type of safetensors")
    if not _are_sizes(shape) or 0 in shape:
        raise CheckpointRefused(name, key, f"shape {shape!r}"[:80], "whole numbers above 0")
    if not _are_sizes(place) or len(place) != 2:
        raise CheckpointRefused(name, key, f"data_offsets {place!r}"[:80], "two whole numbers")
    wanted = math.prod(shape) * ITEM_BYTES[dtype]
    if place[1] - place[0] != wanted:
        raise CheckpointRefused(name, key, f"{place[1] - place[0]} bytes", f"{wanted} bytes")
    return TensorEntry(dtype, tuple(shape), offset + place[0], offset + place[1])


def _are_sizes(value: Any) -> TypeGuard[list[int]]:
    return isinstance(value, list) and all(type(n) is int and n >= 0 for n in value)


def _covering(
    name: str, entries: dict[str, TensorEntry], start: int, size: int
) -> dict[str, TensorEntry]:
    """The entries in file order when they fill the file: no overlap, no hole, nothing behind."""
    ordered = dict(sorted(entries.items(), key=lambda item: item[1].start))
    for key, entry in ordered.items():
        if entry.start != start:
            raise CheckpointRefused(name, key, f"starts at byte {entry.start}", f"byte {start}")
        start = entry.end
        if start > size:
            raise CheckpointRefused(name, key, f"the file ends at byte {size}", f"byte {start}")
    if start != size:
        raise CheckpointRefused(name, "size", f"{size} bytes", f"{start} bytes")
    return ordered
