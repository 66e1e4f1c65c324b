"""Several pictures side by side: the same turns, taken by as many as there are places."""

import threading
import time

import pytest

from tests.jobs.test_job_queue import LIMIT_S, Gate, job, submit
from zit_engine.errors import DeviceLost, QueueFull
from zit_engine.jobs.job import JobState
from zit_engine.jobs.job_queue import JobQueue


@pytest.fixture
def gate():
    return Gate()


@pytest.fixture
def queue_of(gate):
    made = []

    def make(places, **limits) -> JobQueue:
        limits = {"max_waiting": 300, "max_owner_waiting": 50, **limits}
        read = places if callable(places) else lambda: places
        made.append(JobQueue(gate.run, prepare=lambda: None, places=read, **limits))
        return made[-1]

    yield make
    gate.open(1000)
    for queue in made:
        queue.close(LIMIT_S)


@pytest.mark.parametrize("places", [2, 3, 4])
def test_as_many_at_once_as_there_are_places_and_never_more(queue_of, gate, places):
    queue = queue_of(places)
    jobs = [job(owner, 2) for _ in range(2) for owner in "abcde"]
    submit(queue, *jobs)
    gate.await_begun(places)
    assert gate.at_once == places
    gate.open(100)
    assert all(each.wait(LIMIT_S).state is JobState.DONE for each in jobs)
    assert gate.most_at_once == places and len(gate.painted) == 20


@pytest.mark.parametrize("places", [2, 4])
def test_turns_still_go_round_the_owners(queue_of, gate, places):
    queue = queue_of(places)
    first = [job(f"first{number}") for number in range(places)]
    submit(queue, *first)
    gate.await_begun(places)
    jobs = [job("a", 4), job("b", 2), job("c", 1), job("b", 1)]
    submit(queue, *jobs)
    for _ in range(places + 8):  # one at a time, so that the order of beginning can be told
        gate.open()
        if len(gate.painted) < places + 8:
            gate.await_begun()
    for each in jobs:
        each.wait(LIMIT_S)
    assert gate.owners[places:] == [*"abcabab", "a"]


def test_one_job_alone_uses_every_place_and_keeps_its_order(queue_of, gate):
    queue = queue_of(4)
    grid = job("a", 6)
    queue.submit(grid)
    gate.await_begun(4)
    seen = grid.snapshot()
    assert (seen.state, seen.current) == (JobState.RUNNING, 0)
    gate.open(6)
    seen = grid.wait(LIMIT_S)
    assert seen.results == ["A0", "A1", "A2", "A3", "A4", "A5"] and seen.current is None


def test_progress_of_pictures_side_by_side_is_not_mixed_up(queue_of, gate):
    queue = queue_of(2)
    both = job("a", 2)
    queue.submit(both)
    gate.await_begun(2)
    both.steps_of(1)(6, 8)
    assert (both.snapshot().current, both.snapshot().step) == (0, 0)
    both.steps_of(0)(2, 8)
    assert (both.snapshot().current, both.snapshot().step) == (0, 2)
    both.settle(0, "made")
    assert (both.snapshot().current, both.snapshot().step) == (1, 6)


def test_stopping_one_of_those_running_leaves_the_others(queue_of, gate):
    queue = queue_of(3)
    stopped, others = job("a", 2), [job("b"), job("c")]
    submit(queue, *others, stopped)
    gate.await_begun(3)
    queue.cancel(stopped)
    seen = stopped.wait(LIMIT_S)
    assert seen.state is JobState.CANCELLED and seen.results == []
    assert not any(each.state.is_over for each in others)
    gate.open(2)
    assert [each.wait(LIMIT_S).results for each in others] == [["B0"], ["C0"]]


def test_a_job_running_twice_ends_once_both_are_stopped(queue_of, gate):
    queue = queue_of(2)
    twice = job("a", 2)
    queue.submit(twice)
    gate.await_begun(2)
    queue.cancel(twice)
    assert twice.wait(LIMIT_S).state is JobState.CANCELLED
    following = job("b")
    queue.submit(following)
    gate.await_begun()
    gate.open()
    assert following.wait(LIMIT_S).results == ["B0"] and gate.at_once == 0


def test_closing_waits_for_all_that_run(queue_of, gate):
    queue = queue_of(3)
    running, waiting = [job(owner) for owner in "abc"], job("d")
    submit(queue, *running)
    gate.await_begun(3)
    queue.submit(waiting)
    closing = threading.Thread(target=queue.close, args=[LIMIT_S])
    closing.start()
    assert waiting.wait(LIMIT_S).state is JobState.CANCELLED
    assert closing.is_alive()
    gate.open(3)
    closing.join(LIMIT_S)
    assert [each.wait(LIMIT_S).results for each in running] == [["A0"], ["B0"], ["C0"]]
    assert sorted(gate.owners) == [*"abc"]


def test_abandoning_ends_all_that_run(queue_of, gate):
    queue = queue_of(2)
    running, waiting = [job("a"), job("b")], job("c", 2)
    submit(queue, *running)
    gate.await_begun(2)
    queue.submit(waiting)
    queue.abandon(DeviceLost())
    for each in (*running, waiting):
        seen = each.wait(LIMIT_S)
        assert seen.state is JobState.FAILED
        assert {type(failure) for failure in seen.failures} == {DeviceLost}


def test_the_outlook_divides_by_the_places(queue_of, gate, monkeypatch):
    """10 s a picture, four places: a to d began 4, 3, 2 and 1 s ago; e brings four, f one."""
    clock = [1000.0]
    monkeypatch.setattr("zit_engine.jobs.outlook.time.monotonic", lambda: clock[0])
    monkeypatch.setattr("zit_engine.jobs.at_work.time.monotonic", lambda: clock[0])
    queue = queue_of(4)
    queue._forecast.measure(job("x"), 0, 10.0)
    for owner in "abcd":
        queue.submit(job(owner))
        gate.await_begun()
        clock[0] += 1
    e, f = job("e", 4), job("f")
    submit(queue, e, f)
    # Free in 6, 7, 8 and 9 s. Turns: e f e e e.
    seen = queue.outlook(e)
    assert (seen.people_ahead, seen.starts_s, seen.eta_s) == (4, 6.0, 26.0)
    seen = queue.outlook(f)
    assert (seen.people_ahead, seen.starts_s, seen.eta_s) == (5, 7.0, 17.0)


def test_a_free_place_means_no_wait(queue_of, gate):
    queue = queue_of(2)
    queue._forecast.measure(job("x"), 0, 10.0)
    first = job("a")
    queue.submit(first)
    gate.await_begun()
    assert queue.next_s() is None
    assert queue._forecast.outlook(first, queue._lines, queue._running, 2).people_ahead == 0


def test_places_that_come_and_go_are_used_at_once(queue_of, gate):
    places = [1]
    queue = queue_of(lambda: places[0])
    grid = job("a", 8)
    queue.submit(grid)
    gate.await_begun()
    time.sleep(0.3)
    assert gate.at_once == 1
    places[0] = 3
    gate.open()
    gate.await_begun(3)
    places[0] = 2
    gate.open(3)
    gate.await_begun(2)
    time.sleep(0.3)
    assert gate.at_once == 2
    gate.open(10)
    assert len(grid.wait(LIMIT_S).results) == 8


def test_a_busy_answer_counts_the_places(queue_of, gate):
    seconds = []
    for places in (1, 4):
        queue = queue_of(places, max_waiting=4)
        queue._forecast.measure(job("x"), 0, 10.0)
        running = [job(f"r{number}") for number in range(places)]
        submit(queue, *running)
        gate.await_begun(places)
        queue.submit(job("b", 4))
        with pytest.raises(QueueFull) as full:
            queue.submit(job("c", 4))
        seconds.append(full.value.values["seconds"])
        gate.open(places + 4)
        gate.await_begun(4)
    assert seconds == [40, 10]
