"""Told to end, the service delivers what it can and keeps the rest."""

import signal
import string
import threading
import time
from pathlib import Path

import pytest

from tests.fake_engine import FakeEngine
from tests.test_studio import LIMIT_S, SlowDelivery, Stop, ask
from zit_engine.bench.load.process import Server
from zit_engine.errors import QueueFull
from zit_engine.jobs.job import JobState
from zit_engine.life_cycle import FETCH_S, LifeCycle
from zit_engine.messages import explain


def test_draining_refuses_the_new_and_delivers_the_accepted(make_studio):
    stop = Stop()
    studio = make_studio(FakeEngine(at_step=stop))
    life = LifeCycle(studio)
    jobs = [studio.submit(ask(owner), owner) for owner in "abc"]
    assert stop.reached.wait(LIMIT_S)
    done = []
    draining = threading.Thread(target=lambda: done.append(life.drain(LIMIT_S)))
    draining.start()
    while studio.state != "draining":
        time.sleep(0.01)
    with pytest.raises(QueueFull) as refused:
        studio.submit(ask(), "d")
    assert "다시 눌러 주세요" in explain(refused.value, "ko")
    stop.go.set()
    draining.join(LIMIT_S)
    assert done == [True]
    assert all(job.state is JobState.DONE for job in jobs)


def test_draining_waits_for_what_is_painted_and_not_saved_yet(make_studio, monkeypatch):
    slow = SlowDelivery(monkeypatch)
    studio = make_studio()
    life = LifeCycle(studio)
    jobs = [studio.submit(ask(owner), owner) for owner in "abcde"]
    assert slow.reached.wait(LIMIT_S)
    done = []
    draining = threading.Thread(target=lambda: done.append(life.drain(LIMIT_S)))
    draining.start()
    time.sleep(0.3)
    assert draining.is_alive() and not any(job.state.is_over for job in jobs)
    slow.go.set()
    draining.join(LIMIT_S)
    assert done == [True] and studio.engine.is_closed
    for job, owner in zip(jobs, "abcde", strict=True):
        assert job.state is JobState.DONE and len(studio.history.list(owner, 9)) == 1
    assert life._promises.ledger.count() == 0


def test_what_does_not_fit_is_kept_and_made_by_the_next_process(make_studio):
    stop = Stop()
    first = make_studio(FakeEngine(at_step=stop))
    life = LifeCycle(first)
    jobs = [first.submit(ask(owner), owner) for owner in "abc"]
    assert stop.reached.wait(LIMIT_S)
    assert life.drain(FETCH_S + 0.2) is False
    assert first.queue.is_kept(jobs[1]) and not first.queue.is_kept(jobs[0])
    life._promises.ledger.close()
    second = make_studio()
    assert LifeCycle(second).take_up() == 3
    for job, owner in zip(jobs, "abc", strict=True):
        assert len(second.job(job.id, owner).wait(LIMIT_S).results) == 1
    stop.go.set()


def test_a_picture_that_would_come_too_late_is_not_begun(make_studio):
    engine = FakeEngine(0.05)  # 0.4 s a picture
    studio = make_studio(engine, max_waiting=30)
    life = LifeCycle(studio)
    studio.submit(ask(), "z").wait(LIMIT_S)
    jobs = [studio.submit(ask(owner), owner) for owner in string.ascii_lowercase]
    assert life.drain(FETCH_S + 4) is False
    made = [job for job in jobs if job.state is JobState.DONE]
    assert 1 <= len(made) < len(jobs) and engine.finished == len(made) + 1 == engine.paints


def test_nobody_waits_for_an_empty_house(studio):
    started = time.monotonic()
    assert LifeCycle(studio).drain(LIMIT_S) is True
    assert time.monotonic() - started < LIMIT_S / 2


def test_only_the_first_signal_asks_for_draining(studio):
    life = LifeCycle(studio)
    assert life.ask_to_stop() is True and life.ask_to_stop() is False


def test_a_second_signal_ends_the_process_at_once(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    server.start()
    try:
        server.tell(signal.SIGTERM)
        server.tell(signal.SIGTERM)
        assert server.wait(60) in (0, 128 + signal.SIGTERM)
    finally:
        server.kill()
    assert "Traceback" not in server.log.read_text()
