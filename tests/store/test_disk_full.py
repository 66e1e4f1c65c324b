"""The disk is full at any write: a clear refusal, nothing torn, and all goes on afterwards."""

import os
import resource
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.store.test_history import result
from tests.store.test_keeping import OWNER, made, only_what_is_seen
from zit_engine.errors import SaveFailed
from zit_engine.request.ad_request import AdRequest
from zit_engine.store.accepted import Accepted, Wish, accepted_job
from zit_engine.store.files import Files
from zit_engine.store.history import History
from zit_engine.store.keeping import keep

# Between nothing and more than the largest file: a master, here.
PICTURE, MASTER = b"picture" * 3000, b"master" * 20_000
FULL, FITS, OTHER = 3, 4, 5


def with_no_file_over(limit: int, work: Callable[[], None]) -> int:
    """`work` in a process of its own: FULL after SaveFailed, FITS when it went well."""
    pid = os.fork()
    if pid == 0:
        code = OTHER
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
            work()
            code = FITS
        except SaveFailed:
            code = FULL
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def fill(root: Path, limits: list[int]) -> set[int]:
    files, history = Files(root), History(root / "history.sqlite3")
    keep(files, history, OWNER, made(0), b"picture", b"master")
    history.close()
    codes = set()
    for number, limit in enumerate(limits, start=1):

        def paint(number: int = number) -> None:
            own = History(root / "history.sqlite3")
            try:
                keep(Files(root), own, OWNER, made(number), PICTURE, MASTER)
            finally:
                own.close()

        try:
            codes.add(with_no_file_over(limit, paint))
        finally:
            history = History(root / "history.sqlite3")
            only_what_is_seen(root, files, history)
            assert history.count(OWNER) >= 1  # the first picture is never lost
            history.close()
    return codes


def test_a_picture_is_whole_or_refused(tmp_path: Path) -> None:
    assert fill(tmp_path, [25_000, 100_000, 400_000]) >= {FULL, FITS}


@pytest.mark.slow
def test_a_picture_is_whole_or_refused_at_every_limit(tmp_path: Path) -> None:
    codes = fill(tmp_path, [*range(0, 400_000, 2000)])
    assert codes >= {FULL, FITS}


def test_an_accepted_job_is_written_or_refused(tmp_path: Path) -> None:
    Accepted(tmp_path).close()
    wishes = tuple(Wish(AdRequest("컵" * 500, seed=number), number) for number in range(40))

    def accept(number: int) -> None:
        ledger = Accepted(tmp_path)
        ledger.add(accepted_job(f"job{number}", OWNER, "make", 4, time.time(), wishes))

    codes = []
    for number, limit in enumerate((60_000, 10_000_000)):
        codes.append(with_no_file_over(limit, lambda number=number: accept(number)))
    assert codes == [FULL, FITS]
    assert [job.job_id for job in Accepted(tmp_path).take_up()] == ["job1"]


def test_little_room_is_told_before_anything_is_painted(make_studio) -> None:
    studio = make_studio()
    assert studio.files.least_free_bytes == 500_000_000
    studio.files.free_bytes = lambda: 499_000_000
    with pytest.raises(SaveFailed) as refused:
        studio.submit(studio.request({"prompt": "컵"}), OWNER)
    assert refused.value.message_id == "error.disk_low" and studio.engine.paints == 0
    studio.files.free_bytes = lambda: 501_000_000
    job = studio.submit(studio.request({"prompt": "컵"}), OWNER)
    assert len(job.wait(60).results) == 1


def test_two_processes_on_one_folder_lose_and_mix_nothing(tmp_path: Path) -> None:
    children = []
    for process in range(2):
        pid = os.fork()
        if pid == 0:
            files, history = Files(tmp_path), History(tmp_path / "history.sqlite3")
            ledger = Accepted(tmp_path)
            for number in range(30):
                row = result(process * 1000 + number, created_at=time.time())
                ledger.add(accepted_job(row.job_id, OWNER, "make", 1, 1.0, ()))
                keep(files, history, OWNER, row, b"picture", b"master")
                ledger.remove(row.job_id)
                files.sweep()
            os._exit(0)
        children.append(pid)
    assert [os.waitpid(pid, 0)[1] for pid in children] == [0, 0]
    files, history = Files(tmp_path), History(tmp_path / "history.sqlite3")
    assert history.count(OWNER) == 60
    only_what_is_seen(tmp_path, files, history)
    assert Accepted(tmp_path).take_up() == []
    history.close()


def test_what_a_full_disk_refused_is_written_when_there_is_room(tmp_path: Path) -> None:
    ledger = Accepted(tmp_path)
    wish = Wish(AdRequest("컵", seed=1), 0)
    for job_id in "ab":
        ledger.add(accepted_job(job_id, OWNER, "make", 1, 0.0, (wish,)))
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, unlimited[1]))
        for change in (lambda: ledger.settle("a", 0), lambda: ledger.remove("a")):
            with pytest.raises(SaveFailed):
                change()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
        signal.signal(signal.SIGXFSZ, ignored)
    assert ledger.count() == 2
    ledger.begin("b", 0)  # the next change takes them along
    assert ledger.count() == 1
    ledger.close()
    (left,) = Accepted(tmp_path).take_up()
    assert left.job_id == "b" and left.tries == 1


def test_the_last_word_before_the_end_is_written_too(tmp_path: Path, monkeypatch) -> None:
    ledger = Accepted(tmp_path)
    ledger.add(accepted_job("a", OWNER, "make", 1, 0.0, (Wish(AdRequest("컵", seed=1), 0),)))
    with monkeypatch.context() as full:
        full.setattr(ledger, "_change", refuses)
        with pytest.raises(SaveFailed):
            ledger.remove("a")
    ledger.close()
    assert Accepted(tmp_path).take_up() == []


def refuses(*_: object) -> int:
    raise SaveFailed(detail="full")
