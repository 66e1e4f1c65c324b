"""A damaged or newer file is moved aside untouched, and the service starts."""

import json
import sqlite3

import pytest

from zit_engine.errors import SettingsError
from zit_engine.request.ad_request import AdRequest, AdResult
from zit_engine.store.files import owner_key
from zit_engine.store.history import History
from zit_engine.store.history_file import VERSION

ROW = AdResult("job", "a.png", AdRequest("a", seed=1), "pocket", 8, 8, "png", 9, 1.0, 1.0)


def filled(path, rows: int = 400) -> bytes:
    """A closed, sound history file of several pages; its bytes."""
    history = History(path)
    for number in range(rows):
        history.add("o", AdResult(f"job-{number}", *(getattr(ROW, f) for f in ROW.__slots__[1:])))
    history.close()
    return path.read_bytes()


def starts_fresh(path) -> None:
    history = History(path)
    assert history.count("o") == 0
    history.add("o", ROW)
    assert history.list("o", 9) == [ROW]
    history.close()


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    return filled(tmp_path_factory.mktemp("sound") / "history.sqlite3")


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"not a database, but long enough to look like one" * 100,
        lambda data: b"\0" * len(data),
        lambda data: data[: len(data) // 2],
        lambda data: data[:4096] + b"\xff" * 4096 + data[8192:],
        lambda data: data[:100] + b"\xff" * 1000 + data[1100:],
    ],
    ids=["text", "zeros", "half", "page", "schema"],
)
def test_a_damaged_file_is_moved_aside(tmp_path, sound, damage):
    path = tmp_path / "history.sqlite3"
    damaged = damage(sound)
    path.write_bytes(damaged)
    starts_fresh(path)
    assert (tmp_path / "history.corrupt-1.sqlite3").read_bytes() == damaged


def test_an_earlier_moved_file_is_not_overwritten(tmp_path):
    path = tmp_path / "history.sqlite3"
    for number in (1, 2):
        path.unlink(missing_ok=True)
        path.write_bytes(b"damage number %d " % number * 500)
        starts_fresh(path)
    for number in (1, 2):
        aside = tmp_path / f"history.corrupt-{number}.sqlite3"
        assert aside.read_bytes().startswith(b"damage number %d" % number)


def test_a_newer_file_is_moved_aside(tmp_path):
    path = tmp_path / "history.sqlite3"
    filled(path, rows=3)
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    before = path.read_bytes()
    starts_fresh(path)
    assert (tmp_path / "history.newer-1.sqlite3").read_bytes() == before


def test_a_file_of_another_program_is_moved_aside(tmp_path):
    path = tmp_path / "history.sqlite3"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE pictures (something_else TEXT)")
    connection.close()
    starts_fresh(path)
    assert (tmp_path / "history.corrupt-1.sqlite3").exists()


# As the program wrote it first, before pictures had notes, lettering and marks.
BEFORE_NOTES = """
CREATE TABLE pictures (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, owner_key TEXT NOT NULL, job_id TEXT NOT NULL,
    name TEXT NOT NULL, request TEXT NOT NULL, model TEXT NOT NULL, width INTEGER NOT NULL,
    height INTEGER NOT NULL, format TEXT NOT NULL, size_bytes INTEGER NOT NULL,
    seconds REAL NOT NULL, created_at REAL NOT NULL, UNIQUE (owner_key, job_id, name)
);
CREATE INDEX pictures_of_owner ON pictures (owner_key, seq);
PRAGMA user_version = 1;
"""
ADD_BEFORE_NOTES = (
    "INSERT INTO pictures (owner_key, job_id, name, request, model, width, height, format, "
    "size_bytes, seconds, created_at) VALUES (?,?,'a.png',?,'pocket',8,8,'png',9,1.0,1.0)"
)


def test_a_file_from_before_notes_is_kept_and_shared_with_its_program(tmp_path):
    path = tmp_path / "history.sqlite3"
    row = (owner_key("o"), "job", json.dumps({"prompt": "a", "seed": 1}))
    old = sqlite3.connect(path)
    old.executescript(BEFORE_NOTES)
    with old:
        old.execute(ADD_BEFORE_NOTES, row)
    for _ in range(2):  # opened again, there is nothing left to add
        history = History(path)
        assert history.list("o", 9) == history.list("o", 9, search="A") == [ROW]
        history.close()
    with old:
        old.execute(ADD_BEFORE_NOTES, (row[0], "job-2", row[2]))
    old.close()
    history = History(path)
    assert [each.job_id for each in history.list("o", 9)] == ["job-2", "job"]
    history.close()
    assert not list(tmp_path.glob("*-1.sqlite3"))


def test_a_row_nobody_can_read_does_not_keep_the_program_from_starting(tmp_path):
    path = tmp_path / "history.sqlite3"
    old = sqlite3.connect(path)
    old.executescript(BEFORE_NOTES)
    with old:
        old.execute(ADD_BEFORE_NOTES, (owner_key("o"), "job", "no JSON"))
    old.close()
    history = History(path)
    history.add("other", ROW)
    assert history.count("o") == 1 and history.list("other", 9) == [ROW]
    history.close()


def test_an_empty_file_is_a_new_one(tmp_path):
    path = tmp_path / "history.sqlite3"
    path.write_bytes(b"")
    starts_fresh(path)
    assert not list(tmp_path.glob("*.corrupt-*"))


def test_a_busy_file_is_not_taken_for_damaged(tmp_path):
    path = tmp_path / "history.sqlite3"
    first, second = History(path), History(path)
    first.add("o", ROW)
    assert second.list("o", 9) == [ROW]
    first.close()
    second.close()
    assert not list(tmp_path.glob("*.corrupt-*"))


def test_an_unusable_place_is_told(tmp_path):
    with pytest.raises(SettingsError):
        History(tmp_path / "missing" / "history.sqlite3")
    (tmp_path / "history.sqlite3").mkdir()
    with pytest.raises(SettingsError):
        History(tmp_path / "history.sqlite3")
