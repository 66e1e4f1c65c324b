"""Votes of blind comparisons in one SQLite file.

Comes in: a voter and a vote. Goes out: votes of a grid. A voter's id is kept only as its hash. It
knows nothing of ballots, pictures or statistics.
"""

import contextlib
import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zit_engine.errors import SaveFailed, SettingsError
from zit_engine.store.files import FILE_MODE, owner_key

REASONS = ("composition", "colour", "text", "odd")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS votes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    grid_id TEXT NOT NULL,
    ballot_id TEXT NOT NULL,
    voter_key TEXT NOT NULL,
    mode TEXT NOT NULL,
    shown TEXT NOT NULL,
    chosen TEXT,
    reasons TEXT NOT NULL,
    prompt TEXT NOT NULL,
    trade TEXT NOT NULL,
    seed INTEGER NOT NULL,
    voted_at REAL NOT NULL,
    UNIQUE (grid_id, ballot_id, voter_key)
)
"""
_COLUMNS = "ballot_id, mode, shown, chosen, reasons, prompt, trade, seed, voted_at"
_BUSY_S = 10.0


@dataclass(frozen=True, slots=True)
class Vote:
    """`shown`: styles in the order they stood on the ballot; `chosen`: one of them, None for none.
    `voted_at` is seconds since 1970; `voter` numbers the voters of a grid from 1, 0 unknown."""

    ballot_id: str
    mode: str
    shown: tuple[str, ...]
    chosen: str | None
    reasons: tuple[str, ...]
    prompt: str
    trade: str
    seed: int
    voted_at: float
    voter: int = 0


class Votes:
    """Votes in `path`. Safe for many threads and processes; a vote survives power loss."""

    def __init__(self, path: Path):
        """Opens or makes the file, mode 0600. Raises SettingsError where it cannot be used."""
        self._lock = threading.Lock()
        try:
            # Made by us first: SQLite would make it readable by others.
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, FILE_MODE))
            self._connection = sqlite3.connect(
                path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
            )
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
            self._connection.execute(_SCHEMA)
        except (sqlite3.Error, OSError) as error:
            folder = Path(path).parent
            raise SettingsError("error.data_dir", path=folder, detail=str(error)) from error

    def cast(self, grid_id: str, voter: str, vote: Vote) -> None:
        """Keep `vote`; a second one on the same ballot replaces the first and counts as newer.

        Raises SaveFailed, ValueError for a choice that was not shown or an unknown reason.
        """
        is_shown = vote.chosen is None or vote.chosen in vote.shown
        if not is_shown or not set(vote.reasons) <= set(REASONS):
            raise ValueError(f"not a vote: {vote}")
        values = (
            grid_id,
            vote.ballot_id,
            owner_key(voter),
            vote.mode,
            json.dumps(vote.shown),
            vote.chosen,
            json.dumps(vote.reasons),
            vote.prompt,
            vote.trade,
            vote.seed,
            vote.voted_at,
        )
        with self._lock, _as_save_failed():
            # REPLACE gives a new seq: undo takes back what was done last.
            self._connection.execute(
                "INSERT OR REPLACE INTO votes (grid_id, ballot_id, voter_key, mode, shown, chosen, "
                "reasons, prompt, trade, seed, voted_at) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                values,
            )

    def undo(self, grid_id: str, voter: str) -> Vote | None:
        """Take back the voter's latest vote of that grid and return it; None without one."""
        with self._lock, _as_save_failed():
            rows = self._connection.execute(
                "DELETE FROM votes WHERE seq = (SELECT max(seq) FROM votes WHERE grid_id = ? AND "
                f"voter_key = ?) RETURNING {_COLUMNS}",
                (grid_id, owner_key(voter)),
            ).fetchall()
        return _vote(rows[0]) if rows else None

    def of_grid(self, grid_id: str) -> list[Vote]:
        """Everybody's votes, oldest first."""
        return self._list("grid_id = ?", (grid_id,))

    def of_voter(self, grid_id: str, voter: str) -> list[Vote]:
        """One voter's votes, oldest first."""
        return self._list("grid_id = ? AND voter_key = ?", (grid_id, owner_key(voter)))

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _list(self, where: str, values: tuple[str, ...]) -> list[Vote]:
        with self._lock, _as_save_failed():
            rows = self._connection.execute(
                f"SELECT {_COLUMNS}, dense_rank() OVER (ORDER BY voter_key) FROM votes "
                f"WHERE {where} ORDER BY seq",
                values,
            ).fetchall()
        return [_vote(row) for row in rows]


def _vote(row: tuple[Any, ...]) -> Vote:
    """A row of _COLUMNS, typed by the schema."""
    ballot_id, mode, shown, chosen, reasons, *rest = row
    return Vote(
        ballot_id, mode, tuple(json.loads(shown)), chosen, tuple(json.loads(reasons)), *rest
    )


@contextlib.contextmanager
def _as_save_failed() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OverflowError, UnicodeEncodeError) as error:
        raise SaveFailed(detail=f"{type(error).__name__}: {error}") from error
