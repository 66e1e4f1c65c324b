"""Opening the history file: a new one, a good one, or one that has to be moved aside first.

Comes in: a path. Goes out: a connection to a sound file of this version. It knows no rows.
"""

import contextlib
import fcntl
import logging
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from zit_engine.store.files import FILE_MODE

VERSION = 1
_SCHEMA = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS pictures (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    owner_key TEXT NOT NULL,
    job_id TEXT NOT NULL,
    name TEXT NOT NULL,
    request TEXT NOT NULL,
    model TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    format TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    seconds REAL NOT NULL,
    created_at REAL NOT NULL,
    note TEXT NOT NULL DEFAULT '',
    lettering TEXT NOT NULL DEFAULT '',
    favourite INTEGER NOT NULL DEFAULT 0,
    words TEXT NOT NULL DEFAULT '',
    trashed_at REAL,
    UNIQUE (owner_key, job_id, name)
);
CREATE TABLE IF NOT EXISTS began (at REAL NOT NULL);
INSERT INTO began SELECT (julianday('now') - 2440587.5) * 86400
    WHERE NOT EXISTS (SELECT 1 FROM began);
CREATE INDEX IF NOT EXISTS pictures_of_owner ON pictures (owner_key, seq);
PRAGMA user_version = {VERSION};
COMMIT;
"""
# What came after the first version, with what an older program leaves in it.
_ADDED = {
    "note": "TEXT NOT NULL DEFAULT ''",
    "lettering": "TEXT NOT NULL DEFAULT ''",
    "favourite": "INTEGER NOT NULL DEFAULT 0",
    "words": "TEXT NOT NULL DEFAULT ''",
    "trashed_at": "REAL",
}
_TRASH_INDEX = (
    "CREATE INDEX IF NOT EXISTS pictures_in_trash ON pictures (trashed_at) "
    "WHERE trashed_at IS NOT NULL"
)
# Another process may hold the file this long, for instance while it copies the WAL back.
_BUSY_S = 10.0
_CORRUPT_CODES = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_log = logging.getLogger(__name__)


class _Unusable(Exception):
    """The file is whole but not ours to write: damaged or newer. Never leaves this module."""


def open_history(path: Path) -> sqlite3.Connection:
    """A connection in autocommit and WAL mode, usable from any thread one at a time.

    A damaged file becomes <stem>.corrupt-<n><suffix>, one of a newer version <stem>.newer-<n>…,
    and an empty one takes its place. Raises OSError or sqlite3.Error when the folder is unusable.
    """
    with _folder_locked(path.parent):
        try:
            return _opened(path)
        except _Unusable as reason:
            aside = _move_aside(path, str(reason))
            _log.warning("history moved aside to %s, a new one is started", aside.name)
            return _opened(path)


@contextlib.contextmanager
def _folder_locked(folder: Path) -> Iterator[None]:
    """One process at a time judges the file, so none moves a fresh one aside."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _opened(path: Path) -> sqlite3.Connection:
    # Made by hand first: SQLite would make it readable to all, and gives its WAL the same mode.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, FILE_MODE))
    connection = sqlite3.connect(
        path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
    )
    try:
        _check(connection)
        connection.execute("PRAGMA journal_mode = WAL")
        # FULL: a row that was reported as kept survives a power cut, at about a millisecond each.
        connection.execute("PRAGMA synchronous = FULL")
        connection.executescript(_SCHEMA)
        connection.execute("SELECT seq, owner_key, request, created_at FROM pictures LIMIT 1")
        _add_columns(connection)
        connection.execute(_TRASH_INDEX)
    except sqlite3.DatabaseError as error:
        connection.close()
        if _is_damage(error):
            raise _Unusable("corrupt") from error
        raise
    except BaseException:
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection) -> None:
    """Raises _Unusable for a newer file and for one whose pages do not add up."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise _Unusable("newer")
    if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise _Unusable("corrupt")


def _add_columns(connection: sqlite3.Connection) -> None:
    """A file from before some column gets it. VERSION stays: the program of then names its columns,
    so it goes on reading and writing the same file."""
    there = {row[1] for row in connection.execute("PRAGMA table_info(pictures)")}
    for name, kind in _ADDED.items():
        if name not in there:
            connection.execute(f"ALTER TABLE pictures ADD COLUMN {name} {kind}")


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
