"""Photos, masks and logos an owner brought, each in a folder of its own among the results.

Comes in: an owner and a PNG. Goes out: an id, a path. Files of an owner are found by the owner key
alone, so a link or a ticket opens them without the secret id. It never looks inside a picture, and
an upload never changes: what was painted from it can be painted again.
"""

import contextlib
import os
import re
import secrets
import time
from pathlib import Path

from zit_engine.errors import JobNotFound, SaveFailed
from zit_engine.store.files import Files, owner_key
from zit_engine.store.history import History
from zit_engine.store.names import UPLOAD

# A photo nobody painted from is kept for somebody who comes back the same day.
UNUSED_S = 24 * 3600
_PREFIX = "upload-"
_UPLOAD_ID = re.compile(_PREFIX + "[0-9a-f]{32}", re.ASCII)


class Uploads:
    """The uploads among `files`; `history` tells which of them pictures were painted from."""

    def __init__(self, files: Files, history: History):
        self._files = files
        self._history = history

    def save(self, owner: str, png: bytes) -> str:
        """Keep `png` and return its id. Raises SaveFailed."""
        return self.save_by_key(owner_key(owner), png)

    def save_by_key(self, key: str, png: bytes) -> str:
        """As `save`, for a ticket that carries the owner key."""
        upload_id = _PREFIX + secrets.token_hex(16)
        self._files.save_by_key(key, upload_id, UPLOAD, png)
        return upload_id

    def path(self, owner: str, upload_id: str) -> Path:
        """The PNG of that upload of `owner`. Raises JobNotFound for anything else."""
        return self.path_by_key(owner_key(owner), upload_id)

    def path_by_key(self, key: str, upload_id: str) -> Path:
        """As `path`, for a ticket that carries the owner key."""
        if not _UPLOAD_ID.fullmatch(upload_id):
            raise JobNotFound(detail=f"no upload {upload_id!r}")
        return self._files.path_by_key(key, upload_id, UPLOAD)

    def use(self, owner: str, upload_id: str) -> Path:
        """As `path`; the upload is then kept as long as a picture painted now."""
        path = self.path(owner, upload_id)
        with contextlib.suppress(OSError):  # its age is a matter of tidying only
            os.utime(path)
        return path

    def drop(self, owner: str, upload_id: str) -> bool:
        """Delete the upload unless a picture was painted from it; whether it is gone."""
        return self.drop_by_key(owner_key(owner), upload_id)

    def drop_by_key(self, key: str, upload_id: str) -> bool:
        """As `drop`. Raises SaveFailed where the disk refuses."""
        if not _UPLOAD_ID.fullmatch(upload_id) or self._history.uses_upload(key, upload_id):
            return False
        return self._files.delete_by_key(key, upload_id, UPLOAD)

    def tidy(self, now: float | None = None) -> int:
        """Delete uploads nobody painted from for a day; returns how many. `now`: seconds since
        1970."""
        oldest = (time.time() if now is None else now) - UNUSED_S
        gone = 0
        for path in self._files.find(f"{_PREFIX}*", UPLOAD):
            with contextlib.suppress(OSError, SaveFailed):
                if path.stat().st_mtime < oldest:
                    gone += self.drop_by_key(path.parent.parent.name, path.parent.name)
        return gone
