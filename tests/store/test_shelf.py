"""An owner's share of the disk is told honestly and refused before anything is painted."""

import os
import time

import pytest

from tests.store.test_history import result
from zit_engine.brand.brands import Brands
from zit_engine.errors import SaveFailed, StorageFull
from zit_engine.messages import explain
from zit_engine.store.archive import LINK_GRACE_S, write_archive
from zit_engine.store.files import Files, owner_key
from zit_engine.store.history import History
from zit_engine.store.shelf import MB, Room, Shelf


@pytest.fixture
def files(tmp_path):
    return Files(tmp_path)


@pytest.fixture
def history(tmp_path):
    opened = History(tmp_path / "history.sqlite3")
    yield opened
    opened.close()


@pytest.fixture
def make_shelf(files, history):
    made = []

    def make(owner_mb: int) -> Shelf:
        made.append(Shelf(files, history, owner_mb))
        return made[-1]

    yield make
    for shelf in made:
        shelf.close()


def keep(files: Files, history: History, number: int, size: int) -> tuple[str, str]:
    made = result(number)
    files.save("o", made.job_id, made.name, b"x" * size)
    history.add("o", made)
    return made.job_id, made.name


def test_refused_with_the_numbers_when_full(files, history, make_shelf):
    shelf = make_shelf(2)
    keep(files, history, 0, MB)
    shelf.check_room("o")
    first = keep(files, history, 1, MB)
    with pytest.raises(StorageFull) as caught:
        shelf.check_room("o")
    for lang in ("ko", "en"):
        assert "2" in explain(caught.value, lang) and "MB" in explain(caught.value, lang)
    shelf.check_room("other")
    shelf.trash.put("o", [first])
    shelf.check_room("o")  # making room helps at once
    shelf.trash.restore("o", [first])
    with pytest.raises(StorageFull):
        shelf.check_room("o")


def test_no_limit(files, history, make_shelf):
    keep(files, history, 0, 3 * MB)
    make_shelf(0).check_room("o")
    assert not make_shelf(0).room("o").is_nearly_full


@pytest.mark.parametrize(
    ("used", "nearly", "full"),
    [(0, False, False), (7_999_999, False, False), (8 * MB, True, False), (10 * MB, True, True)],
)
def test_from_four_fifths_on_it_is_nearly_full(used, nearly, full):
    room = Room(used, 10)
    assert (room.is_nearly_full, room.is_full) == (nearly, full)
    assert not Room(used, 0).is_full


def test_a_little_is_not_told_as_nothing():
    assert [Room(used, 10).used_mb for used in (0, 1, 1_999_999, 2_000_000)] == [0, 1, 1, 2]


def test_a_disk_nearly_full_is_told_to_everybody(files, history, make_shelf, monkeypatch):
    monkeypatch.setattr(files, "free_bytes", lambda: 299_999_999)
    with pytest.raises(SaveFailed) as caught:
        make_shelf(500).check_room("o")
    assert caught.value.message_id == "error.disk_low"


def test_zips_count_but_give_way(files, history, make_shelf):
    """Nobody can delete a ZIP, so none may stand in the way of a picture."""
    shelf = make_shelf(2)
    keep(files, history, 0, MB)
    picture = history.list("o", 1)
    _, first = write_archive(files, "o", picture, "a.zip")
    os.utime(first, (time.time() - LINK_GRACE_S - 1,) * 2)
    assert shelf.room("o").used_bytes == MB
    shelf.check_room("o")  # picture and ZIP together are over two megabytes
    assert not first.exists()
    _, second = write_archive(files, "o", picture, "b.zip")
    shelf.check_room("o")
    assert second.exists(), "its link was handed out a moment ago"
    keep(files, history, 1, MB)
    with pytest.raises(StorageFull):
        shelf.check_room("o")
    assert write_archive(files, "o", history.list("o", 9), "c.zip"), "the full may take along"


def test_what_is_about_to_be_written_counts(files, history, make_shelf):
    shelf, key = make_shelf(2), owner_key("o")
    keep(files, history, 0, MB)
    shelf.check_room_by_key(key, MB)
    with pytest.raises(StorageFull):
        shelf.check_room_by_key(key, MB + 1)
    make_shelf(0).check_room_by_key(key, 9 * MB)


def test_a_shops_logo_counts(files, history, make_shelf, tmp_path):
    Brands(tmp_path).save_logo("o", b"\x89PNG\r\n\x1a\n" + b"x" * MB)
    assert make_shelf(2).room("o").used_mb == 1 and make_shelf(2).room("other").used_bytes == 0


def test_tidying_takes_the_trash_the_old_and_the_half_written(files, history, make_shelf, tmp_path):
    shelf = make_shelf(500)
    trashed, old, kept = (keep(files, history, number, 10) for number in (0, 4, 8))
    now = time.time()
    os.utime(files.path_of("o", *old), (now - 40 * 86400,) * 2)
    history.add("o", result(4, created_at=now - 40 * 86400))
    history.add("o", result(8, created_at=now))
    history.trash("o", [trashed], now - 60)
    files.path_of("o", *kept).with_name(".0123.part").write_bytes(b"half")
    shelf.tidy(30)
    assert [each.name for each in history.list("o", 9)] == [kept[1]]
    left = [path.name for path in (tmp_path / "results").rglob("*") if path.is_file()]
    assert left == [kept[1]]
    assert history.trashed("o") == set()
