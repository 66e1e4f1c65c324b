"""A wrong clock deletes nothing; a right one deletes in time."""

import time
from pathlib import Path

import pytest

from tests.store.test_history import result
from zit_engine.store.files import Files
from zit_engine.store.history import History
from zit_engine.store.keeping import keep
from zit_engine.store.shelf import Shelf
from zit_engine.store.steady_clock import DAY_S, SteadyClock

YEAR_S = 365 * DAY_S


class Clocks:
    """A wall clock that can be set, and the machine's own time."""

    def __init__(self, folder: Path):
        self.wall, self.running = 1_800_000_000.0, 1000.0
        self.path = folder / "clock.json"

    def start(self) -> SteadyClock:
        return SteadyClock(self.path, lambda: self.wall, lambda: self.running)

    def pass_by(self, seconds: float) -> None:
        self.wall += seconds
        self.running += seconds


@pytest.fixture
def clocks(tmp_path: Path) -> Clocks:
    return Clocks(tmp_path)


def test_an_ordinary_clock_is_believed(clocks):
    clock = clocks.start()
    for _ in range(100):
        clocks.pass_by(3600)
        assert clock.now() == clocks.wall


def test_a_year_ahead_is_not_believed_and_back_again_it_is(clocks):
    clock = clocks.start()
    before = clock.now()
    clocks.wall += YEAR_S
    for hours in range(1, 20):
        clocks.pass_by(3600)
        assert clock.now() == pytest.approx(before + hours * 3600)
    clocks.wall -= YEAR_S
    assert clock.now() == clocks.wall


def test_a_clock_that_stands_by_it_for_a_day_is_believed(clocks):
    clock = clocks.start()
    clock.now()
    clocks.wall += YEAR_S
    clock.now()
    for _ in range(25):
        clocks.pass_by(3600)
        clock = clocks.start() if clocks.running % 7200 < 1 else clock  # restarts do not matter
        now = clock.now()
    assert now == clocks.wall


def test_the_next_process_knows_where_time_was(clocks):
    before = clocks.start().now()
    clocks.wall += YEAR_S
    assert clocks.start().now() == before
    clocks.wall -= YEAR_S - 3600
    assert clocks.start().now() == clocks.wall


def test_set_back_a_day_is_believed_and_deletes_nothing(clocks):
    clock = clocks.start()
    clock.now()
    clocks.wall -= DAY_S
    assert clock.now() == clocks.wall


def test_a_damaged_file_is_a_first_start(clocks):
    clocks.path.write_text("no JSON")
    assert clocks.start().now() == clocks.wall


def test_no_picture_is_lost_to_a_clock_a_year_ahead(tmp_path: Path):
    files, history = Files(tmp_path), History(tmp_path / "history.sqlite3")
    wall = [time.time()]
    clock = SteadyClock(tmp_path / "clock.json", lambda: wall[0], lambda: 0.0)
    clock.now()
    keep(files, history, "o", result(1, created_at=wall[0]), b"picture", b"master")
    shelf = Shelf(files, history, 0)
    for jump in (YEAR_S, -2 * DAY_S, 10 * YEAR_S):
        wall[0] += jump
        shelf.tidy(30, clock.now())
        assert history.count("o") == 1
        assert files.path_of("o", result(1).job_id, result(1).name).is_file()
    history.close()


def test_pictures_keep_their_order_whatever_the_clock_says(tmp_path: Path):
    files, history = Files(tmp_path), History(tmp_path / "history.sqlite3")
    for number, at in enumerate((5000.0, 5000.0 + YEAR_S, 5000.0 - DAY_S)):
        keep(files, history, "o", result(number, created_at=at), b"picture", b"master")
    assert [row.name for row in history.list("o", 9)] == [result(n).name for n in (2, 1, 0)]
    history.close()


def test_what_was_thrown_away_by_a_clock_ahead_does_not_lie_there_till_then(tmp_path: Path):
    files, history = Files(tmp_path), History(tmp_path / "history.sqlite3")
    keep(files, history, "o", result(1), b"picture", b"master")
    now = time.time()
    history.trash("o", [(result(1).job_id, result(1).name)], now + YEAR_S)
    assert history.purge(files, now) == 1
    history.close()
