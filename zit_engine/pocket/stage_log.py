"""Where a stage's log goes: the terminal, and a file that is added to when the stage resumes."""

from __future__ import annotations

import logging
from pathlib import Path

FORMAT = "%(asctime)s %(message)s"


def log_to(file: Path) -> None:
    """From now on log to `file` too; a stage run twice in one process logs once."""
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    for handler in [each for each in root.handlers if isinstance(each, logging.FileHandler)]:
        root.removeHandler(handler)
        handler.close()
    file.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(file, encoding="utf-8")
    handler.setFormatter(logging.Formatter(FORMAT))
    root.addHandler(handler)
