"""Pictures are finished beside the painting: nothing waits for that, and nothing is lost by it."""

import contextvars
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.jobs.test_job_queue import LIMIT_S, job, submit
from zit_engine.errors import DeviceLost, SaveFailed, ZitError
from zit_engine.jobs.job import Job, JobState
from zit_engine.jobs.job_queue import JobQueue, Outlook
from zit_engine.jobs.outlook import FINISHING
from zit_engine.jobs.pace import Effort
from zit_engine.jobs.watching import Watcher, Watchers


class Desk(Watcher):
    """Paints at once and finishes when told to: each picture needs one `open()`."""

    def __init__(self):
        self.painted: list[str] = []
        self.is_begun, self.at_desk = threading.Semaphore(0), threading.Semaphore(0)
        self.fails: dict[str, Exception] = {}
        self.moments: list[tuple[str, str]] = []
        self._go = threading.Semaphore(0)

    def paint(self, asked: Job, index: int) -> str:
        self.painted.append(asked.items[index])
        self.is_begun.release()
        return asked.items[index].upper()

    def finish(self, asked: Job, index: int, painted: str) -> str:
        self.at_desk.release()
        assert self._go.acquire(timeout=LIMIT_S)
        if failure := self.fails.get(painted):
            raise failure
        return f"{painted} saved"

    def open(self, pictures: int = 1) -> None:
        self._go.release(pictures)

    def await_begun(self, pictures: int = 1) -> None:
        for _ in range(pictures):
            assert self.is_begun.acquire(timeout=LIMIT_S)

    def await_at_desk(self, pictures: int = 1) -> None:
        for _ in range(pictures):
            assert self.at_desk.acquire(timeout=LIMIT_S)

    def settled(self, job: Job, index: int, outcome: object, seconds: float) -> None:
        self.moments.append(("settled", job.items[index]))

    def over(self, job: Job) -> None:
        self.moments.append(("over", job.owner))


@pytest.fixture
def desk() -> Desk:
    return Desk()


def queue_at(desk: Desk, places: int = 1, **changes: object) -> JobQueue:
    watchers = Watchers()
    watchers.add(desk)
    given = {"prepare": lambda: None, "max_waiting": 300, "max_owner_waiting": 60, **changes}
    run = given.pop("run", desk.paint)
    return JobQueue(run, finish=desk.finish, watchers=watchers, places=lambda: places, **given)


@pytest.fixture
def queue(desk: Desk) -> Iterator[JobQueue]:
    made = queue_at(desk)
    yield made
    desk.open(1000)
    made.close(LIMIT_S)


def until(holds) -> None:
    ends = time.monotonic() + LIMIT_S
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.002)


def test_the_next_picture_is_painted_while_the_last_is_finished(queue, desk):
    first, second = job("a"), job("b")
    submit(queue, first, second)
    desk.await_begun(2)
    assert first.state is JobState.RUNNING and first.snapshot().results == []
    desk.open(2)
    assert first.wait(LIMIT_S).results == ["A0 saved"]
    assert second.wait(LIMIT_S).results == ["B0 saved"]


@pytest.mark.parametrize("places", [1, 2])
def test_a_slow_disk_stops_the_painting_before_memory_is_full(desk, places):
    queue = queue_at(desk, places)
    grid = job("a", 20)
    queue.submit(grid)
    most = places * (1 + FINISHING)
    desk.await_begun(most)
    time.sleep(0.3)
    assert len(desk.painted) == most
    for number in range(1, 4):
        desk.open()
        desk.await_begun()
        time.sleep(0.05)
        assert len(desk.painted) == most + number
    desk.open(20)
    assert len(grid.wait(LIMIT_S).results) == 20
    queue.close(LIMIT_S)


def test_what_is_finished_neither_waits_nor_rests(queue, desk):
    asked = job("a")
    queue.submit(asked)
    desk.await_at_desk()
    assert queue.waiting() == 0 and not queue.is_idle() and not queue.is_resting()
    queue.hold()
    assert not queue.is_resting() and not queue.is_kept(asked)
    desk.open()
    asked.wait(LIMIT_S)
    until(queue.is_resting)
    assert queue.is_idle()


def test_stopping_keeps_what_is_painted_already(queue, desk):
    """Of three pictures the first is being finished, the others are not begun yet."""
    desk.fails["A9"] = ZitError()
    blocked = [job(owner) for owner in "xyz"]
    submit(queue, *blocked[:2])
    desk.await_at_desk(2)
    stopped = job("a", 3)
    queue.submit(stopped)
    desk.await_begun(3)
    queue.cancel(stopped)
    assert stopped.state is JobState.RUNNING
    desk.open(3)
    seen = stopped.wait(LIMIT_S)
    assert seen.state is JobState.CANCELLED and seen.results == ["A0 saved"]
    assert desk.painted == ["x0", "y0", "a0"]
    assert [moment for moment in desk.moments if moment[1][0] == "a"] == [
        ("settled", "a0"),
        ("over", "a"),
    ]


def test_a_job_whose_last_picture_is_painted_cannot_be_stopped_any_more(queue, desk):
    asked = job("a")
    queue.submit(asked)
    desk.await_at_desk()
    queue.cancel(asked)
    desk.open()
    seen = asked.wait(LIMIT_S)
    assert seen.state is JobState.DONE and seen.results == ["A0 saved"]


def test_an_error_while_finishing_is_that_pictures_outcome(queue, desk, caplog):
    desk.fails = {"A1": SaveFailed(detail="full"), "A2": ZeroDivisionError("deep")}
    asked = job("a", 4)
    queue.submit(asked)
    desk.open(4)
    seen = asked.wait(LIMIT_S)
    assert seen.state is JobState.DONE and seen.results == ["A0 saved", "A3 saved"]
    full, bug = seen.failures
    assert isinstance(full, SaveFailed) and bug.message_id == "error.unexpected"
    assert full.error_id in caplog.text and bug.error_id in caplog.text
    later = job("b")
    queue.submit(later)
    desk.open()
    assert later.wait(LIMIT_S).results == ["B0 saved"]


def test_closing_waits_for_what_is_finished(queue, desk):
    running, waiting = job("a"), job("b", 9)
    submit(queue, running, waiting)
    desk.await_begun(3)
    closing = threading.Thread(target=queue.close, args=[LIMIT_S])
    closing.start()
    until(lambda: queue.is_refusing)
    assert not running.state.is_over and closing.is_alive()
    desk.open(9)
    closing.join(LIMIT_S)
    assert running.state is JobState.DONE and running.snapshot().results == ["A0 saved"]
    seen = waiting.snapshot()
    assert seen.state is JobState.CANCELLED and seen.results == ["B0 saved", "B1 saved"]


def test_an_engine_that_is_lost_takes_no_painted_picture_with_it(desk):
    hangs = threading.Event()

    def run(asked: Job, index: int) -> str:
        if asked.owner == "hung":
            assert hangs.wait(LIMIT_S)
        return desk.paint(asked, index)

    queue = queue_at(desk, run=run)
    painted, hung, waiting = job("a", 2), job("hung"), job("b")
    submit(queue, painted, hung, waiting)
    desk.await_at_desk()
    queue.abandon(DeviceLost())
    assert hung.wait(LIMIT_S).state is JobState.FAILED
    assert waiting.wait(LIMIT_S).state is JobState.FAILED
    assert not painted.state.is_over
    desk.open(3)
    seen = painted.wait(LIMIT_S)
    assert seen.outcomes[0] == "A0 saved" and seen.state is JobState.DONE
    hangs.set()
    queue.close(LIMIT_S)
    assert Counter(m for m in desk.moments if m[0] == "over").most_common(1)[0][1] == 1


_ASKED_BY: contextvars.ContextVar[str] = contextvars.ContextVar("asked_by", default="nobody")


def test_what_the_log_knows_of_a_job_reaches_the_finishing(desk):
    seen = []
    desk.finish = lambda asked, index, painted: seen.append(_ASKED_BY.get())
    queue = queue_at(desk)
    jobs = []
    for name in ("anna", "ben"):
        context = contextvars.copy_context()
        context.run(_ASKED_BY.set, name)
        jobs.append(context.run(job, name))
        queue.submit(jobs[-1])
    for each in jobs:
        each.wait(LIMIT_S)
    queue.close(LIMIT_S)
    assert sorted(seen) == ["anna", "ben"]


def test_the_outlook_counts_the_finishing_apart(desk, monkeypatch):
    """4 s of painting and 2 s of finishing a picture: the next begins after 4 s, not after 6."""
    clock, at_once = [1000.0], "xyz"  # painted in no time, and then nothing further is begun
    queue = queue_at(
        desk, effort_of=lambda job, index: Effort(str(job.owner in at_once), 1.0, "plain")
    )
    stuck = [job(owner) for owner in at_once]
    submit(queue, *stuck)
    until(lambda: len(queue._running.finishing) == 3)
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    queue._forecast.measure(job("a"), 0, 4.0)
    queue._forecast.measure_finish(job("a"), 0, 2.0)
    a, b = job("a", 2), job("b")
    submit(queue, a, b)
    assert queue.outlook(a) == Outlook(0, 0.0, 14.0)
    assert queue.outlook(b) == Outlook(1, 4.0, 10.0)
    assert queue.next_s() == 6.0
    monkeypatch.undo()
    desk.open(9)
    for each in (a, b):
        each.wait(LIMIT_S)
    queue.close(LIMIT_S)


def test_the_last_picture_of_a_job_is_nearly_there_when_it_is_painted(queue, desk, monkeypatch):
    queue._forecast.measure_finish(job("x"), 0, 2.0)
    asked = job("a")
    queue.submit(asked)
    until(lambda: queue._running.finishing)
    ((_, _, began),) = queue._running.finishing
    monkeypatch.setattr("time.monotonic", lambda: began + 1.5)
    assert queue.outlook(asked) == Outlook(0, 0.0, pytest.approx(0.5))
    monkeypatch.undo()
    desk.open()
    asked.wait(LIMIT_S)


def test_where_finishing_is_slower_it_sets_the_pace(desk):
    kind = Effort("banner", 1.0, "plain")
    queue = queue_at(desk, effort_of=lambda job, index: kind)
    queue._forecast.measure(job("x"), 0, 1.0)
    queue._forecast.measure_finish(job("x"), 0, 8.0)
    queue.hold()
    a, b = job("a"), job("b")
    submit(queue, a, b)
    assert queue.outlook(a).eta_s == 9.0
    assert queue.outlook(b).eta_s == 8.0 / FINISHING + 9.0
    queue.close(LIMIT_S)


@pytest.mark.parametrize("places", [1, 3])
def test_a_busy_day_ends_with_every_outcome_and_every_job_over_once(places):
    chance, desk = random.Random(places), Desk()

    def nap() -> None:
        time.sleep(chance.random() * 0.004)

    def run(asked: Job, index: int) -> str:
        nap()
        if chance.random() < 0.1:
            raise SaveFailed(detail="chance")
        return asked.items[index]

    def finish(asked: Job, index: int, painted: str) -> str:
        nap()
        if chance.random() < 0.1:
            raise ZeroDivisionError("chance")
        return painted.upper()

    desk.finish = finish
    queue = queue_at(desk, places, run=run)
    jobs = [Job(f"owner{n}", tuple(f"{n}.{i}" for i in range(1 + n % 4))) for n in range(60)]
    for each in jobs:
        queue.submit(each)
        if chance.random() < 0.15:
            nap()
            queue.cancel(each)
    for each in jobs:
        seen = each.wait(LIMIT_S)
        assert seen.state.is_over
        if seen.state is not JobState.CANCELLED:
            assert None not in seen.outcomes and seen.finishing == () and seen.current is None
    queue.close(LIMIT_S)
    assert queue.is_idle()
    told = Counter(owner for moment, owner in desk.moments if moment == "over")
    assert set(told) == {each.owner for each in jobs} and set(told.values()) == {1}
    for each in jobs:
        mine = [m for m in desk.moments if m[1] == each.owner or m[1] in each.items]
        assert mine[-1] == ("over", each.owner)
