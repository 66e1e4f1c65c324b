"""The folder in which a conversion grows: held by one process, resumable, checked at the end.

Comes in: shards to write and small files. Goes out: `folder` below the work folder, every byte of
it read back. It decides neither what is written (convert) nor how a shard is cut (shards).
"""

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from zit_engine.engine.shards import CHUNK_BYTES, Shard, drop_cache, write_shard
from zit_engine.engine.weights import read_header
from zit_engine.errors import CheckpointRefused, EngineError, RequestError

SUMS = "SHA256SUMS"
FOLDER = "folder"
_JOURNAL = "journal.json"
_NAMES = {_JOURNAL, f"{_JOURNAL}.tmp", "lock", FOLDER}

# on_progress(stage, done, total): "write" counts bytes of the source, "check" of the result.
OnProgress = Callable[[str, int, int], None]


def work_folder(target: Path) -> Path:
    """Where a conversion to `target` keeps what is not finished; safe to delete."""
    return target.with_name(f".{target.name}.partial")


def check_free(target: Path) -> None:
    """Raises RequestError where the name, or that of the work folder, is taken."""
    work = work_folder(target)
    if os.path.lexists(target):  # a link that leads nowhere counts too
        raise RequestError("error.target_exists", path=target)
    if os.path.lexists(work) and (
        work.is_symlink() or not work.is_dir() or set(os.listdir(work)) - _NAMES
    ):
        raise RequestError("error.target_exists", path=work)


@contextlib.contextmanager
def held(target: Path) -> Iterator[Path]:
    """The work folder of `target`, made if missing, for this process alone.

    Raises EngineError where another process has it, RequestError where the target appeared.
    """
    work = work_folder(target)
    work.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(work / "lock", timeout=0):
            check_free(target)
            yield work
    except Timeout as error:
        raise EngineError("error.convert_busy", path=target) from error


def finished(work: Path, fingerprint: str) -> dict[str, str]:
    """{shard: SHA-256} of an earlier try at the same thing; empty when there was none."""
    try:
        journal = json.loads((work / _JOURNAL).read_text(encoding="utf-8"))
        return dict(journal["shards"]) if journal["plan"] == fingerprint else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}  # nothing there or not ours: begin anew


def write_shards(
    shards: list[Shard], work: Path, fingerprint: str, on_progress: OnProgress, chunk_bytes: int
) -> tuple[dict[str, str], int]:
    """Write what is missing. Returns ({shard: SHA-256}, how many were found finished)."""
    sums, resumed, done = finished(work, fingerprint), 0, 0
    total = sum(shard.source_bytes for shard in shards)
    if not sums and (work / FOLDER).exists():
        shutil.rmtree(work / FOLDER)

    def tell(count: int) -> None:
        nonlocal done
        done += count
        on_progress("write", done, total)

    for shard in shards:
        path = work / FOLDER / shard.file
        if path.is_file() and sha256_of(path) == sums.get(shard.file):
            resumed += 1
            tell(shard.source_bytes)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        sums[shard.file] = write_shard(shard, path, tell, chunk_bytes)
        sync_folder(path.parent)
        _write_journal(work, fingerprint, sums)
    return sums, resumed


def _write_journal(work: Path, fingerprint: str, sums: dict[str, str]) -> None:
    part = work / f"{_JOURNAL}.tmp"
    _write_synced(part, json.dumps({"plan": fingerprint, "shards": sums}).encode())
    os.replace(part, work / _JOURNAL)
    sync_folder(work)


def finish(
    shards: list[Shard],
    small: dict[str, bytes],
    folder: Path,
    sums: dict[str, str],
    on_progress: OnProgress,
) -> None:
    """Add the small files and SHA256SUMS, then read every shard back from the disk.

    Raises CheckpointRefused where a file is not what was written.
    """
    for file, data in small.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        _write_synced(folder / file, data)
    known = {file: hashlib.sha256(data).hexdigest() for file, data in small.items()} | sums
    lines = [f"{known[file]}  {file}\n" for file in sorted(known)]
    _write_synced(folder / SUMS, "".join(lines).encode())
    total, done = sum(shard.size for shard in shards), 0
    for shard in shards:
        _check(shard, folder / shard.file, sums[shard.file])
        done += shard.size
        on_progress("check", done, total)
    for path in (folder, *(path for path in folder.iterdir() if path.is_dir())):
        sync_folder(path)


def _check(shard: Shard, path: Path, wanted: str) -> None:
    entries = read_header(path, shard.file)
    found = {name: (entry.dtype, entry.shape) for name, entry in entries.items()}
    if found != {move.name: (move.dtype, move.stored.shape) for move in shard.moves}:
        count = f"{len(shard.moves)} tensors as planned"
        raise CheckpointRefused(shard.file, "header", f"{len(found)} tensors", count)
    got = sha256_of(path)
    if got != wanted:
        raise CheckpointRefused(shard.file, "SHA-256", got, wanted)


def sha256_of(path: Path) -> str:
    """Read from the disk where the system allows, not from its memory, and kept by neither."""
    digest = hashlib.sha256()
    buffer = memoryview(bytearray(CHUNK_BYTES))
    with path.open("rb", buffering=0) as file:
        drop_cache(file)
        while count := file.readinto(buffer):
            digest.update(buffer[:count])
        drop_cache(file)
    return digest.hexdigest()


def _write_synced(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make names in `folder` survive a power cut, where the system can."""
    if hasattr(os, "O_DIRECTORY"):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
