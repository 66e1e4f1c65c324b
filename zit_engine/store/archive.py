"""A selection of pictures as one ZIP file.

Comes in: an owner and pictures. Goes out: the place of a finished ZIP among the owner's files, so
the same links serve it and the same expiry deletes it. Pictures stream from disk to disk.
"""

import secrets
import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePath
from typing import BinaryIO

from zit_engine.errors import JobNotFound
from zit_engine.request.ad_request import AdResult
from zit_engine.store.files import Files


def write_archive(
    files: Files, owner: str, pictures: Iterable[AdResult], name: str
) -> tuple[str, Path]:
    """Write a ZIP of `pictures` called `name` (ending in .zip) and return (job id, path) for it.

    Pictures deleted meanwhile are left out. Raises JobNotFound when none is left, SaveFailed when
    the disk refuses, ValueError for a name without .zip (it would be kept as long as a picture).
    """
    if not name.endswith(".zip"):
        raise ValueError(f"not a .zip name: {name!r}")
    found = list(_found(files, owner, pictures))
    if not found:
        raise JobNotFound(detail="nothing to pack")
    job_id = f"zip-{secrets.token_hex(8)}"
    with files.writing(owner, job_id, name) as target:
        pack(found, target)
    return job_id, files.path_of(owner, job_id, name)


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
