"""What must be true of a data folder whatever happened to its servers.

Comes in: a folder no server works on, and who asked for what. Goes out: violations, none when all
is well. It reads and changes nothing but what the next start tidies anyway.
"""

import sqlite3
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from zit_engine.store.files import owner_key
from zit_engine.store.history import History
from zit_engine.store.names import PART, is_master_name, master_name


def violations(root: Path, names: Mapping[str, str]) -> list[str]:
    """`names`: owner id -> the name each of that owner's prompts begins with. Call after a tidying
    that saw everything as old."""
    history = History(root / "history.sqlite3")
    try:
        found = [*_torn(root), *_rows_and_files(root, history, names), *_twice(history, names)]
    finally:
        history.close()
    return found + _owed(root)


def _torn(root: Path) -> list[str]:
    """Pictures that do not open to the last pixel, and unfinished files."""
    found = []
    for path in (root / "results").rglob("*"):
        if path.is_dir():
            continue
        if path.name.endswith(PART):
            found.append(f"unfinished file {path.name}")
            continue
        try:
            with Image.open(path) as picture:
                picture.load()
        except (OSError, SyntaxError) as error:
            found.append(f"torn file {path.name}: {error}")
    return found


def _rows_and_files(root: Path, history: History, names: Mapping[str, str]) -> list[str]:
    """Every row has its two files, every file its row, and all of an owner is what that owner
    asked for."""
    found, expected = [], set()
    for owner, name in names.items():
        folder = root / "results" / owner_key(owner)
        for row in history.list(owner, 100_000):
            if row.request.prompt.split()[0] != name:
                found.append(f"{name} was given a picture of {row.request.prompt!r}")
            for file in (row.name, master_name(row.name)):
                expected.add(folder / row.job_id / file)
    there = {path for path in (root / "results").rglob("*") if path.is_file()}
    found += [f"row without file {path.name}" for path in expected - there]
    found += [f"file without row {path.name}" for path in there - expected]
    return found


def _twice(history: History, names: Mapping[str, str]) -> list[str]:
    """A picture of a job has one row, however often its server died."""
    found = []
    for owner, name in names.items():
        rows = history.list(owner, 100_000)
        seen = Counter((row.job_id, row.request.seed) for row in rows)
        found += [f"painted twice for {name}: {job}" for (job, _), n in seen.items() if n > 1]
    return found


def _owed(root: Path) -> list[str]:
    """Nothing is stuck: no accepted job is left over when everybody was served."""
    path = root / "accepted" / "jobs.sqlite3"
    connection = sqlite3.connect(path)
    try:
        rows = connection.execute("SELECT job_id, tries FROM jobs").fetchall()
    finally:
        connection.close()
    return [f"stuck job {job_id}, begun {tries} times" for job_id, tries in rows]


def picture_count(root: Path) -> int:
    """Pictures for people in the folder, masters not counted."""
    files = (root / "results").rglob("*")
    return sum(path.is_file() and not is_master_name(path.name) for path in files)
