"""A folder for passing files that belongs to this process and to nobody else.

Comes in: the folder they all stand in. Goes out: this process's own, readable by this user only.
What dead processes left is cleared; a lock, not a number, tells the living from the dead, because
in a container every process may have the same number.
"""

import contextlib
import fcntl
import os
import secrets
import shutil
from pathlib import Path

from zit_engine.errors import SettingsError
from zit_engine.store.liveness import held_if_dead

_MODE = 0o700
_LOCK = ".lock"
# The folders of this process: the open lock files keep them from being cleared.
_own: dict[Path, tuple[Path, int]] = {}


def own_folder(parent: Path) -> Path:
    """This process's folder below `parent`, the same one each time. Raises SettingsError."""
    if parent in _own and _own[parent][0].is_dir():
        return _own[parent][0]
    try:
        parent.mkdir(mode=_MODE, parents=True, exist_ok=True)
        parent.chmod(_MODE)
        _sweep(parent)
        folder = parent / secrets.token_hex(8)
        folder.mkdir(mode=_MODE)
        lock = os.open(folder / _LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
    except OSError as error:
        raise SettingsError("error.data_dir", path=parent, detail=str(error)) from error
    _own[parent] = folder, lock
    return folder


def _sweep(parent: Path) -> None:
    """Clear the folders whose process is gone."""
    for folder in parent.iterdir():
        if folder.is_symlink() or not folder.is_dir():
            continue
        with contextlib.suppress(OSError):  # another process clears it at the same moment
            with held_if_dead(folder / _LOCK) as is_dead:
                if is_dead:
                    shutil.rmtree(folder)
