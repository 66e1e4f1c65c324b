"""Pictures that were promised and are not there yet, so that a restart keeps the promise.

Comes in: accepted jobs and what becomes of them. Goes out: the jobs of processes that died. Owners
stand in it by their key only, wishes as in the history; the file is readable by this user alone.

Each living process holds a lock file beside the table, and its rows carry that file's name: a
process takes up only what a dead one left, also while others paint from the same folder. A lock
tells that; a process id would lie across containers.
"""

import contextlib
import dataclasses
import fcntl
import json
import os
import secrets
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zit_engine.errors import SaveFailed, SettingsError
from zit_engine.request.ad_request import AdRequest
from zit_engine.store.database import folder_locked, open_database
from zit_engine.store.disk import FILE_MODE, as_save_failed, make_folder
from zit_engine.store.files import OwnerKey, owner_key
from zit_engine.store.history_rows import request_of
from zit_engine.store.history_table import Table
from zit_engine.store.liveness import held_if_dead

VERSION = 1
_NAME = "jobs.sqlite3"
_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS jobs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    holder TEXT NOT NULL,
    job_id TEXT NOT NULL UNIQUE,
    owner_key TEXT NOT NULL,
    kind TEXT NOT NULL,
    counted INTEGER NOT NULL,
    accepted_at REAL NOT NULL,
    items TEXT NOT NULL,
    done TEXT NOT NULL DEFAULT '',
    begun INTEGER,
    tries INTEGER NOT NULL DEFAULT 0
);
PRAGMA user_version = {VERSION};
"""
_COLUMNS = "job_id, owner_key, kind, counted, accepted_at, items, done, tries"


@dataclass(frozen=True, slots=True)
class Wish:
    """One picture of a job: what was asked for, and its number within its press."""

    request: AdRequest
    number: int


@dataclass(frozen=True, slots=True)
class AcceptedJob:
    """A job that was not over. `done`: indices into `wishes` that were settled. `tries`: how many
    processes died since one was, having begun something of it."""

    job_id: str
    key: OwnerKey
    kind: str
    counted: int
    accepted_at: float
    wishes: tuple[Wish, ...]
    done: frozenset[int] = frozenset()
    tries: int = 0


class Accepted(Table):
    """The table in `root`/accepted. Safe for many threads and processes."""

    def __init__(self, root: Path):
        """Makes the folder. Raises SettingsError where nothing can be written."""
        self._folder = Path(root) / "accepted"
        try:
            make_folder(self._folder)
            with folder_locked(self._folder):
                self._me, self._handle = _new_lock(self._folder)
        except OSError as error:
            raise SettingsError("error.data_dir", path=root, detail=str(error)) from error
        self._missed: list[tuple[str, tuple[Any, ...]]] = []
        super().__init__(self._folder / _NAME, _open)

    def close(self) -> None:
        """As Table; what is still in it is then anybody's to take up."""
        with contextlib.suppress(SaveFailed):
            self.catch_up()
        super().close()
        with contextlib.suppress(OSError):
            os.close(self._handle)

    def add(self, job: AcceptedJob) -> None:
        """Write a job down before it stands in line. Survives power loss. Raises SaveFailed."""
        self.catch_up()
        items = json.dumps([dataclasses.asdict(wish) for wish in job.wishes])
        values = (self._me, job.job_id, job.key, job.kind, job.counted, job.accepted_at, items)
        self._change(
            "INSERT INTO jobs (holder, job_id, owner_key, kind, counted, accepted_at, items) "
            "VALUES (?,?,?,?,?,?,?)",
            values,
        )
        self._sync()

    def begin(self, job_id: str, index: int) -> None:
        """Picture `index` is about to be painted. Raises SaveFailed."""
        self._note("UPDATE jobs SET begun = ? WHERE job_id = ?", (index, job_id))

    def settle(self, job_id: str, index: int) -> None:
        """Picture `index` is there, or its owner was told why not. Raises SaveFailed."""
        self._note(
            "UPDATE jobs SET done = done || ?, tries = 0 WHERE job_id = ?", (f"{index},", job_id)
        )

    def rewrite(self, job: AcceptedJob) -> None:
        """The pictures of a job taken up again. Raises SaveFailed."""
        items = json.dumps([dataclasses.asdict(wish) for wish in job.wishes])
        done = "".join(f"{index}," for index in sorted(job.done))
        self._change(
            "UPDATE jobs SET items = ?, done = ? WHERE job_id = ?",
            (items, done, job.job_id),
        )

    def remove(self, job_id: str) -> None:
        """Nothing more is owed. Raises SaveFailed."""
        self._note("DELETE FROM jobs WHERE job_id = ?", (job_id,))

    def catch_up(self) -> None:
        """Write what a full disk refused, in its order. Raises SaveFailed while it still does."""
        with self._lock:
            while self._missed:
                self._change(*self._missed[0])
                del self._missed[0]

    def _note(self, query: str, values: tuple[Any, ...]) -> None:
        """What became of a promise is known once: when the disk has no room for it now, it is
        written before the next, or a picture told as failed would be painted by the next process.
        As nothing is accepted meanwhile, these are few."""
        with self._lock:
            self._missed.append((query, values))
            self.catch_up()

    def take_up(self) -> list[AcceptedJob]:
        """The jobs of dead processes in the order they were accepted, now this one's. Raises
        SaveFailed."""
        with folder_locked(self._folder):
            rows = self._rows("SELECT DISTINCT holder FROM jobs WHERE holder <> ?", (self._me,))
            dead = [holder for (holder,) in rows if _is_dead(self._folder / holder)]
            among = "holder IN (SELECT value FROM json_each(?))"
            self._change(
                "UPDATE jobs SET tries = tries + 1, begun = NULL "
                f"WHERE begun IS NOT NULL AND {among}",
                (json.dumps(dead),),
            )
            taken = self._rows(
                f"SELECT {_COLUMNS} FROM jobs WHERE {among} ORDER BY seq", (json.dumps(dead),)
            )
            self._change(f"UPDATE jobs SET holder = ? WHERE {among}", (self._me, json.dumps(dead)))
            for path in self._folder.glob("*.lock"):
                if path.name != self._me and _is_dead(path):
                    path.unlink(missing_ok=True)
        found = []
        for row in taken:
            # A row nobody can read must not keep the program from starting.
            with contextlib.suppress(ValueError, TypeError, KeyError):
                found.append(_job_of(row))
        return found

    def _sync(self) -> None:
        """Wait for the disk outside of SQLite's lock: what the painting thread writes meanwhile
        (about 0.05 ms) must not wait with it (4 ms and more on a busy disk)."""
        with as_save_failed():
            handle = os.open(self._folder / f"{_NAME}-wal", os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    def count(self) -> int:
        """How many jobs are owed by all processes of the folder."""
        return int(self._rows("SELECT count(*) FROM jobs", ())[0][0])


def accepted_job(
    job_id: str, owner: str, kind: str, counted: int, at: float, wishes: tuple[Wish, ...]
) -> AcceptedJob:
    """A job just accepted at `at` (seconds since 1970)."""
    return AcceptedJob(job_id, owner_key(owner), kind, counted, at, wishes)


def _open(path: Path) -> sqlite3.Connection:
    return open_database(path, VERSION, _shape)


def _shape(connection: sqlite3.Connection) -> None:
    connection.executescript(_SCHEMA)
    connection.execute(f"SELECT seq, holder, begun, {_COLUMNS} FROM jobs LIMIT 1")
    # Only `add` waits for the disk, see _sync; what else is lost with the power is found again in
    # the history.
    connection.execute("PRAGMA synchronous = NORMAL")


def _job_of(row: tuple[Any, ...]) -> AcceptedJob:
    job_id, key, kind, counted, at, items, done, tries = row
    wishes = (Wish(request_of(each["request"]), each["number"]) for each in json.loads(items))
    settled = frozenset(int(index) for index in done.split(",") if index)
    return AcceptedJob(job_id, OwnerKey(key), kind, counted, at, tuple(wishes), settled, tries)


def _new_lock(folder: Path) -> tuple[str, int]:
    name = f"{secrets.token_hex(8)}.lock"
    handle = os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_EXCL, FILE_MODE)
    fcntl.flock(handle, fcntl.LOCK_EX)
    return name, handle


def _is_dead(lock: Path) -> bool:
    """True when nobody holds that lock file, or it is gone."""
    try:
        with held_if_dead(lock) as is_dead:
            return is_dead
    except FileNotFoundError:
        return True
