"""An owner's pictures as a whole: how much room they take, what was thrown away, what is too old.

Comes in: an owner, settings. Goes out: a Room, or a refusal with its numbers before anything is
painted. It counts files and knows no picture.
"""

import time
from dataclasses import dataclass

from zit_engine.errors import StorageFull
from zit_engine.store.archive import archive_bytes, drop_archives
from zit_engine.store.files import Files, owner_key
from zit_engine.store.history import History
from zit_engine.store.keeping import take_leftovers
from zit_engine.store.trash import Trash
from zit_engine.store.uploads import Uploads

# From here on the page says so: at a megabyte or two a picture some fifty still fit.
NEARLY_FULL = 0.8
MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Room:
    """What an owner's pictures take of what they may. `limit_mb` 0: no limit."""

    used_bytes: int
    limit_mb: int

    @property
    def used_mb(self) -> int:
        """Rounded down, so that it never says full before it is; not 0 while there is something."""
        return max(1, self.used_bytes // MB) if self.used_bytes else 0

    @property
    def is_full(self) -> bool:
        return 0 < self.limit_mb * MB <= self.used_bytes

    @property
    def is_nearly_full(self) -> bool:
        return 0 < self.limit_mb * MB * NEARLY_FULL <= self.used_bytes


class Shelf:
    """Cheap to build; `trash` starts a timer only when something is deleted."""

    def __init__(self, files: Files, history: History, owner_mb: int):
        self._files = files
        self._history = history
        self._owner_mb = owner_mb
        self.trash = Trash(files, history)

    def room(self, owner: str) -> Room:
        """Bytes on disk of all the owner has, without what lies in the trash and without ZIPs:
        both are gone soon, and ZIPs give way to whatever needs room. Raises SaveFailed."""
        used = self._files.used_bytes(owner, without=self._history.trashed(owner))
        return Room(used, self._owner_mb)

    def check_room(self, owner: str) -> None:
        """Raises StorageFull when the owner's share is used up, SaveFailed when the disk nearly
        is: to be asked before anything is painted."""
        self._files.check_disk()
        if self._owner_mb:
            self._check(owner_key(owner), self.room(owner), 0)

    def check_room_by_key(self, key: str, more: int = 0) -> None:
        """As `check_room`, for a ticket that carries the owner key, and for `more` bytes about to
        be written; the trash counts too."""
        self._files.check_disk(more)
        if self._owner_mb:
            self._check(key, Room(self._files.used_bytes_by_key(key), self._owner_mb), more)

    def _check(self, key: str, room: Room, more: int) -> None:
        needed, limit = room.used_bytes + more, room.limit_mb * MB
        if room.is_full or needed > limit:
            raise StorageFull("storage.full", used_mb=room.used_mb, limit_mb=room.limit_mb)
        if needed + archive_bytes(self._files, key) > limit:
            drop_archives(self._files, key)

    def tidy(self, days: float, now: float | None = None) -> None:
        """Clear what a dead process left, what was thrown away, what is older than `days` at `now`
        (seconds since 1970)."""
        now = time.time() if now is None else now
        self._files.sweep()
        self.trash.purge(now)
        self._history.expire(days, now)
        self._files.expire(days, now)
        Uploads(self._files, self._history).tidy(now)
        self._history.prune_missing(self._files)
        take_leftovers(self._files, self._history, now)

    def close(self) -> None:
        self.trash.close()
