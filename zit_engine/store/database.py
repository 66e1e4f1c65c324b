"""Opening an SQLite file: a new one, a good one, or one that has to be moved aside first.

Comes in: a path, the version a program writes, and what shapes a file. Goes out: a connection to a
sound file of this version. It knows no tables.
"""

import contextlib
import fcntl
import logging
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from zit_engine.store.disk import FILE_MODE

# Makes what is missing in an open file; raises sqlite3.Error for tables that are not ours.
Shape = Callable[[sqlite3.Connection], None]
# Another process may hold the file this long, for instance while it copies the WAL back.
_BUSY_S = 10.0
_CORRUPT_CODES = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_log = logging.getLogger(__name__)


class _Unusable(Exception):
    """The file is whole but not ours to write: damaged or newer. Never leaves this module."""


def open_database(path: Path, version: int, shape: Shape) -> sqlite3.Connection:
    """A connection in autocommit and WAL mode, usable from any thread one at a time.

    A damaged file becomes <stem>.corrupt-<n><suffix>, one of a newer version <stem>.newer-<n>…,
    and an empty one takes its place. Raises OSError or sqlite3.Error when the folder is unusable.
    """
    with folder_locked(path.parent):
        try:
            return _opened(path, version, shape)
        except _Unusable as reason:
            aside = _move_aside(path, str(reason))
            _log.warning("%s moved aside to %s, a new one is started", path.name, aside.name)
            return _opened(path, version, shape)


@contextlib.contextmanager
def folder_locked(folder: Path) -> Iterator[None]:
    """One process at a time judges what lies there, so none moves a fresh file aside."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _opened(path: Path, version: int, shape: Shape) -> sqlite3.Connection:
    # Made by hand first: SQLite would make it readable to all, and gives its WAL the same mode.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, FILE_MODE))
    connection = sqlite3.connect(
        path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
    )
    try:
        _check(connection, version)
        connection.execute("PRAGMA journal_mode = WAL")
        # FULL: a row that was reported as kept survives a power cut, at about a millisecond each.
        connection.execute("PRAGMA synchronous = FULL")
        shape(connection)
    except sqlite3.DatabaseError as error:
        connection.close()
        if _is_damage(error):
            raise _Unusable("corrupt") from error
        raise
    except BaseException:
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection, version: int) -> None:
    """Raises _Unusable for a newer file and for one whose pages do not add up."""
    if connection.execute("PRAGMA user_version").fetchone()[0] > version:
        raise _Unusable("newer")
    if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise _Unusable("corrupt")


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    """Damage, not a busy file or a full disk. A plain SQL error means foreign tables: not ours."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    return code in _CORRUPT_CODES or code == sqlite3.SQLITE_ERROR


def _move_aside(path: Path, reason: str) -> Path:
    """Rename the file and SQLite's two companions to the first free number."""
    number = 1
    while (aside := path.with_name(f"{path.stem}.{reason}-{number}{path.suffix}")).exists():
        number += 1
    for companion in ("-wal", "-shm", ""):
        with contextlib.suppress(FileNotFoundError):
            os.rename(f"{path}{companion}", f"{aside}{companion}")
    return aside
