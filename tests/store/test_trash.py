"""A deleted picture is out of sight at once, comes back where it stood, and is gone in the end."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.store.test_files import ROOT, everything_in
from tests.store.test_history import numbers, result
from zit_engine.errors import JobNotFound, SaveFailed
from zit_engine.store.files import Files
from zit_engine.store.history import History
from zit_engine.store.trash import Trash

LIMIT_S = 20


@pytest.fixture
def files(tmp_path):
    return Files(tmp_path)


@pytest.fixture
def history(tmp_path):
    opened = History(tmp_path / "history.sqlite3")
    yield opened
    opened.close()


@pytest.fixture
def make_trash(files, history):
    made = []

    def make(undo_s: float) -> Trash:
        made.append(Trash(files, history, undo_s))
        return made[-1]

    yield make
    for trash in made:
        trash.close()


def place(number: int) -> tuple[str, str]:
    made = result(number)
    return made.job_id, made.name


def fill(files: Files, history: History, count: int = 4, owner: str = "o") -> None:
    for number in range(count):
        files.save_master(owner, *place(number), b"master")
        files.save(owner, *place(number), b"picture")
        history.add(owner, result(number))


def until(is_so) -> None:
    end = time.monotonic() + LIMIT_S
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_out_of_sight_at_once_and_back_where_it_stood(files, history, make_trash):
    fill(files, history)
    before = history.list("o", 9)
    trash = make_trash(1000)
    assert trash.put("o", [place(1), place(2)]) == 2
    assert numbers(history.list("o", 9)) == [3, 0] and history.count("o") == 2
    assert numbers(history.of_jobs("o", ["job-0"])) == [0, 3]
    assert history.list("o", 9, search="라떼") == [before[0], before[3]]
    with pytest.raises(JobNotFound):
        history.get("o", *place(1))
    with pytest.raises(JobNotFound):
        history.set_favourite("o", *place(1), True)
    assert trash.restore("o", [place(1), place(2)]) == 2
    assert history.list("o", 9) == before
    assert files.master_of("o", *place(1)).read_bytes() == b"master"


def test_files_and_rows_are_gone_together_in_the_end(files, history, make_trash, tmp_path):
    fill(files, history)
    trash = make_trash(0.2)
    trash.put("o", [place(1)])
    time.sleep(0.1)
    trash.put("o", [place(2)])  # a second one while the first waits
    until(lambda: len(everything_in(tmp_path / "results")) == 4)
    until(lambda: history.trashed("o") == set())
    assert trash.restore("o", [place(1), place(2)]) == 0
    assert numbers(history.list("o", 9)) == [3, 0]


def test_nothing_goes_before_its_time(files, history, make_trash, tmp_path):
    fill(files, history)
    trash = make_trash(1000)
    trash.put("o", [place(1)])
    trash.purge()
    assert len(everything_in(tmp_path / "results")) == 8
    assert trash.restore("o", [place(1)]) == 1


def test_a_stranger_neither_deletes_nor_restores(files, history, make_trash):
    fill(files, history)
    trash = make_trash(1000)
    assert trash.put("other", [place(1)]) == 0
    trash.put("o", [place(1)])
    assert trash.restore("other", [place(1)]) == 0
    assert history.count("o") == 3


@pytest.mark.parametrize(
    "odd",
    [[], [("job-0", "' OR 1")], [("\ud800", "\ud800")], [("", "")], [("job-0", "missing.png")]],
)
def test_odd_places_hit_nothing(files, history, make_trash, odd):
    fill(files, history)
    trash = make_trash(1000)
    assert trash.put("o", odd) == 0 and trash.restore("o", odd) == 0
    assert history.count("o") == 4


def test_twice_is_once(files, history, make_trash):
    fill(files, history)
    trash = make_trash(1000)
    assert [trash.put("o", [place(1), place(1)]), trash.put("o", [place(1)])] == [1, 0]
    assert [trash.restore("o", [place(1)]), trash.restore("o", [place(1)])] == [1, 0]


def test_a_restarted_program_deletes_what_the_last_one_could_not(files, history, tmp_path):
    fill(files, history)
    first = Trash(files, history, 0.3)
    first.put("o", [place(1)])
    first.close()
    time.sleep(0.5)
    assert len(everything_in(tmp_path / "results")) == 8
    again = Trash(files, history, 0.3)
    again.purge()
    assert len(everything_in(tmp_path / "results")) == 6 and history.trashed("o") == set()
    assert numbers(history.list("o", 9)) == [3, 2, 0]


def test_what_is_too_young_at_a_restart_goes_in_its_time(files, history, make_trash, tmp_path):
    fill(files, history)
    history.trash("o", [place(1)], time.time())
    make_trash(0.3).purge()
    until(lambda: len(everything_in(tmp_path / "results")) == 6)


def test_a_clock_set_back_keeps_nothing_for_days(files, history, make_trash, tmp_path):
    fill(files, history)
    history.trash("o", [place(1)], time.time() + 1)
    make_trash(0.1).purge()
    until(lambda: len(everything_in(tmp_path / "results")) == 6)


def test_a_file_the_disk_keeps_is_tried_again(files, history, tmp_path, monkeypatch):
    fill(files, history)
    history.trash("o", [place(1), place(2)], 1.0)
    stuck = tmp_path / "results"

    def refuse(key: str, job_id: str, name: str) -> bool:
        if name == place(1)[1]:
            raise SaveFailed(detail="read only")
        return Files(tmp_path).delete_by_key(key, job_id, name)

    with monkeypatch.context() as patched:
        patched.setattr(files, "delete_by_key", refuse)
        assert history.purge(files, 2.0) == 1
    assert len(everything_in(stuck)) == 6
    assert history.restore("o", [place(1)]) == 0, "half of it may be gone"
    assert history.purge(files, 2.0) == 1
    assert len(everything_in(stuck)) == 4 and history.trashed("o") == set()


PURGER = """
import sys
from pathlib import Path
from zit_engine.store.files import Files
from zit_engine.store.history import History

root = Path(sys.argv[1])
files, history = Files(root), History(root / "history.sqlite3")
print("ready", flush=True)
history.purge(files, 2.0)
"""


def kill_while_purging(root, rounds: int) -> None:
    files, history = Files(root), History(root / "history.sqlite3")
    for round_ in range(rounds):
        fill(files, history, 40)
        history.trash("o", [place(number) for number in range(0, 40, 2)], 1.0)
        purger = subprocess.Popen(
            [sys.executable, "-c", PURGER, str(root)], cwd=ROOT, stdout=subprocess.PIPE
        )
        assert purger.stdout is not None and purger.stdout.readline() == b"ready\n"
        time.sleep(0.001 * (round_ * 7 % 10))
        purger.send_signal(signal.SIGKILL)
        purger.wait(10)
        purger.stdout.close()
        # Nothing kept was touched, and nothing half deleted can come back.
        assert len(history.list("o", 99)) == 20
        for each in history.list("o", 99):
            assert files.path_of("o", each.job_id, each.name).read_bytes() == b"picture"
            assert files.master_of("o", each.job_id, each.name).read_bytes() == b"master"
        left = history.trashed("o")
        back = history.restore("o", left)
        assert back in (0, len(left))
        history.trash("o", left, 1.0)
        history.purge(files, 2.0)
        assert len(everything_in(root / "results")) == 40 and history.trashed("o") == set()


def test_killed_while_purging(tmp_path):
    kill_while_purging(tmp_path, rounds=2)


@pytest.mark.slow
def test_killed_while_purging_many_times(tmp_path):
    kill_while_purging(tmp_path, rounds=30)


def test_the_purge_runs_beside_a_restore(files, history, tmp_path):
    """Each picture either came back whole or is gone whole."""
    fill(files, history, 40)
    pid = os.fork()
    if pid == 0:
        own = History(tmp_path / "history.sqlite3")
        own.purge(files, 2.0)
        os._exit(0)
    for number in range(40):
        history.trash("o", [place(number)], 1.0)
        history.restore("o", [place(number)])
    os.waitpid(pid, 0)
    history.purge(files, 0.5)
    for each in history.list("o", 99):
        assert files.master_of("o", each.job_id, each.name).exists()
        assert files.path_of("o", each.job_id, each.name).exists()
    assert len(everything_in(tmp_path / "results")) == 2 * history.count("o")
