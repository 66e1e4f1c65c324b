"""How the engine of the latest process is or was, as a small file `doctor` reads.

Comes in: a Health's data. Goes out: JSON in the data folder, owner-only, whole at any moment.
"""

import json
import os
import time
from pathlib import Path
from typing import Any

import structlog

log = structlog.get_logger(__name__)

NAME = "engine.json"


class HealthFile:
    """One file per data folder; the process that wrote last is the one it tells of."""

    def __init__(self, folder: Path):
        self._path = folder / NAME

    def write(self, data: dict[str, Any]) -> None:
        """Replace the file. A full disk is logged, never raised: the report is not the work."""
        told = {"pid": os.getpid(), "written_at": round(time.time(), 3), **data}
        temporary = self._path.with_name(f".{NAME}.{os.getpid()}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with open(descriptor, "w", encoding="utf-8") as file:
                json.dump(told, file, ensure_ascii=False)
            os.replace(temporary, self._path)
        except OSError as error:
            log.warning("health not written", error=repr(error))

    def read(self) -> dict[str, Any] | None:
        """What was written last, None when there is nothing readable."""
        try:
            data = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return data if isinstance(data, dict) else None
