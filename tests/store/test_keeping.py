"""A picture is kept whole or not at all, and nobody's share is taken by what nobody can see."""

import os
import random
import signal
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.store.test_files import everything_in
from tests.store.test_history import result
from zit_engine.errors import JobNotFound, SaveFailed
from zit_engine.request.ad_request import AdRequest, AdResult
from zit_engine.store.archive import write_archive
from zit_engine.store.expiry import LONE_S
from zit_engine.store.files import Files
from zit_engine.store.history import History
from zit_engine.store.keeping import keep, take_leftovers
from zit_engine.store.names import master_name
from zit_engine.store.shelf import Shelf
from zit_engine.store.uploads import UNUSED_S, Uploads

OWNER = "o"


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "history.sqlite3")


def made(number: int, photo: str = "") -> AdResult:
    return result(number, request=AdRequest("컵", photo=photo), created_at=time.time())


def refuse(*_: object) -> None:
    raise SaveFailed(detail="full")


@pytest.mark.parametrize(("part", "step"), [("files", "save"), ("history", "add")])
def test_a_failure_leaves_nothing(
    files: Files,
    history: History,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    part: str,
    step: str,
) -> None:
    keep(files, history, OWNER, made(0), b"picture", b"master")
    before = files.used_bytes(OWNER)
    monkeypatch.setattr({"files": files, "history": history}[part], step, refuse)
    for original in (b"master", made(0)):
        with pytest.raises(SaveFailed):
            keep(files, history, OWNER, made(1), b"picture", original)
    assert files.used_bytes(OWNER) == before and len(everything_in(tmp_path / "results")) == 2


def test_a_failed_second_time_leaves_the_first(
    files: Files, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(files, history, OWNER, made(0), b"picture", b"master")
    monkeypatch.setattr(history, "add", refuse)
    with pytest.raises(SaveFailed):
        keep(files, history, OWNER, made(0), b"picture", b"master")
    assert files.path_of(OWNER, made(0).job_id, made(0).name).read_bytes() == b"picture"


def test_an_original_that_is_gone_leaves_nothing(
    files: Files, history: History, tmp_path: Path
) -> None:
    with pytest.raises(JobNotFound):
        keep(files, history, OWNER, made(1), b"picture", made(0))
    assert everything_in(tmp_path / "results") == []


def test_files_without_a_row_go_after_an_hour(files: Files, history: History) -> None:
    files.save_master(OWNER, "dead", "a.png", b"master")
    files.save(OWNER, "dead", "a.png", b"picture")
    files.save(OWNER, "grid-1", "compare.csv", b"table")
    keep(files, history, OWNER, made(0), b"picture", b"master")
    keep(files, history, OWNER, made(9), b"picture", b"master")
    history.trash(OWNER, [(made(9).job_id, made(9).name)], time.time())
    Uploads(files, history).save(OWNER, b"photo")
    now = time.time()
    assert take_leftovers(files, history, now + LONE_S - 60) == 0
    assert take_leftovers(files, history, now + LONE_S + 60) == 2
    assert files.used_bytes(OWNER) == 2 * len(b"picturemaster") + len(b"photo")


def test_what_a_lost_history_knew_is_left_to_its_age(files: Files, tmp_path: Path) -> None:
    first = History(tmp_path / "history.sqlite3")
    keep(files, first, OWNER, made(0), b"picture", b"master")
    first.close()
    time.sleep(0.05)  # the disk's clock is coarser than the history's
    (tmp_path / "history.sqlite3").write_bytes(b"damage" * 1000)
    with_nothing = History(tmp_path / "history.sqlite3")
    files.save(OWNER, "dead", "a.png", b"picture")
    assert take_leftovers(files, with_nothing, time.time() + 2 * LONE_S) == 1
    assert files.path_of(OWNER, made(0).job_id, made(0).name).is_file()
    assert files.expire(30, time.time() + 31 * 86400) == 1


def in_a_process_that_dies(work: Callable[[], None], after_s: float | None = None) -> None:
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(1)
    if after_s is not None:
        time.sleep(after_s)
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status), "it ended by itself"


def only_what_is_seen(root: Path, files: Files, history: History) -> None:
    """After tidying a day later: each row has its files, each file its row, each byte both."""
    shelf = Shelf(files, history, 500)
    shelf.tidy(30, time.time() + UNUSED_S + LONE_S)
    shelf.close()
    rows = history.list(OWNER, 10_000)
    expected = {
        files.path_of(OWNER, each.job_id, name)
        if name == each.name
        else files.master_of(OWNER, each.job_id, each.name)
        for each in rows
        for name in (each.name, master_name(each.name))
    }
    expected |= {
        Uploads(files, history).path(OWNER, each.request.photo)
        for each in rows
        if each.request.photo
    }
    assert {*everything_in(root / "results")} == expected
    assert history.trashed(OWNER) == set()
    inodes = {path.stat().st_ino: path.stat().st_size for path in expected}
    assert files.used_bytes(OWNER) == sum(inodes.values())


def test_killed_between_file_and_row(files: Files, tmp_path: Path) -> None:
    def work() -> None:
        history = History(tmp_path / "history.sqlite3")
        history.add = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
        keep(files, history, OWNER, made(0), b"picture", b"master")

    in_a_process_that_dies(work)
    assert files.used_bytes(OWNER) > 0
    only_what_is_seen(tmp_path, files, History(tmp_path / "history.sqlite3"))
    assert files.used_bytes(OWNER) == 0


def busy(root: Path, seed: int) -> None:
    """Everything that changes the store, in any order, until it is killed."""
    files, history = Files(root), History(root / "history.sqlite3")
    uploads, rng, number = Uploads(files, history), random.Random(seed), seed * 1_000_000
    while True:
        number += 1
        rows = history.list(OWNER, 20)
        one = rng.choice(rows) if rows else None
        deed = rng.choice(["paint", "paint", "photo", "derive", "delete", "trash", "zip"])
        if deed == "paint" or one is None:
            keep(files, history, OWNER, made(number), b"picture" * 50, b"master" * 500)
        elif deed == "photo":
            photo = uploads.save(OWNER, b"photo" * 100)
            keep(files, history, OWNER, made(number, photo), b"picture" * 50, b"master" * 500)
        elif deed == "derive":
            keep(files, history, OWNER, made(number), b"derived" * 50, one)
        elif deed == "delete":
            history.delete(OWNER, one.job_id, one.name)
            files.delete(OWNER, one.job_id, one.name)
            uploads.drop(OWNER, one.request.photo)
        elif deed == "trash":
            history.trash(OWNER, [(one.job_id, one.name)], 1.0)
            history.purge(files, 2.0)
        else:
            write_archive(files, OWNER, rows, "all.zip")


def kill_often(root: Path, rounds: int) -> None:
    rng = random.Random(rounds)
    for round_ in range(rounds):
        in_a_process_that_dies(lambda seed=round_ + 1: busy(root, seed), rng.uniform(0.01, 0.12))
        files, history = Files(root), History(root / "history.sqlite3")
        only_what_is_seen(root, files, history)
        history.close()
    assert sqlite3.connect(root / "history.sqlite3").execute(
        "SELECT count(*) FROM pictures"
    ).fetchone() > (0,)


def test_killed_at_any_moment(tmp_path: Path) -> None:
    kill_often(tmp_path, 10)


def test_tidying_beside_another_process_takes_nothing_of_it(tmp_path: Path) -> None:
    """Rows that lost a file would be pruned and so be missing here."""
    files, history = Files(tmp_path), History(tmp_path / "history.sqlite3")
    pid = os.fork()
    if pid == 0:
        own = History(tmp_path / "history.sqlite3")
        for number in range(60):
            keep(files, own, OWNER, made(number), b"picture", b"master")
        os._exit(0)
    shelf = Shelf(files, history, 500)
    while os.waitpid(pid, os.WNOHANG) == (0, 0):
        shelf.tidy(30)
    shelf.close()
    assert history.count(OWNER) == 60
    only_what_is_seen(tmp_path, files, history)


@pytest.mark.slow
def test_killed_at_any_moment_many_times(tmp_path: Path) -> None:
    kill_often(tmp_path, 200)
