"""Writing a file whole or not at all, and taking away what a writer that died left.

Comes in: folders and paths. Goes out: locked unfinished files, removed leftovers. It knows neither
owners nor pictures.
"""

import contextlib
import fcntl
import os
import secrets
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import BinaryIO

from zit_engine.errors import SaveFailed
from zit_engine.store.liveness import held_if_dead
from zit_engine.store.names import PART

FOLDER_MODE = 0o700
FILE_MODE = 0o600
# A folder may vanish between making and using it, when an expiry runs at that moment.
_TRIES = 20


@contextlib.contextmanager
def as_save_failed() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SaveFailed(detail=f"{type(error).__name__}: {error}") from error


def new_part(folder: Path) -> tuple[BinaryIO, Path]:
    """A new locked file in `folder`. The lock lasts as long as the writer lives, so it tells a
    sweep whether the write is dead; process ids would lie across containers."""
    for tries_left in reversed(range(_TRIES)):
        part = folder / f".{secrets.token_hex(8)}{PART}"
        try:
            make_folder(folder)
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
        except FileNotFoundError:
            if not tries_left:
                raise
            continue
        fcntl.flock(handle, fcntl.LOCK_EX)
        # A sweep may have come between creating and locking; then the file has no name left.
        if os.fstat(handle).st_nlink:
            return os.fdopen(handle, "wb"), part
        os.close(handle)
    raise OSError(f"no file could be made in {folder}")


def link_or_copy(source: Path, target: Path) -> None:
    """`source` under a second name, in place of what is there; a copy where no link can be made.
    Raises OSError, FileNotFoundError when `source` is gone."""
    for tries_left in reversed(range(_TRIES)):
        make_folder(target.parent)
        try:
            target.unlink(missing_ok=True)
            os.link(source, target, follow_symlinks=False)
            sync_folder(target.parent)
            return
        except FileNotFoundError:
            if not tries_left or not source.exists():
                raise
        except FileExistsError:
            continue
        except OSError:  # another device, a file system without links, too many of them
            _copy(source, target)
            return
    raise OSError(f"no link could be made in {target.parent}")


def _copy(source: Path, target: Path) -> None:
    file, part = new_part(target.parent)
    try:
        with file, source.open("rb") as original:
            shutil.copyfileobj(original, file)
            file.flush()
            os.fsync(file.fileno())
            os.replace(part, target)
        sync_folder(target.parent)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def make_folder(folder: Path) -> None:
    """`folder` and its parents, each new one closed to other users and safe against power loss."""
    if folder.is_dir():
        return
    if not folder.parent.is_dir():
        make_folder(folder.parent)
    try:
        folder.mkdir(mode=FOLDER_MODE)
    except FileExistsError:
        # Another thread was quicker, which is fine; a file in the way is not.
        if folder.is_file():
            raise
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_if_dead(part: Path) -> bool:
    try:
        with held_if_dead(part) as is_dead:
            if is_dead:
                part.unlink()
            return is_dead
    except OSError:
        return False


def remove_empty(job_folders: set[Path]) -> None:
    """Only folders something was just deleted from: others may be waiting for their first file."""
    for folder in [*job_folders, *{folder.parent for folder in job_folders}]:
        with contextlib.suppress(OSError):
            folder.rmdir()


def sizes_in(folder: str, left_out: Collection[str]) -> dict[int, int]:
    """Bytes by file number, ZIPs and `left_out` apart: a master linked into several jobs lies on
    the disk once."""
    sizes = {}
    # Deleted between listing and looking.
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        for file in os.scandir(folder):
            if file.name not in left_out and not file.name.endswith(".zip"):
                facts = file.stat(follow_symlinks=False)
                sizes[facts.st_ino] = facts.st_size
    return sizes
