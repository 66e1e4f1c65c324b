"""Delivered pictures on disk: root/results/<owner key>/<job id>/<name>.

Comes in: owner id, job id, a name and bytes. Goes out: paths that exist and hold whole files. It
knows nothing of pictures. The owner id is a bearer secret and is never written down: its hash is.
"""

import contextlib
import fcntl
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from zit_engine.errors import JobNotFound, SaveFailed, SettingsError
from zit_engine.store.names import PART, file_name, is_job_id, is_safe_name

__all__ = ["Files", "file_name", "is_safe_name", "owner_key"]

FOLDER_MODE = 0o700
FILE_MODE = 0o600
# A ZIP repeats pictures that are kept anyway and can be made again.
ARCHIVE_S = 3600
_KEY = re.compile(r"[0-9a-f]{16}", re.ASCII)
# A folder may vanish between making and using it, when an expiry runs at that moment.
_TRIES = 20


def owner_key(owner: str) -> str:
    """What stands for `owner` in folders, rows and links: 16 hex digits of its SHA-256."""
    return hashlib.sha256(owner.encode("utf-8", "surrogatepass")).hexdigest()[:16]


class Files:
    """The results below `root`. Safe for many threads and processes at once."""

    def __init__(self, root: Path):
        """Makes the folder, readable by this user only. Raises SettingsError where nothing can be
        written, now instead of after a picture was painted."""
        self._results = Path(root) / "results"
        try:
            file, part = _new_part(self._results)
            file.close()
            part.unlink()
        except OSError as error:
            raise SettingsError("error.data_dir", path=root, detail=str(error)) from error

    def save(self, owner: str, job_id: str, name: str, data: bytes) -> Path:
        """Write `data` under its final name, whole or not at all, and return the path.

        Raises SaveFailed on a full disk or an unusable name; nothing is left behind then.
        """
        with self.writing(owner, job_id, name) as file:
            file.write(data)
        return self._results / owner_key(owner) / job_id / name

    @contextlib.contextmanager
    def writing(self, owner: str, job_id: str, name: str) -> Iterator[BinaryIO]:
        """A file to write into that gets its final name when the block ends without an error.

        Raises SaveFailed as `save` does.
        """
        if not is_job_id(job_id) or not is_safe_name(name):
            raise SaveFailed(detail=f"unusable name in job {job_id!r}")
        folder = self._results / owner_key(owner) / job_id
        with _as_save_failed():
            file, part = _new_part(folder)
            try:
                with file:
                    yield file
                    file.flush()
                    os.fsync(file.fileno())
                    # Still locked, so a sweep in another process leaves it alone.
                    os.replace(part, folder / name)
                _sync_folder(folder)
            except BaseException:
                part.unlink(missing_ok=True)
                raise

    def path_of(self, owner: str, job_id: str, name: str) -> Path:
        """The path of a picture of `owner`. Raises JobNotFound for anything else."""
        return self.path_by_key(owner_key(owner), job_id, name)

    def path_by_key(self, key: str, job_id: str, name: str) -> Path:
        """As `path_of`, for a link that carries the owner key."""
        usable = _KEY.fullmatch(key) and is_job_id(job_id) and is_safe_name(name)
        path = self._results / key / job_id / name if usable else None
        if path is None or path.is_symlink() or not path.is_file():
            raise JobNotFound(detail=f"{key!r}, job {job_id!r}")
        return path

    def delete(self, owner: str, job_id: str, name: str) -> bool:
        """Delete one picture; False when there was none. Raises SaveFailed if the disk refuses."""
        try:
            path = self.path_of(owner, job_id, name)
        except JobNotFound:
            return False
        with _as_save_failed():
            path.unlink(missing_ok=True)
        _remove_empty({path.parent})
        return True

    def sweep(self) -> int:
        """Delete what writes that died left behind; live writes of any process stay. Returns how
        many were deleted."""
        parts = list(self._results.glob(f"*/*/*{PART}"))
        dead = [part for part in parts if _remove_if_dead(part)]
        _remove_empty({part.parent for part in dead})
        return len(dead)

    def expire(self, days: float, now: float) -> int:
        """Delete pictures older than `days` at `now` (seconds since 1970), ZIPs older than an hour,
        then empty folders. Returns how many files were deleted."""
        gone = []
        for path in self._results.glob("*/*/*"):
            kept_s = min(ARCHIVE_S, days * 86400) if path.suffix == ".zip" else days * 86400
            with contextlib.suppress(OSError):
                if path.suffix != PART and path.lstat().st_mtime < now - kept_s:
                    path.unlink()
                    gone.append(path)
        _remove_empty({path.parent for path in gone})
        return len(gone)

    def free_bytes(self) -> int:
        """Bytes this program may still write. Raises SaveFailed when the folder is gone."""
        with _as_save_failed():
            return shutil.disk_usage(self._results).free


@contextlib.contextmanager
def _as_save_failed() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SaveFailed(detail=f"{type(error).__name__}: {error}") from error


def _new_part(folder: Path) -> tuple[BinaryIO, Path]:
    """A new locked file in `folder`. The lock lasts as long as the writer lives, so it tells a
    sweep whether the write is dead; process ids would lie across containers."""
    for tries_left in reversed(range(_TRIES)):
        part = folder / f".{secrets.token_hex(8)}{PART}"
        try:
            _make_folder(folder)
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


def _make_folder(folder: Path) -> None:
    """`folder` and its parents, each new one closed to other users and safe against power loss."""
    if folder.is_dir():
        return
    if not folder.parent.is_dir():
        _make_folder(folder.parent)
    try:
        folder.mkdir(mode=FOLDER_MODE)
    except FileExistsError:
        # Another thread was quicker, which is fine; a file in the way is not.
        if folder.is_file():
            raise
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove_if_dead(part: Path) -> bool:
    try:
        handle = os.open(part, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        part.unlink()
    except OSError:
        return False
    finally:
        os.close(handle)
    return True


def _remove_empty(job_folders: set[Path]) -> None:
    """Only folders something was just deleted from: others may be waiting for their first file."""
    for folder in [*job_folders, *{folder.parent for folder in job_folders}]:
        with contextlib.suppress(OSError):
            folder.rmdir()
