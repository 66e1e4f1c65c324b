"""Delivered pictures on disk: root/results/<owner key>/<job id>/<name>.

Comes in: owner id, job id, a name and bytes. Goes out: paths that exist and hold whole files. It
knows nothing of pictures. The owner id is a bearer secret and is never written down: its hash is.

Beside a picture may lie its master, the painted original: hidden, and gone when its picture goes.
A master is saved first, its picture after it, the row in the history last.
"""

import contextlib
import hashlib
import os
import re
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import BinaryIO

from zit_engine.errors import JobNotFound, SaveFailed, SettingsError
from zit_engine.store.disk import (
    FILE_MODE,
    FOLDER_MODE,
    as_save_failed,
    link_or_copy,
    new_part,
    remove_empty,
    remove_if_dead,
    sizes_in,
    sync_folder,
)
from zit_engine.store.expiry import outdated, settled
from zit_engine.store.names import (
    PART,
    file_name,
    is_job_id,
    is_safe_name,
    master_name,
)

__all__ = [
    "FILE_MODE",
    "FOLDER_MODE",
    "Files",
    "OwnerKey",
    "file_name",
    "is_safe_name",
    "owner_key",
]

# Some hundred pictures: enough to finish what waits and for the database to breathe.
LEAST_FREE_MB = 500
_KEY = re.compile(r"[0-9a-f]{16}", re.ASCII)


class OwnerKey(str):
    """An owner of whom only the key is known, usable wherever an owner is: after a restart nobody
    remembers the secret ids. A type, so no text from outside ever is one."""


def owner_key(owner: str) -> OwnerKey:
    """What stands for `owner` in folders, rows and links: 16 hex digits of its SHA-256."""
    if isinstance(owner, OwnerKey):
        return owner
    return OwnerKey(hashlib.sha256(owner.encode("utf-8", "surrogatepass")).hexdigest()[:16])


class Files:
    """The results below `root`. Safe for many threads and processes at once."""

    def __init__(self, root: Path, least_free_mb: int = LEAST_FREE_MB):
        """Makes the folder, readable by this user only. Nothing new is begun with less than
        `least_free_mb` megabytes free. Raises SettingsError where nothing can be
        written, now instead of after a picture was painted."""
        self.least_free_bytes = least_free_mb * 1_000_000
        self._results = Path(root) / "results"
        self._brands = Path(root) / "brands"  # another package's, counted here with the rest
        try:
            file, part = new_part(self._results)
            file.close()
            part.unlink()
        except OSError as error:
            raise SettingsError("error.data_dir", path=root, detail=str(error)) from error

    def save(self, owner: str, job_id: str, name: str, data: bytes) -> Path:
        """Write `data` under its final name, whole or not at all, and return the path.

        Raises SaveFailed on a full disk or an unusable name; nothing is left behind then.
        """
        return self.save_by_key(owner_key(owner), job_id, name, data)

    def save_by_key(self, key: str, job_id: str, name: str, data: bytes) -> Path:
        """As `save`, for a ticket that carries the owner key."""
        if not (_KEY.fullmatch(key) and is_job_id(job_id) and is_safe_name(name)):
            raise SaveFailed(detail=f"unusable name in job {job_id!r}")
        with self._writing(self._results / key / job_id, name) as file:
            file.write(data)
        return self._results / key / job_id / name

    @contextlib.contextmanager
    def writing(self, owner: str, job_id: str, name: str) -> Iterator[BinaryIO]:
        """A file to write into that gets its final name when the block ends without an error.

        Raises SaveFailed as `save` does.
        """
        if not is_job_id(job_id) or not is_safe_name(name):
            raise SaveFailed(detail=f"unusable name in job {job_id!r}")
        with self._writing(self._results / owner_key(owner) / job_id, name) as file:
            yield file

    @contextlib.contextmanager
    def _writing(self, folder: Path, name: str) -> Iterator[BinaryIO]:
        with as_save_failed():
            file, part = new_part(folder)
            try:
                with file:
                    yield file
                    file.flush()
                    os.fsync(file.fileno())
                    # Still locked, so a sweep in another process leaves it alone.
                    os.replace(part, folder / name)
                sync_folder(folder)
            except BaseException:
                part.unlink(missing_ok=True)
                raise

    def save_master(self, owner: str, job_id: str, name: str, data: bytes) -> Path:
        """Keep `data` as the painted original of the picture `name`. Raises SaveFailed."""
        if not is_job_id(job_id) or not is_safe_name(name):
            raise SaveFailed(detail=f"unusable name in job {job_id!r}")
        folder = self._results / owner_key(owner) / job_id
        with self._writing(folder, master_name(name)) as file:
            file.write(data)
        return folder / master_name(name)

    def master_of(self, owner: str, job_id: str, name: str) -> Path:
        """The painted original of the owner's picture `name`. Raises JobNotFound."""
        usable = is_job_id(job_id) and is_safe_name(name)
        hidden = master_name(name) if usable else ""
        path = self._results / owner_key(owner) / job_id / hidden if usable else None
        if path is None or path.is_symlink() or not path.is_file():
            raise JobNotFound(detail=f"no original, job {job_id!r}")
        return path

    def link_master(
        self, owner: str, from_job: str, from_name: str, to_job: str, to_name: str
    ) -> Path:
        """Give the picture `to_name` the original of `from_name`, on disk once where the file
        system can. Raises JobNotFound without an original, SaveFailed."""
        source = self.master_of(owner, from_job, from_name)
        if not is_job_id(to_job) or not is_safe_name(to_name):
            raise SaveFailed(detail=f"unusable name in job {to_job!r}")
        target = self._results / owner_key(owner) / to_job / master_name(to_name)
        with as_save_failed():
            link_or_copy(source, target)
        return target

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
        """Delete one picture and its master; False when there was none. Raises SaveFailed."""
        return self.delete_by_key(owner_key(owner), job_id, name)

    def delete_by_key(self, key: str, job_id: str, name: str) -> bool:
        """As `delete`, for a row that carries the owner key."""
        if not (_KEY.fullmatch(key) and is_job_id(job_id) and is_safe_name(name)):
            return False
        folder = self._results / key / job_id
        was_there = (folder / name).is_file()
        with as_save_failed():
            for each in (name, master_name(name)):
                (folder / each).unlink(missing_ok=True)
        remove_empty({folder})
        return was_there

    def find(self, job: str, name: str, key: str = "*") -> Iterator[Path]:
        """Files of all owners, or of one, whose job and name fit those patterns."""
        return self._results.glob(f"{key}/{job}/{name}")

    def settled(self, after: float, before: float) -> dict[str, set[tuple[str, str]]]:
        """By owner key the places (job id, name) of files last changed between those moments."""
        found: dict[str, set[tuple[str, str]]] = {}
        for folder in self._results.glob("*/*"):
            with contextlib.suppress(OSError):  # deleted while it was looked at
                places = {(folder.name, name) for name in settled(folder, after, before)}
                found.setdefault(folder.parent.name, set()).update(places)
        return found

    def sweep(self) -> int:
        """Delete what writes that died left behind; live writes of any process stay. Returns how
        many were deleted."""
        # The first of them: left by one that died in the first moment of its start.
        parts = [*self._results.glob(f"*{PART}"), *self._results.glob(f"*/*/*{PART}")]
        dead = [part for part in parts if remove_if_dead(part)]
        remove_empty({part.parent for part in dead} - {self._results})
        return len(dead)

    def expire(self, days: float, now: float) -> int:
        """Delete pictures older than `days` at `now` (seconds since 1970) with their masters, ZIPs
        older than an hour, masters that lost their picture, then empty folders. Returns how many
        pictures and ZIPs were deleted."""
        expired, lone = [], []
        for folder in self._results.glob("*/*"):
            with contextlib.suppress(OSError):
                old, orphans = outdated(folder, now - days * 86400, now)
                expired += old
                lone += orphans
        for path in [*expired, *lone]:
            with contextlib.suppress(OSError):
                path.unlink()
        remove_empty({path.parent for path in [*expired, *lone]})
        return sum(not path.exists() for path in expired)

    def used_bytes(self, owner: str, without: Collection[tuple[str, str]] = ()) -> int:
        """As `used_bytes_by_key`."""
        return self.used_bytes_by_key(owner_key(owner), without)

    def used_bytes_by_key(self, key: str, without: Collection[tuple[str, str]] = ()) -> int:
        """Bytes of an owner's pictures, masters, uploads and brand, a file of two names counted
        once. Pictures at the places `without` (job id, name) and ZIPs do not count."""
        left_out: dict[str, set[str]] = {}
        for job_id, name in without:
            left_out.setdefault(job_id, set()).update((name, master_name(name)))
        sizes = sizes_in(str(self._brands / key), ())
        with contextlib.suppress(FileNotFoundError):
            for job in os.scandir(self._results / key):
                sizes.update(sizes_in(job.path, left_out.get(job.name, set())))
        return sum(sizes.values())

    def check_disk(self, more: int = 0) -> None:
        """Raises SaveFailed where the disk would be nearly full after `more` bytes."""
        free = self.free_bytes()
        if free - more < self.least_free_bytes:
            raise SaveFailed("error.disk_low", detail=f"{free} bytes free, {more} asked for")

    def free_bytes(self) -> int:
        """Bytes this program may still write. Raises SaveFailed when the folder is gone."""
        with as_save_failed():
            return shutil.disk_usage(self._results).free
