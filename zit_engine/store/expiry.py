"""What of one job's folder is too old to stay.

Comes in: a folder and moments. Goes out: paths. It deletes nothing and knows neither owners nor
rows.
"""

from collections.abc import Iterator
from pathlib import Path

from zit_engine.store.names import PART, is_master_name, is_safe_name, master_name

# A ZIP repeats pictures that are kept anyway and can be made again.
ARCHIVE_S = 3600
# A master this long without its picture, or a file this long without its row, was left by a writer
# that died: painting, cropping and encoding take seconds.
LONE_S = 3600


def outdated(folder: Path, oldest: float, now: float) -> tuple[list[Path], list[Path]]:
    """What of one job is to go: (pictures and ZIPs, masters). Pictures changed before `oldest`."""
    facts = {path: path.lstat() for path in folder.iterdir() if path.suffix != PART}
    masters = {path for path in facts if is_master_name(path.name)}
    old = [
        path
        for path in facts.keys() - masters
        if facts[path].st_mtime
        < (max(oldest, now - ARCHIVE_S) if path.suffix == ".zip" else oldest)
    ]
    kept = {master_name(path.name) for path in facts.keys() - masters - {*old}}
    lost = {master_name(path.name) for path in old}
    # By the time of the last link, not of the painting: an old master may just have been given to
    # a new picture that is still being encoded.
    lone = [
        path
        for path in masters
        if path.name not in kept and (path.name in lost or facts[path].st_ctime < now - LONE_S)
    ]
    return old, lone


def settled(folder: Path, after: float, before: float) -> Iterator[str]:
    """Names of the files for people in `folder` last changed between those moments; by ctime,
    because an old mtime can come with a copy or out of a backup."""
    for path in folder.iterdir():
        if is_safe_name(path.name) and after <= path.lstat().st_ctime < before:
            yield path.name
