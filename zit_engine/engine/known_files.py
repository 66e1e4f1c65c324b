"""Style files from the hub as they were when first used here. Comes in: a file's label and its
SHA-256. Goes out: whether it is still the same. A name like `main` may point elsewhere tomorrow.
"""

import json
import os
import secrets
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)

FILE_NAME = "style-files.json"
FILE_MODE = 0o600


class KnownFiles:
    """SHA-256 by label in `folder`. The engine's lock guards one process; two that see a file first
    at the same moment write the same."""

    def __init__(self, folder: Path):
        self._path = Path(folder) / FILE_NAME

    def first_seen(self, label: str, sha256: str) -> str:
        """The SHA-256 `label` had when it was first used; `sha256`, kept from now on, where this is
        the first time. Raises OSError when it cannot be kept or read."""
        known = self._read()
        if label not in known:
            self._write(known | {label: sha256})
            log.info("style file noted", file=label, sha256=sha256)
        return known.get(label, sha256)

    def forget(self, label: str) -> bool:
        """Take the file as it is next time; False when it was not known. Raises OSError."""
        known = self._read()
        if known.pop(label, None) is None:
            return False
        self._write(known)
        return True

    def _read(self) -> dict[str, str]:
        try:
            text = self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        try:
            known = json.loads(text)
            if isinstance(known, dict) and all(isinstance(sum_, str) for sum_ in known.values()):
                return known
        except ValueError as error:
            raise OSError(f"{FILE_NAME} is no JSON: {error}") from error
        # Starting anew would take a changed file for the first one.
        raise OSError(f"{FILE_NAME} is no table of sums")

    def _write(self, known: dict[str, str]) -> None:
        part = self._path.with_name(f".{secrets.token_hex(8)}.part")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(known, file, indent=1, sort_keys=True)
            os.replace(part, self._path)
        finally:
            part.unlink(missing_ok=True)
