"""The tables of the history file, and how a file of an older program gets what it lacks.

Comes in: a path. Goes out: a connection to a sound file of this version. It knows no rows.
"""

import sqlite3
from pathlib import Path

from zit_engine.store.database import open_database

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


def open_history(path: Path) -> sqlite3.Connection:
    """As open_database, for a file of this shape."""
    return open_database(path, VERSION, _shape)


def _shape(connection: sqlite3.Connection) -> None:
    connection.executescript(_SCHEMA)
    connection.execute("SELECT seq, owner_key, request, created_at FROM pictures LIMIT 1")
    _add_columns(connection)
    connection.execute(_TRASH_INDEX)


def _add_columns(connection: sqlite3.Connection) -> None:
    """A file from before some column gets it. VERSION stays: the program of then names its columns,
    so it goes on reading and writing the same file."""
    there = {row[1] for row in connection.execute("PRAGMA table_info(pictures)")}
    for name, kind in _ADDED.items():
        if name not in there:
            connection.execute(f"ALTER TABLE pictures ADD COLUMN {name} {kind}")
