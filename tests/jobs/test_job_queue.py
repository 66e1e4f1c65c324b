"""Whose turn it is. A gate holds each picture until the test lets it go: nothing is timed."""

import threading
import time
from collections.abc import Iterator

import pytest

from zit_engine.errors import BrokenImage, Cancelled, EngineError, QueueFull, ZitError
from zit_engine.jobs.job import Job, JobState
from zit_engine.jobs.job_queue import JobQueue, Outlook
from zit_engine.jobs.pace import PLAIN

LIMIT_S = 30


class Gate:
    """Paints by waiting: each picture needs one `open()`. `painted` lists (owner, item)."""

    def __init__(self):
        self.painted: list[tuple[str, str]] = []
        self.at_once = self.most_at_once = 0
        self.begun = threading.Semaphore(0)
        self._go = threading.Semaphore(0)
        self._lock = threading.Lock()

    def run(self, job: Job, index: int) -> str:
        with self._lock:
            self.painted.append((job.owner, job.items[index]))
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        self.begun.release()
        try:
            while not self._go.acquire(timeout=0.005):
                if job.is_cancelled():
                    raise Cancelled()
        finally:
            with self._lock:
                self.at_once -= 1
        return job.items[index].upper()

    def open(self, pictures: int = 1) -> None:
        self._go.release(pictures)

    def await_begun(self, pictures: int = 1) -> None:
        for _ in range(pictures):
            assert self.begun.acquire(timeout=LIMIT_S)

    @property
    def owners(self) -> list[str]:
        return [owner for owner, _ in self.painted]


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def queue(gate) -> Iterator[JobQueue]:
    made = JobQueue(gate.run, prepare=lambda: None, max_waiting=60, max_owner_waiting=50)
    yield made
    gate.open(1000)
    made.close(LIMIT_S)


def job(owner: str, pictures: int = 1) -> Job:
    return Job(owner, tuple(f"{owner}{number}" for number in range(pictures)))


def submit(queue: JobQueue, *jobs: Job) -> None:
    for each in jobs:
        queue.submit(each)


def test_a_job_gets_a_result_a_picture_in_order(queue, gate):
    asked = job("a", 3)
    queue.submit(asked)
    gate.open(3)
    seen = asked.wait(LIMIT_S)
    assert seen.state is JobState.DONE and seen.results == ["A0", "A1", "A2"]


def test_twenty_jobs_of_five_owners_all_arrive_one_paint_at_a_time(queue, gate):
    jobs = [job(owner, 2) for _ in range(4) for owner in "abcde"]
    submit(queue, *jobs)
    gate.open(40)
    assert all(each.wait(LIMIT_S).state is JobState.DONE for each in jobs)
    assert len(gate.painted) == 40 and gate.most_at_once == 1


def test_turns_go_round_the_owners_picture_by_picture(queue, gate):
    queue.submit(job("first"))
    gate.await_begun()
    jobs = [job("a", 4), job("b", 2), job("c", 1), job("b", 1)]
    submit(queue, *jobs)
    gate.open(100)
    for each in jobs:
        each.wait(LIMIT_S)
    assert gate.owners == ["first", *"abcabab", "a"]


def test_a_grid_delays_another_owner_by_one_picture(queue, gate):
    grid = job("grid", 40)
    queue.submit(grid)
    gate.await_begun()
    other = job("cafe")
    queue.submit(other)
    gate.open(100)
    other.wait(LIMIT_S)
    assert "cafe" in gate.owners[:3]
    assert len(grid.wait(LIMIT_S).results) == 40


def test_an_owners_own_jobs_keep_their_order(queue, gate):
    jobs = [job("a", 2), Job("a", ("later",))]
    submit(queue, *jobs)
    gate.open(3)
    jobs[1].wait(LIMIT_S)
    assert [item for _, item in gate.painted] == ["a0", "a1", "later"]


def test_cancelled_while_waiting_is_over_at_once_and_never_painted(queue, gate):
    running, waiting = job("a"), job("b", 4)
    submit(queue, running, waiting)
    gate.await_begun()
    queue.cancel(waiting)
    assert waiting.state is JobState.CANCELLED and queue.waiting() == 0
    gate.open(100)
    running.wait(LIMIT_S)
    assert gate.owners == ["a"]


def test_cancelled_while_running_lets_the_next_one_in_and_keeps_what_was_made(queue, gate):
    stopped, following = job("a", 3), job("b")
    queue.submit(stopped)
    gate.await_begun()
    gate.open()
    gate.await_begun()
    queue.submit(following)
    queue.cancel(stopped)
    seen = stopped.wait(LIMIT_S)
    assert seen.state is JobState.CANCELLED and seen.results == ["A0"]
    gate.await_begun()
    gate.open()
    assert following.wait(LIMIT_S).results == ["B0"]
    assert gate.owners == ["a", "a", "b"]


def test_cancelling_twice_or_after_the_end_changes_nothing(queue, gate):
    asked = job("a")
    queue.submit(asked)
    gate.open()
    asked.wait(LIMIT_S)
    queue.cancel(asked)
    queue.cancel(asked)
    assert asked.state is JobState.DONE and asked.snapshot().results == ["A0"]


def test_a_full_queue_tells_the_seconds_and_takes_nothing(gate):
    queue = JobQueue(gate.run, prepare=lambda: None, max_waiting=4, max_owner_waiting=2)
    running = job("a")
    queue.submit(running)
    gate.await_begun()
    submit(queue, job("b", 2), job("c", 1))
    for refused in (job("d", 2), job("b")):
        with pytest.raises(QueueFull) as full:
            queue.submit(refused)
        assert full.value.values["seconds"] >= 1
        assert refused.state is JobState.WAITING and queue.waiting() == 3
    queue.submit(job("d"))
    gate.open(100)
    running.wait(LIMIT_S)
    queue.close(LIMIT_S)


def test_a_grid_larger_than_an_owners_share_is_taken_when_the_owner_has_nothing_waiting(gate):
    queue = JobQueue(gate.run, prepare=lambda: None, max_waiting=40, max_owner_waiting=8)
    grid = job("qa", 12)
    queue.submit(grid)
    with pytest.raises(QueueFull):
        queue.submit(job("qa"))
    gate.open(100)
    assert len(grid.wait(LIMIT_S).results) == 12
    queue.close(LIMIT_S)


def test_one_failed_picture_leaves_the_others(gate):
    def run(asked: Job, index: int) -> str:
        if index == 1:
            raise BrokenImage(kind="black")
        return asked.items[index]

    queue = JobQueue(run, prepare=lambda: None, max_waiting=9, max_owner_waiting=9)
    asked = job("a", 4)
    queue.submit(asked)
    seen = asked.wait(LIMIT_S)
    assert seen.state is JobState.DONE and seen.results == ["a0", "a2", "a3"]
    assert isinstance(seen.outcomes[1], BrokenImage)
    queue.close()


def test_a_bug_in_one_picture_fails_it_alone_with_an_id(caplog):
    def run(asked: Job, index: int) -> str:
        if asked.owner == "unlucky":
            raise ZeroDivisionError("somewhere deep")
        return asked.items[index]

    queue = JobQueue(run, prepare=lambda: None, max_waiting=9, max_owner_waiting=9)
    unlucky, lucky = job("unlucky"), job("lucky")
    submit(queue, unlucky, lucky)
    failure = unlucky.wait(LIMIT_S).failures[0]
    assert type(failure) is ZitError and failure.message_id == "error.unexpected"
    assert lucky.wait(LIMIT_S).results == ["lucky0"]
    assert failure.error_id in caplog.text
    queue.close()


def test_a_model_that_cannot_load_fails_the_job_and_is_tried_again_for_the_next():
    loads = iter([EngineError(), None])

    def prepare() -> None:
        if failure := next(loads):
            raise failure

    queue = JobQueue(lambda asked, index: "ok", prepare=prepare, max_waiting=9, max_owner_waiting=9)
    first, second = job("a"), job("b")
    submit(queue, first, second)
    assert first.wait(LIMIT_S).state is JobState.FAILED
    assert second.wait(LIMIT_S).results == ["ok"]
    queue.close()


def test_nobody_ahead_and_nothing_measured(queue, gate):
    asked = job("a")
    queue.submit(asked)
    gate.await_begun()
    assert queue.outlook(asked) == Outlook(0, 0.0, None)
    assert queue.outlook(job("stranger")) == Outlook(0, None, None)


def test_people_ahead_are_owners_not_pictures(queue, gate):
    first, second, third = job("a", 4), job("b", 4), job("c")
    submit(queue, first)
    gate.await_begun()
    submit(queue, second, third)
    assert queue.outlook(third).people_ahead == 2
    assert queue.outlook(second).people_ahead == 1
    assert queue.outlook(first).people_ahead == 0
    assert queue.outlook(third).eta_s is None


def test_the_outlook_plays_the_turns_out(queue, gate, monkeypatch):
    """10 s a picture; a is 4 s into its first of three when b (2) and c (1) join:
    a: 6 s left, then b c a b a, each 10 s."""
    clock = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    queue._forecast.pace.measure(PLAIN, 10.0)
    a, b, c = job("a", 3), job("b", 2), job("c")
    queue.submit(a)
    gate.await_begun()
    submit(queue, b, c)
    clock[0] += 4
    # a stood in line before b and c came, so after its first picture it is a's turn again.
    turns = [turn.owner for turn, _ in queue._lines.turns()]
    ends = {owner: 6.0 + 10 * (len(turns) - turns[::-1].index(owner)) for owner in "abc"}
    starts = {owner: 6.0 + 10 * turns.index(owner) for owner in "bc"}
    assert queue.outlook(a) == Outlook(0, 0.0, ends["a"])
    assert queue.outlook(b) == Outlook(1, starts["b"], ends["b"])
    assert queue.outlook(c) == Outlook(2, starts["c"], ends["c"])
    assert sorted(ends.values())[-1] == 6 + 10 * 5
    clock[0] += 100
    assert queue.outlook(a).eta_s == ends["a"] - 6


def test_closing_refuses_new_work_and_ends_what_waits(queue, gate):
    running, waiting = job("a"), job("b", 2)
    submit(queue, running, waiting)
    gate.await_begun()
    gate.open()
    queue.close(LIMIT_S)
    assert running.wait(LIMIT_S).results == ["A0"]
    assert waiting.state is JobState.CANCELLED
    with pytest.raises(QueueFull) as refused:
        queue.submit(job("c"))
    assert refused.value.message_id == "error.queue_closed"
    queue.close()


def test_closing_lets_the_picture_being_painted_arrive_and_drops_the_rest_of_its_job(queue, gate):
    grid = job("a", 3)
    queue.submit(grid)
    gate.await_begun()
    closing = threading.Thread(target=queue.close, args=[LIMIT_S])
    closing.start()
    while not queue.is_refusing:
        time.sleep(0.001)
    gate.open()
    closing.join(LIMIT_S)
    seen = grid.wait(LIMIT_S)
    assert seen.state is JobState.CANCELLED and seen.results == ["A0"]
    assert gate.owners == ["a"]


def test_two_hundred_waiting_jobs_of_forty_owners_all_end(gate):
    queue = JobQueue(gate.run, prepare=lambda: None, max_waiting=300, max_owner_waiting=10)
    jobs = [job(f"owner{number % 40}") for number in range(200)]
    threads = [threading.Thread(target=queue.submit, args=[each]) for each in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT_S)
    gate.open(200)
    assert all(each.wait(LIMIT_S).state is JobState.DONE for each in jobs)
    assert gate.most_at_once == 1
    queue.close(LIMIT_S)
