"""The list of delivered pictures, newest first, in one SQLite file.

Comes in: AdResult rows. Goes out: AdResult rows of one owner. The owner id is stored only as its
hash; whether a picture's file exists is the caller's order of work: file first, row last.
"""

import contextlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from zit_engine.errors import JobNotFound
from zit_engine.request.ad_request import AdResult
from zit_engine.store.files import Files, owner_key
from zit_engine.store.history_rows import COLUMNS, result_of, values_of, words_of
from zit_engine.store.history_search import condition
from zit_engine.store.history_trash import Place, TrashedRows
from zit_engine.store.names import is_job_id, is_safe_name

# A picture made again keeps its place and its owner's mark.
_REPLACED = ", ".join(
    f"{name}=excluded.{name}" for name in (*COLUMNS.split(", ")[2:], "words") if name != "favourite"
)
# Inside the class below, `list` is its method.
_Results = list[AdResult]


class History(TrashedRows):
    """Rows in `path`. Safe for many threads and processes; order is the order of adding, so a
    clock set back changes nothing."""

    def __init__(self, path: Path):
        """As Table; words are filled in for rows an older program wrote."""
        super().__init__(path)
        self._fill_words()

    def add(self, owner: str, result: AdResult) -> None:
        """Add one picture; the same job and name again replaces its row, keeping its place.
        Survives power loss once it returns. Raises SaveFailed."""
        values = values_of(result)
        self._change(
            f"INSERT INTO pictures (owner_key, {COLUMNS}, words) VALUES "
            f"({','.join('?' * (len(values) + 1))}) "
            f"ON CONFLICT (owner_key, job_id, name) DO UPDATE SET {_REPLACED}, trashed_at=NULL",
            (owner_key(owner), *values),
        )

    def list(
        self,
        owner: str,
        limit: int,
        before: AdResult | None = None,
        *,
        search: str = "",
        favourites: bool = False,
    ) -> _Results:
        """At most `limit` pictures, newest first; with `before`, those older than that one. With
        `search` only those whose words hold each word of it, with `favourites` only marked ones.

        If `before` was deleted meanwhile, its created_at decides where to go on.
        """
        key = owner_key(owner)
        where, values = condition(key, search, favourites)
        if before is not None:
            clause, more = self._older_than(key, before)
            where, values = f"{where} AND {clause}", (*values, more)
        rows = self._rows(
            f"SELECT {COLUMNS} FROM pictures WHERE {where} ORDER BY seq DESC LIMIT ?",
            (*values, max(limit, 0)),
        )
        return [result_of(row) for row in rows]

    def count(self, owner: str, *, search: str = "", favourites: bool = False) -> int:
        """How many pictures `list` would show without a limit."""
        where, values = condition(owner_key(owner), search, favourites)
        return int(self._rows(f"SELECT count(*) FROM pictures WHERE {where}", values)[0][0])

    def set_favourite(self, owner: str, job_id: str, name: str, is_favourite: bool) -> None:
        """Mark one picture, or take the mark off. Raises JobNotFound, SaveFailed."""
        changed = is_safe_name(name) and self._change(
            "UPDATE pictures SET favourite = ? WHERE owner_key = ? AND job_id = ? AND name = ? "
            "AND trashed_at IS NULL",
            (int(is_favourite), owner_key(owner), job_id, name),
        )
        if not changed:
            raise JobNotFound(detail=f"job {job_id!r}")

    def _older_than(self, key: str, result: AdResult) -> tuple[str, Any]:
        rows = self._rows(
            "SELECT seq FROM pictures WHERE owner_key = ? AND job_id = ? AND name = ?",
            (key, result.job_id, result.name),
        )
        return ("seq < ?", rows[0][0]) if rows else ("created_at < ?", result.created_at)

    def of_jobs(self, owner: str, job_ids: Iterable[str]) -> _Results:
        """The owner's pictures of those jobs, in the order they were added."""
        return self.of_jobs_by_key(owner_key(owner), job_ids)

    def of_jobs_by_key(self, key: str, job_ids: Iterable[str]) -> _Results:
        """As `of_jobs`, for somebody who was shown a grid and knows its owner's key only."""
        rows = self._rows(
            f"SELECT {COLUMNS} FROM pictures WHERE owner_key = ? AND trashed_at IS NULL AND "
            "job_id IN (SELECT value FROM json_each(?)) ORDER BY seq",
            (key, json.dumps([*job_ids])),
        )
        return [result_of(row) for row in rows]

    def get(self, owner: str, job_id: str, name: str) -> AdResult:
        """One picture of `owner`. Raises JobNotFound."""
        if not is_safe_name(name) or not is_job_id(job_id):
            raise JobNotFound(detail=f"job {job_id!r}")
        rows = self._rows(
            f"SELECT {COLUMNS} FROM pictures WHERE owner_key = ? AND job_id = ? AND name = ? "
            "AND trashed_at IS NULL",
            (owner_key(owner), job_id, name),
        )
        if not rows:
            raise JobNotFound(detail=f"job {job_id!r}")
        return result_of(rows[0])

    def began(self) -> float:
        """When this list began (seconds since 1970): it knows nothing of files from before, which
        an earlier list that was damaged or lost may have held."""
        return float(self._rows("SELECT max(at) FROM began", ())[0][0])

    def places_by_key(self, key: str) -> set[Place]:
        """The places of all rows of that owner key, hidden ones too."""
        return {*self._rows("SELECT job_id, name FROM pictures WHERE owner_key = ?", (key,))}

    def has_any(self, key: str) -> bool:
        """True while that owner key has a row, hidden ones too."""
        return bool(self._rows("SELECT 1 FROM pictures WHERE owner_key = ? LIMIT 1", (key,)))

    def delete(self, owner: str, job_id: str, name: str) -> bool:
        """Delete one row, not its file; False when there was none. Raises SaveFailed."""
        if not is_safe_name(name) or not is_job_id(job_id):
            return False
        changed = self._change(
            "DELETE FROM pictures WHERE owner_key = ? AND job_id = ? AND name = ?",
            (owner_key(owner), job_id, name),
        )
        return changed > 0

    def expire(self, days: float, now: float) -> int:
        """Delete rows older than `days` at `now` (seconds since 1970); returns how many."""
        return self._change("DELETE FROM pictures WHERE created_at < ?", (now - days * 86400,))

    def prune_missing(self, files: Files) -> int:
        """Delete rows whose file is gone; returns how many."""
        gone = []
        for seq, key, job_id, name in self._rows(
            "SELECT seq, owner_key, job_id, name FROM pictures", ()
        ):
            try:
                files.path_by_key(key, job_id, name)
            except JobNotFound:
                gone.append(seq)
        # One statement for all: each change waits for the disk on its own.
        return self._change(
            "DELETE FROM pictures WHERE seq IN (SELECT value FROM json_each(?))",
            (json.dumps(gone),),
        )

    def _fill_words(self) -> None:
        """Makes rows findable that were written before there was a search."""
        found = []
        for seq, *row in self._rows(f"SELECT seq, {COLUMNS} FROM pictures WHERE words = ''", ()):
            # A row nobody can read must not keep the program from starting.
            with contextlib.suppress(ValueError, TypeError):
                found.append((words_of(result_of(tuple(row))), seq))
        self._change_many("UPDATE pictures SET words = ? WHERE seq = ?", found)
