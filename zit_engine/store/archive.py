"""A selection of pictures as one ZIP file.

Comes in: an owner and pictures. Goes out: the place of a finished ZIP among the owner's files, so
the same links serve it and the same expiry deletes it. Pictures stream from disk to disk.

An owner has two ZIPs at most: the newest, and the one before it for two minutes, so that a link
handed out a moment ago still begins its download. A download that has begun goes on: its file is
open, whatever becomes of its name.
"""

import contextlib
import secrets
import time
import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePath
from typing import BinaryIO

from zit_engine.errors import JobNotFound
from zit_engine.request.ad_request import AdResult
from zit_engine.store.disk import as_save_failed, remove_empty
from zit_engine.store.files import Files, owner_key
from zit_engine.store.key_locks import KeyLocks

# A page follows its link at once; two minutes are for a slow one.
LINK_GRACE_S = 120
# What a ZIP adds for each picture: its name twice and two headers.
_ENTRY_BYTES = 1000
_turns = KeyLocks()


def write_archive(
    files: Files, owner: str, pictures: Iterable[AdResult], name: str
) -> tuple[str, Path]:
    """Write a ZIP of `pictures` called `name` (ending in .zip) and return (job id, path) for it.

    Pictures deleted meanwhile are left out. Raises JobNotFound when none is left, SaveFailed when
    the disk refuses or would be left nearly full, ValueError for a name without .zip (it would be
    kept as long as a picture).
    """
    if not name.endswith(".zip"):
        raise ValueError(f"not a .zip name: {name!r}")
    key, job_id = owner_key(owner), f"zip-{secrets.token_hex(8)}"
    with _turns.held(key):  # ten presses at once would each find room for one
        found = list(_found(files, owner, pictures))
        if not found:
            raise JobNotFound(detail="nothing to pack")
        drop_archives(files, key)
        with as_save_failed():
            size = sum(path.stat().st_size + _ENTRY_BYTES for path in found)
        files.check_disk(size)
        with files.writing(owner, job_id, name) as target:
            pack(found, target)
        return job_id, files.path_of(owner, job_id, name)  # before a later press drops it


def archive_bytes(files: Files, key: str) -> int:
    """What the owner's ZIPs take on the disk."""
    return sum(size for _, size, _ in _archives(files, key))


def drop_archives(files: Files, key: str) -> None:
    """Delete the owner's ZIPs but the newest, and that too when its link had its time."""
    found = _archives(files, key)
    for number, (made, _, path) in enumerate(found):
        if number or made < time.time() - LINK_GRACE_S:
            with contextlib.suppress(OSError):  # the hourly tidying tries again
                path.unlink()
    remove_empty({path.parent for _, _, path in found})


def _archives(files: Files, key: str) -> list[tuple[float, int, Path]]:
    """When each was made, its bytes and its place, newest first."""
    found = []
    for path in files.find("*", "*.zip", key):
        with contextlib.suppress(OSError):  # deleted between listing and looking
            facts = path.stat()
            found.append((facts.st_mtime, facts.st_size, path))
    return sorted(found, reverse=True)


def pack(paths: Iterable[Path], target: BinaryIO) -> None:
    """Write a ZIP of `paths` into `target`: stored, because PNG and JPEG do not shrink further;
    names in UTF-8, a second one of the same name gets " (2)"."""
    taken: set[str] = set()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED, strict_timestamps=False) as archive:
        for path in paths:
            archive.write(path, _free_name(path.name, taken))


def _found(files: Files, owner: str, pictures: Iterable[AdResult]) -> Iterable[Path]:
    for picture in pictures:
        try:
            yield files.path_of(owner, picture.job_id, picture.name)
        except JobNotFound:
            continue


def _free_name(name: str, taken: set[str]) -> str:
    """`name`, numbered when taken; Windows unpacks without telling upper from lower case."""
    pure, number, free = PurePath(name), 1, name
    while free.casefold() in taken:
        number += 1
        free = f"{pure.stem} ({number}){pure.suffix}"
    taken.add(free.casefold())
    return free
