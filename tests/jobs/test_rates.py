"""A minute's share: kept exactly, told in seconds, and remembered in bounded memory."""

import threading
import time

import psutil
import pytest

from zit_engine.jobs.rates import MOST_KEYS, Rates


class Clock:
    """The wall clock and the steady one, moved by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch):
        self.wall, self.steady = 1_800_000_000.0, 1000.0
        monkeypatch.setattr(time, "time", lambda: self.wall)
        monkeypatch.setattr(time, "monotonic", lambda: self.steady)

    def pass_by(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def test_the_share_moves_with_the_minute(clock: Clock) -> None:
    rates = Rates(10)
    assert rates.take("anna", 4) == 0
    clock.pass_by(20)
    assert rates.take("anna", 4) == 0
    clock.pass_by(10)
    # 8 of 10 taken: for 4 more the first four must be a minute old.
    seconds = rates.take("anna", 4)
    assert seconds == 30
    assert rates.take("anna", 2) == 0
    assert rates.take("ben", 4) == 0
    clock.pass_by(seconds - 1)
    assert rates.take("anna", 4) == 1
    clock.pass_by(1.1)
    assert rates.take("anna", 4) == 0


def test_a_refused_one_does_not_count(clock: Clock) -> None:
    rates = Rates(2)
    assert rates.take("anna", 2) == 0
    for _ in range(50):
        assert rates.take("anna") == 60
    clock.pass_by(60.1)
    assert rates.take("anna", 2) == 0


def test_more_than_a_minutes_share_counts_as_all_of_it(clock: Clock) -> None:
    rates = Rates(3)
    assert rates.take("anna", 40) == 0
    assert rates.take("anna") == 60


def test_no_limit() -> None:
    rates = Rates(0)
    assert [rates.take("anna", 100) for _ in range(1000)] == [0] * 1000
    assert len(rates) == 0


@pytest.mark.parametrize("step", [-86_400, 365 * 86_400])
def test_a_clock_that_jumps_locks_nobody_out(clock: Clock, step: float) -> None:
    rates = Rates(2)
    assert rates.take("anna", 2) == 0
    assert rates.take("anna") > 0
    clock.wall += step
    assert rates.take("anna", 2) == 0
    assert rates.take("anna") == 60


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_hundred_thousand_keys_stay_in_bounded_memory() -> None:
    rates, process = Rates(60), psutil.Process()
    for number in range(MOST_KEYS):
        rates.take(f"first {number}")
    before = process.memory_info().rss
    for number in range(100_000):
        assert rates.take(f"key {number}") == 0
    assert len(rates) == MOST_KEYS
    # All of them would take 60 MB.
    assert process.memory_info().rss - before < 10_000_000


def test_many_threads_share_one_limit() -> None:
    rates, got = Rates(100), []
    threads = [
        threading.Thread(target=lambda: got.extend(rates.take("anna") for _ in range(50)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got.count(0) == 100
