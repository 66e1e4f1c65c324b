"""Rows of deleted pictures that may still come back.

Comes in: an owner and the places of pictures. Goes out: how many rows were hidden, shown again or
deleted for good. A hidden row keeps its place in the order, so a restored picture stands where it
stood. It knows no clock and waits for nobody.
"""

import json
import logging
from collections.abc import Callable, Iterable
from pathlib import Path

from zit_engine.errors import SaveFailed
from zit_engine.store.files import Files, owner_key
from zit_engine.store.history_table import Table
from zit_engine.store.names import UPLOAD

# A picture of a job: (job id, file name).
Place = tuple[str, str]
# Stands for "being deleted right now" in trashed_at: too late to restore.
_CLAIMED = 0
# Hidden so long after now: the clock was set back since, and it would lie there till then.
_AHEAD_S = 3600.0
_THESE = (
    "owner_key = ? AND (job_id, name) IN "
    "(SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?))"
)
# The uploads a picture was painted from: "", or NULL in rows of an older program.
_UPLOADS = "json_extract(request, '$.photo'), json_extract(request, '$.photo_mask')"
_log = logging.getLogger(__name__)


class TrashedRows(Table):
    """The part of the history nobody sees."""

    def __init__(self, path: Path):
        """As Table. `is_awaited`: whether a picture is still to be painted from that upload; who
        paints pictures sets it."""
        super().__init__(path)
        self.is_awaited: Callable[[str], bool] = lambda upload_id: False

    def trash(self, owner: str, places: Iterable[Place], now: float) -> int:
        """Hide the owner's pictures at those places; returns how many. Raises SaveFailed."""
        return self._change(
            f"UPDATE pictures SET trashed_at = ? WHERE {_THESE} AND trashed_at IS NULL",
            (now, owner_key(owner), json.dumps([*places])),
        )

    def restore(self, owner: str, places: Iterable[Place]) -> int:
        """Show hidden pictures again; returns how many there still were. Raises SaveFailed."""
        return self._change(
            f"UPDATE pictures SET trashed_at = NULL WHERE {_THESE} AND trashed_at > {_CLAIMED}",
            (owner_key(owner), json.dumps([*places])),
        )

    def trashed(self, owner: str) -> set[Place]:
        """The places of the owner's hidden pictures."""
        rows = self._rows(
            "SELECT job_id, name FROM pictures WHERE owner_key = ? AND trashed_at IS NOT NULL",
            (owner_key(owner),),
        )
        return {(job_id, name) for job_id, name in rows}

    def first_trashed(self) -> float | None:
        """When the picture that lies hidden longest was hidden; None for an empty trash."""
        rows = self._rows("SELECT min(trashed_at) FROM pictures WHERE trashed_at > ?", (_CLAIMED,))
        return None if rows[0][0] is None else float(rows[0][0])

    def purge(self, files: Files, before: float) -> int:
        """Delete what was hidden up to `before`, or by a clock that was far ahead: the files, then
        the rows. Returns how many.

        Claimed first, so that nothing is restored while its file goes. Killed at any point, the
        claimed rows are left, and the next purge goes on with them; so it does with a file the
        disk would not delete. Raises SaveFailed when the history itself cannot be written.
        """
        self._change(
            f"UPDATE pictures SET trashed_at = {_CLAIMED} WHERE trashed_at <= ? OR trashed_at > ?",
            (before, before + _AHEAD_S),
        )
        gone: list[int] = []
        uploads: set[Place] = set()
        for seq, key, job_id, name, *used in self._rows(
            f"SELECT seq, owner_key, job_id, name, {_UPLOADS} FROM pictures WHERE trashed_at = ?",
            (_CLAIMED,),
        ):
            try:
                files.delete_by_key(key, job_id, name)
                gone.append(seq)
                uploads.update((key, upload_id) for upload_id in used if upload_id)
            except SaveFailed as error:
                _log.warning("a deleted picture's file is still there: %s", error)
        changed = self._change(
            "DELETE FROM pictures WHERE seq IN (SELECT value FROM json_each(?)) AND trashed_at = ?",
            (json.dumps(gone), _CLAIMED),
        )
        for key, upload_id in uploads:
            if not self.uses_upload(key, upload_id):
                files.delete_by_key(key, upload_id, UPLOAD)
        return changed

    def uses_upload(self, key: str, upload_id: str) -> bool:
        """True while a picture of that owner key, hidden or not, was painted from the upload, or
        one is still to be."""
        # In this order: a picture has its row before it is awaited no more.
        return self.is_awaited(upload_id) or bool(
            self._rows(
                f"SELECT 1 FROM pictures WHERE owner_key = ? AND ? IN ({_UPLOADS}) LIMIT 1",
                (key, upload_id),
            )
        )
