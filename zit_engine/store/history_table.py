"""The one connection to an SQLite file, shared by all threads of a process.

Comes in: statements. Goes out: rows, or how many changed. It knows no column.
"""

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from zit_engine.errors import SaveFailed, SettingsError
from zit_engine.store.history_file import open_history

Rows = list[tuple[Any, ...]]


class Table:
    """Safe for many threads; every change is its own transaction, so processes may share a file."""

    def __init__(self, path: Path, opener: Callable[[Path], sqlite3.Connection] = open_history):
        """Opens or makes the file (mode 0600) by `opener`. A damaged one, or one of a newer
        version, is moved aside and never written to. Raises SettingsError where the folder cannot
        be used."""
        self._lock = threading.RLock()
        try:
            self._connection = opener(Path(path))
        except (sqlite3.Error, OSError) as error:
            folder = Path(path).parent
            raise SettingsError("error.data_dir", path=folder, detail=str(error)) from error

    def close(self) -> None:
        """Close the file. Idempotent; nothing else works afterwards."""
        with self._lock:
            self._connection.close()

    def _rows(self, query: str, values: tuple[Any, ...]) -> Rows:
        with self._lock, _as_save_failed():
            return self._connection.execute(query, values).fetchall()

    def _change(self, query: str, values: tuple[Any, ...]) -> int:
        """Run one statement in its own transaction; returns the number of rows changed."""
        with self._lock, _as_save_failed():
            return self._connection.execute(query, values).rowcount

    def _change_many(self, query: str, each: Rows) -> None:
        """Run one statement for all values in one transaction: each alone would wait for the disk,
        about a millisecond."""
        with self._lock, _as_save_failed(), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany(query, each)


@contextlib.contextmanager
def _as_save_failed() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError, OverflowError, UnicodeEncodeError) as error:
        # The last two: values SQLite cannot hold, such as lone surrogates.
        raise SaveFailed(detail=f"{type(error).__name__}: {error}") from error
