"""The grids that were asked for, one small JSON file each, so that one can be gone on with.

Comes in: an owner and Grids. Goes out: Grids. The pictures are not here: they are the history's.
"""

import contextlib
import dataclasses
import json
import os
import re
import secrets
from pathlib import Path

from zit_engine.compare.grid import Grid
from zit_engine.errors import JobNotFound, SaveFailed
from zit_engine.store.files import FILE_MODE, FOLDER_MODE, owner_key

_ID = re.compile(r"[0-9a-f]{32}")


class Grids:
    """Grids below `root`/grids. Safe for many threads: a file is replaced whole."""

    def __init__(self, root: Path):
        self._folder = Path(root) / "grids"

    def save(self, owner: str, grid: Grid) -> None:
        """Keep `grid`, replacing an earlier state of it. Raises SaveFailed."""
        folder = self._folder / owner_key(owner)
        part = folder / f".{secrets.token_hex(8)}.part"
        try:
            folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(dataclasses.asdict(grid), file)
            os.replace(part, folder / f"{grid.id}.json")
        except OSError as error:
            part.unlink(missing_ok=True)
            raise SaveFailed(detail=f"{type(error).__name__}: {error}") from error

    def get(self, owner: str, grid_id: str) -> Grid:
        """The owner's grid of that id. Raises JobNotFound."""
        return self._read(self._folder / owner_key(owner), grid_id)

    def shared(self, grid_id: str) -> tuple[str, Grid]:
        """(owner key, grid) of whoever's grid has that id: 128 random bits, so whoever knows it
        was told it. Raises JobNotFound."""
        for folder in self._folder.glob("*"):
            with contextlib.suppress(JobNotFound):
                return folder.name, self._read(folder, grid_id)
        raise JobNotFound(detail=f"grid {grid_id!r}")

    def newest(self, owner: str, limit: int) -> list[Grid]:
        """The owner's grids, newest first; unreadable files are left out."""
        grids = []
        folder = self._folder / owner_key(owner)
        for path in folder.glob("*.json"):
            with contextlib.suppress(JobNotFound):
                grids.append(self._read(folder, path.stem))
        grids.sort(key=lambda grid: grid.created_at, reverse=True)
        return grids[:limit]

    def expire(self, days: float, now: float) -> int:
        """Delete grids older than `days` at `now`, as their pictures are; returns how many."""
        gone = 0
        for path in self._folder.glob("*/*.json"):
            with contextlib.suppress(OSError):
                if path.stat().st_mtime < now - days * 86400:
                    path.unlink()
                    gone += 1
        return gone

    @staticmethod
    def _read(folder: Path, grid_id: str) -> Grid:
        path = folder / f"{grid_id}.json"
        if not _ID.fullmatch(grid_id) or not path.is_file():
            raise JobNotFound(detail=f"grid {grid_id!r}")
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            lists = {name: tuple(values[name]) for name in ("prompts", "styles", "seeds", "jobs")}
            return Grid(**{**values, **lists})
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise JobNotFound(detail=f"grid {grid_id}: {error!r}") from error
