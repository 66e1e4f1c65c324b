"""Deleting with a way back: a picture is gone from sight at once and from the disk ten seconds
later.

Comes in: an owner and the places of pictures. Goes out: how many were hidden or came back. It
knows no page. What a dead process left in the trash is deleted by `purge` at the next start.
"""

import logging
import threading
import time
from collections.abc import Iterable

from zit_engine.errors import SaveFailed
from zit_engine.store.files import Files
from zit_engine.store.history import History
from zit_engine.store.history_trash import Place

# Long enough to read a line and reach for the button; the page shows it as long.
UNDO_S = 10.0
# Somebody who presses in the last moment is still heard: the press travels to get here.
_GRACE_S = 1.0
_log = logging.getLogger(__name__)


class Trash:
    """One timer at most, and only while something lies in the trash."""

    def __init__(self, files: Files, history: History, undo_s: float = UNDO_S + _GRACE_S):
        self._files = files
        self._history = history
        self._undo_s = undo_s
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._is_closed = False

    def put(self, owner: str, places: Iterable[Place]) -> int:
        """Hide pictures and delete them when nobody wants them back. Returns how many there were.
        Raises SaveFailed; nothing is hidden then."""
        hidden = self._history.trash(owner, places, time.time())
        self._wait()
        return hidden

    def restore(self, owner: str, places: Iterable[Place]) -> int:
        """Bring hidden pictures back to where they stood; returns how many still could. Raises
        SaveFailed."""
        return self._history.restore(owner, places)

    def purge(self, now: float | None = None) -> None:
        """Delete what has lain long enough at `now`, and see to the rest in time. Raises
        SaveFailed."""
        try:
            now = time.time() if now is None else now
            self._history.purge(self._files, now - self._undo_s)
        finally:
            self._wait()

    def close(self) -> None:
        """Wait no longer; what still lies in the trash is for the next start."""
        with self._lock:
            self._is_closed = True
            if self._timer is not None:
                self._timer.cancel()

    def _wait(self) -> None:
        with self._lock:
            if self._is_closed or self._timer is not None:
                return
            first = self._history.first_trashed()
            if first is None:
                return
            # Never longer than the whole time: a clock set back would otherwise keep it for days.
            delay = min(max(first + self._undo_s - time.time(), 0.0) + 0.01, self._undo_s)
            self._timer = threading.Timer(delay, self._due)
            self._timer.daemon = True
            self._timer.start()

    def _due(self) -> None:
        with self._lock:
            self._timer = None
        try:
            self.purge()
        except SaveFailed as error:  # nobody is there to be told; the hourly tidying tries again
            _log.warning("the trash could not be emptied: %s", error)
