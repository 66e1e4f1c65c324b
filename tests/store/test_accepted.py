"""What was promised outlives its process, and no living process's promises are taken from it."""

import multiprocessing
import os
import signal
import sqlite3
from pathlib import Path

import pytest

from zit_engine.errors import SaveFailed, SettingsError
from zit_engine.request.ad_request import AdRequest
from zit_engine.store.accepted import Accepted, AcceptedJob, Wish, accepted_job
from zit_engine.store.files import owner_key

WISHES = tuple(Wish(AdRequest(f"컵 {number}", seed=number), number) for number in range(3))


def promise(name: str, owner: str = "anna", at: float = 1.0) -> AcceptedJob:
    return accepted_job(name, owner, "make", 3, at, WISHES)


def ids(jobs: list[AcceptedJob]) -> list[str]:
    return [job.job_id for job in jobs]


def test_the_next_process_finds_everything_in_order(tmp_path: Path) -> None:
    first = Accepted(tmp_path)
    first.add(promise("b", at=2.0))
    first.add(promise("a", at=1.0))  # accepted later, whatever the clock says
    first.begin("b", 0)
    first.settle("b", 0)
    first.begin("b", 1)
    first.close()
    second = Accepted(tmp_path)
    found = second.take_up()
    assert ids(found) == ["b", "a"]
    assert found[0].wishes == WISHES and found[0].done == {0} and found[0].tries == 1
    assert found[0].key == owner_key("anna") and found[0].counted == 3
    assert second.take_up() == []
    second.close()


def test_what_is_over_is_gone(tmp_path: Path) -> None:
    first = Accepted(tmp_path)
    first.add(promise("a"))
    first.remove("a")
    first.close()
    assert Accepted(tmp_path).take_up() == []


def test_the_owner_is_not_in_it(tmp_path: Path) -> None:
    ledger = Accepted(tmp_path)
    ledger.add(promise("a", owner="a-secret-owner-id"))
    ledger.close()
    for path in (tmp_path / "accepted").iterdir():
        assert b"a-secret-owner-id" not in path.read_bytes()
        assert path.stat().st_mode & 0o077 == 0


def test_a_picture_that_kills_its_process_is_counted(tmp_path: Path) -> None:
    for tries in (1, 2, 3):
        ledger = Accepted(tmp_path)
        if tries == 1:
            ledger.add(promise("a"))
        else:
            (found,) = ledger.take_up()
            assert found.tries == tries - 1
        ledger.begin("a", 0)
        ledger.close()
    (found,) = Accepted(tmp_path).take_up()
    assert found.tries == 3


def test_a_picture_that_kills_the_one_before_it_too_is_counted(tmp_path: Path) -> None:
    """The first is not saved yet when the second takes the process with it, time after time."""
    ledger = Accepted(tmp_path)
    ledger.add(promise("a"))
    ledger.close()
    for tries in (0, 1, 2):
        ledger = Accepted(tmp_path)
        assert [job.tries for job in ledger.take_up()] == [tries]
        ledger.begin("a", 0)
        ledger.begin("a", 1)
        ledger.close()
    ledger = Accepted(tmp_path)
    assert [job.tries for job in ledger.take_up()] == [3]
    ledger.begin("a", 0)
    ledger.settle("a", 0)
    ledger.begin("a", 1)
    ledger.close()
    (found,) = Accepted(tmp_path).take_up()
    assert found.tries == 1 and found.done == {0}


def test_who_only_waits_is_not_counted(tmp_path: Path) -> None:
    ledger = Accepted(tmp_path)
    ledger.add(promise("a"))
    ledger.close()
    for _ in range(4):
        ledger = Accepted(tmp_path)
        assert [job.tries for job in ledger.take_up()] == [0]
        ledger.close()


def _hold(root: Path, told: "multiprocessing.synchronize.Event") -> None:
    ledger = Accepted(root)
    ledger.add(promise("theirs"))
    told.set()
    signal.pause()


def test_a_living_processs_promises_are_left_to_it(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("fork")
    told = spawn.Event()
    other = spawn.Process(target=_hold, args=(tmp_path, told))
    other.start()
    assert told.wait(30)
    ledger = Accepted(tmp_path)
    ledger.add(promise("mine"))
    assert ledger.take_up() == [] and ledger.count() == 2
    os.kill(other.pid, signal.SIGKILL)
    other.join(30)
    assert ids(ledger.take_up()) == ["theirs"]
    assert len([*(tmp_path / "accepted").glob("*.lock")]) == 1
    ledger.close()


def test_a_damaged_or_newer_file_is_moved_aside(tmp_path: Path) -> None:
    Accepted(tmp_path).close()
    path = tmp_path / "accepted" / "jobs.sqlite3"
    path.write_bytes(b"damage" * 1000)
    Accepted(tmp_path).close()
    assert (tmp_path / "accepted" / "jobs.corrupt-1.sqlite3").read_bytes() == b"damage" * 1000
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    Accepted(tmp_path).close()
    assert (tmp_path / "accepted" / "jobs.newer-1.sqlite3").exists()


def test_a_row_nobody_can_read_keeps_nobody_from_starting(tmp_path: Path) -> None:
    ledger = Accepted(tmp_path)
    ledger.add(promise("bad"))
    ledger.add(promise("good"))
    ledger._change("UPDATE jobs SET items = 'no JSON' WHERE job_id = 'bad'", ())
    ledger.close()
    assert ids(Accepted(tmp_path).take_up()) == ["good"]


def test_trouble_is_typed(tmp_path: Path) -> None:
    ledger = Accepted(tmp_path)
    ledger.add(promise("a"))
    with pytest.raises(SaveFailed):
        ledger.add(promise("a"))
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SettingsError):
        Accepted(tmp_path / "file")
