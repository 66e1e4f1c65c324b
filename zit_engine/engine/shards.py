"""Weights cut anew into files of a bounded size, cast on the way.

Comes in: a part's folder and a number type. Goes out: which tensor goes into which file, and such
a file, written through two small buffers. It does not know where the files end up (convert).
"""

import hashlib
import itertools
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

import torch

from zit_engine.engine.loader import STORED
from zit_engine.engine.weights import ITEM_BYTES, TensorEntry, read_header
from zit_engine.errors import CheckpointRefused

INDEX = ".safetensors.index.json"
# Large enough for the disk's full speed, small beside anything else.
CHUNK_BYTES = 16 * 2**20
FLOATS = {"F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2"}

# on_bytes(count): so many more bytes of the source are done.
OnBytes = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Move:
    """One tensor on its way: where it is stored, and its number type afterwards."""

    name: str
    path: Path
    stored: TensorEntry
    dtype: str

    @property
    def size(self) -> int:
        """Bytes afterwards."""
        stored_bytes = self.stored.end - self.stored.start
        return stored_bytes // ITEM_BYTES[self.stored.dtype] * ITEM_BYTES[self.dtype]


@dataclass(frozen=True, slots=True)
class Shard:
    """One file to write; `file` as seen from the checkpoint folder."""

    file: str
    moves: tuple[Move, ...]

    @property
    def source_bytes(self) -> int:
        return sum(move.stored.end - move.stored.start for move in self.moves)

    @property
    def size(self) -> int:
        """Bytes of the whole file."""
        return len(header_of(self)) + sum(move.size for move in self.moves)


def plan_part(folder: Path, stem: str, dtype: str, limit: int) -> list[Shard]:
    """The files that hold all tensors of `folder`, each at most `limit` bytes unless one tensor
    alone is larger. `stem`: the beginning of their names. `dtype`: what floats become.

    Raises CheckpointRefused naming file and tensor.
    """
    groups: list[list[Move]] = [[]]
    room = limit - _FIXED
    for move in _moves(folder, dtype):
        cost = move.size + _header_cost(move)
        if groups[-1] and cost > room:
            groups.append([])
            room = limit - _FIXED
        groups[-1].append(move)
        room -= cost
    count = len(groups)
    return [
        Shard(
            f"{folder.name}/{stem}{f'-{n:05}-of-{count:05}' if count > 1 else ''}.safetensors",
            # Wide numbers first: safetensors wants every tensor aligned to its own type.
            tuple(sorted(group, key=lambda move: -ITEM_BYTES[move.dtype])),
        )
        for n, group in enumerate(groups, 1)
    ]


def _moves(folder: Path, dtype: str) -> Iterator[Move]:
    seen: dict[str, str] = {}
    for file, names in sorted(_files(folder).items()):
        shown = f"{folder.name}/{file}"
        if Path(file).name != file or not (folder / file).is_file():
            raise CheckpointRefused(shown, "weights", "missing", "the file its index names")
        entries = read_header(folder / file, shown)
        for name in sorted(names - set(entries)):
            raise CheckpointRefused(shown, name, "missing", "the tensor its index names")
        for name, entry in entries.items():
            if name in seen:
                twice = f"also in {seen[name]}"
                raise CheckpointRefused(shown, name, twice, "each tensor in one file")
            seen[name] = file
            yield Move(name, folder / file, entry, dtype if entry.dtype in FLOATS else entry.dtype)


def _files(folder: Path) -> dict[str, set[str]]:
    """{file: tensors promised in it}. An index decides which files count, as in diffusers."""
    indexes = sorted(folder.glob(f"*{INDEX}"))
    if not indexes:
        return {path.name: set() for path in folder.glob("*.safetensors")}
    files: dict[str, set[str]] = {}
    for path in indexes:
        shown = f"{folder.name}/{path.name}"
        try:
            table = json.loads(path.read_text(encoding="utf-8-sig"))["weight_map"]
            pairs = [(str(name), str(file)) for name, file in table.items()]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise CheckpointRefused(shown, "weight_map", repr(error), "a JSON table") from error
        for name, file in pairs:
            files.setdefault(file, set()).add(name)
    return files


def index_of(shards: list[Shard]) -> dict[str, object]:
    """What the index beside several files says, in the form diffusers and transformers read."""
    moves = [(move, Path(shard.file).name) for shard in shards for move in shard.moves]
    return {
        "metadata": {"total_size": sum(move.size for move, _ in moves)},
        "weight_map": {move.name: file for move, file in sorted(moves, key=lambda m: m[0].name)},
    }


def header_of(shard: Shard) -> bytes:
    """The first bytes of the file: length, table, blanks up to a multiple of eight."""
    table: dict[str, object] = {"__metadata__": {"format": "pt"}}
    start = 0
    for move in shard.moves:
        table[move.name] = _described(move, start, start + move.size)
        start += move.size
    text = _packed(table)
    text += b" " * (-len(text) % 8)
    if len(text) % 2**16 in _LIKE_PICKLE:
        text += b" " * 8
    return len(text).to_bytes(8, "little") + text


def _described(move: Move, start: int, end: int) -> dict[str, object]:
    shape = list(move.stored.shape)
    return {"dtype": move.dtype, "shape": shape, "data_offsets": [start, end]}


def _packed(table: dict[str, object]) -> bytes:
    return json.dumps(table, separators=(",", ":"), ensure_ascii=False).encode()


# Lengths whose first two bytes are those of a pickle (protocols 2 to 5): scanners that look no
# further would refuse the file.
_LIKE_PICKLE = {0x80 + 0x100 * protocol for protocol in (2, 3, 4, 5)}
# Length field, metadata, braces and blanks of any header, rounded up.
_FIXED = 64


def _header_cost(move: Move) -> int:
    """Bytes of a tensor's line in the header at most: its places counted with 13 digits."""
    return len(_packed({move.name: _described(move, 10**12, 10**12)}))


def write_shard(shard: Shard, path: Path, on_bytes: OnBytes, chunk_bytes: int) -> str:
    """Write the file to `path`, whole or not at all, and return its SHA-256 in hex.

    Memory: two buffers of `chunk_bytes`, however large a tensor is. Raises CheckpointRefused for
    a number that the new type cannot hold, OSError.
    """
    digest = hashlib.sha256()
    buffers = torch.empty((2, chunk_bytes), dtype=torch.uint8)
    part = path.with_name(f"{path.name}.tmp")
    with part.open("wb", buffering=0) as out:
        _write(out, memoryview(header_of(shard)), digest.update)
        for source, moves in itertools.groupby(shard.moves, key=lambda move: move.path):
            with source.open("rb", buffering=0) as file:
                for move in moves:
                    for view in _cast(file, move, buffers):
                        _write(out, view, digest.update)
                    on_bytes(move.stored.end - move.stored.start)
        os.fsync(out.fileno())
    os.replace(part, path)
    return digest.hexdigest()


def _cast(file: FileIO, move: Move, buffers: torch.Tensor) -> Iterator[memoryview]:
    """The tensor's bytes in its new type, a buffer at a time."""
    stored, wanted = STORED[move.stored.dtype], STORED[move.dtype]
    numbers = buffers.shape[1] // max(stored.itemsize, wanted.itemsize)
    place = move.stored.start
    while place < move.stored.end:
        count = min(numbers, (move.stored.end - place) // stored.itemsize)
        raw = buffers[0, : count * stored.itemsize]
        _read(file, place, memoryview(raw.numpy()))
        place += count * stored.itemsize
        if stored == wanted:
            yield memoryview(raw.numpy())
            continue
        cast = buffers[1, : count * wanted.itemsize]
        cast.view(wanted).copy_(raw.view(stored))
        _check_range(move, raw.view(stored), cast.view(wanted))
        yield memoryview(cast.numpy())


def _check_range(move: Move, before: torch.Tensor, after: torch.Tensor) -> None:
    # 8-bit types know no isinf, and all they hold fits into what is offered.
    if before.dtype.itemsize == 1 or not after.isinf().any():
        return
    lost = before[after.isinf() & ~before.isinf()]
    if lost.numel():
        shown = f"{move.path.parent.name}/{move.path.name}"
        raise CheckpointRefused(
            shown, move.name, f"{lost[0].item():g}", f"numbers that fit into {move.dtype}"
        )


def _read(file: FileIO, place: int, view: memoryview) -> None:
    first, count = place, len(view)
    file.seek(place)
    while view:
        got = file.readinto(view)
        if not got:
            raise OSError(f"{file.name} ended early")
        view = view[got:]
    # Read once and never again: the host's memory is for others.
    drop_cache(file, first, count)


def drop_cache(file: FileIO, first: int = 0, count: int = 0) -> None:
    """Let the system forget what it kept of the file (count 0: to its end), where it can."""
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(file.fileno(), first, count, os.POSIX_FADV_DONTNEED)


def _write(out: FileIO, view: memoryview, also: Callable[[memoryview], None]) -> None:
    also(view)
    while view:
        view = view[out.write(view) :]
