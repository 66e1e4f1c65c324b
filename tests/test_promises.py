"""After a restart everybody gets what was accepted, once, and those who cannot are told."""

import threading
import time

import pytest

from tests.fake_engine import FakeEngine, broken
from tests.test_studio import CHANNEL, LIMIT_S, SlowDelivery, Stop, ask
from zit_engine.errors import Interrupted, SaveFailed
from zit_engine.jobs.job import JobState
from zit_engine.promises import MOST_TRIES, Promises
from zit_engine.studio import Studio, StudioJob


def stopped_studio(make_studio, **changes) -> tuple[Studio, Promises, Stop]:
    stop = Stop()
    studio = make_studio(FakeEngine(at_step=stop), **changes)
    return studio, Promises(studio), stop


def die(studio: Studio, promises: Promises) -> None:
    """The process is gone: what it wrote stays, and nobody hears of it any more."""
    promises.ledger.close()
    studio.queue.hold()


def await_settled(job: StudioJob, pictures: int) -> None:
    """Earlier pictures are finished while the next is painted."""
    ends = time.monotonic() + LIMIT_S
    while sum(outcome is not None for outcome in job.snapshot().outcomes) < pictures:
        assert time.monotonic() < ends
        time.sleep(0.002)


def restarted(make_studio, engine=None, clock=None, **changes) -> tuple[Studio, Promises]:
    studio = make_studio(engine or FakeEngine(), **changes)
    promises = Promises(studio, *([clock] if clock else []))
    promises.take_up()
    return studio, promises


def test_waiting_and_running_jobs_are_painted_by_the_next_process_in_order(make_studio):
    first, promises, stop = stopped_studio(make_studio)
    jobs = [first.submit(ask(owner, count=2), owner) for owner in "abc"]
    assert stop.reached.wait(LIMIT_S)
    die(first, promises)
    engine = FakeEngine()
    second, _ = restarted(make_studio, engine)
    for job, owner in zip(jobs, "abc", strict=True):
        found = second.job(job.id, owner)
        assert found.wait(LIMIT_S).state is JobState.DONE
        rows = second.history.list(owner, 9)
        assert [row.job_id for row in rows] == [job.id] * 2
        assert sorted(row.request.seed for row in rows) == [7, 8]
    assert [shot.model_prompt for shot in engine.shots] == [*"abcabc"]
    stop.go.set()


def test_a_person_who_comes_back_sees_the_job_and_nobody_else_does(make_studio):
    first, promises, stop = stopped_studio(make_studio)
    job = first.submit(ask(), "anna")
    die(first, promises)
    again = Stop()
    second, _ = restarted(make_studio, FakeEngine(at_step=again))
    assert [each.id for each in second.open_jobs("anna", "make")] == [job.id]
    assert second.open_jobs("ben", "make") == []
    again.go.set()
    second.job(job.id, "anna").wait(LIMIT_S)
    stop.go.set()


def test_a_picture_that_has_a_row_is_not_painted_again(make_studio):
    stop = Stop()
    first = make_studio(FakeEngine(at_step=lambda shot, step: shot.seed < 9 or stop(shot, step)))
    promises = Promises(first)
    job = first.submit(ask(count=4), "a")  # seeds 7, 8 are painted, 9 hangs
    assert stop.reached.wait(LIMIT_S)
    await_settled(job, 2)
    die(first, promises)
    engine = FakeEngine()
    second, _ = restarted(make_studio, engine)
    seen = second.job(job.id, "a").wait(LIMIT_S)
    assert [shot.seed for shot in engine.shots] == [9, 10]
    assert sorted(result.request.seed for result in seen.results) == [7, 8, 9, 10]
    assert len({row.name for row in second.history.list("a", 9)}) == 4
    stop.go.set()


def test_a_picture_painted_and_not_saved_is_painted_again(make_studio, monkeypatch):
    slow = SlowDelivery(monkeypatch)
    first = make_studio()
    promises = Promises(first)
    jobs = [first.submit(ask(owner), owner) for owner in "ab"]
    while first.engine.finished < 2:
        time.sleep(0.002)
    die(first, promises)
    monkeypatch.undo()
    second, again = restarted(make_studio)
    for job, owner in zip(jobs, "ab", strict=True):
        (result,) = second.job(job.id, owner).wait(LIMIT_S).results
        assert second.history.list(owner, 9) == [result]
    assert second.engine.paints == 2
    second.queue.close(LIMIT_S)
    assert again.ledger.count() == 0
    slow.go.set()


def test_what_was_told_or_deleted_before_is_not_painted_again(make_studio):
    stop = Stop()
    engine = FakeEngine(
        fails=broken({7}), at_step=lambda shot, step: shot.seed < 9 or stop(shot, step)
    )
    first = make_studio(engine)
    promises = Promises(first)
    job = first.submit(ask(count=3), "a")
    assert stop.reached.wait(LIMIT_S)
    await_settled(job, 2)
    (row,) = first.history.list("a", 9)
    first.delete("a", row.job_id, row.name)
    die(first, promises)
    again = FakeEngine()
    second, _ = restarted(make_studio, again)
    assert second.job(job.id, "a").wait(LIMIT_S).state is JobState.DONE
    assert [shot.seed for shot in again.shots] == [9]
    stop.go.set()


def test_nothing_is_owed_when_all_is_delivered_stopped_or_failed(make_studio):
    stop = Stop()
    studio = make_studio(FakeEngine(at_step=stop, fails=broken({8})))
    promises = Promises(studio)
    running = studio.submit(ask(count=2), "a")
    waiting = studio.submit(ask(), "b")
    assert promises.ledger.count() == 2
    studio.cancel(waiting.id, "b")
    assert promises.ledger.count() == 1
    stop.go.set()
    running.wait(LIMIT_S)
    while not studio.queue.is_idle():
        pass
    assert promises.ledger.count() == 0


def test_closing_keeps_what_waits(make_studio):
    first, promises, stop = stopped_studio(make_studio)
    running, waiting = first.submit(ask(), "a"), first.submit(ask(count=2), "b")
    assert stop.reached.wait(LIMIT_S)
    threading.Timer(0.1, stop.go.set).start()
    first.close()
    promises.ledger.close()
    assert running.state is JobState.DONE
    second, _ = restarted(make_studio)
    assert len(second.job(waiting.id, "b").wait(LIMIT_S).results) == 2
    assert len(second.history.list("a", 9)) == 1


def test_what_waited_too_long_is_told_as_interrupted_once_and_not_painted(make_studio):
    first, promises, stop = stopped_studio(make_studio)
    job = first.submit(ask(count=2), "anna")
    die(first, promises)
    engine, late = FakeEngine(), job.created_at + 3 * 3600
    second, promises = restarted(make_studio, engine, lambda: late, resume_minutes=60)
    assert second.open_jobs("anna", "make") == [] and engine.paints == 0
    assert promises.ledger.count() == 1  # until the owner was told
    promises.ledger.close()
    third, promises = restarted(make_studio, engine, lambda: late, resume_minutes=60)
    (told,) = third.book.shown("anna", "make")
    seen = told.snapshot()
    assert seen.state is JobState.FAILED and isinstance(seen.failures[0], Interrupted)
    assert third.book.shown("ben", "make") == []
    assert promises.ledger.count() == 0
    third.submit(ask(), "anna").wait(LIMIT_S)
    assert third.book.shown("anna", "make") == []
    stop.go.set()


def test_a_picture_that_takes_the_process_with_it_is_given_up(make_studio):
    first, promises, stop = stopped_studio(make_studio)
    job = first.submit(ask(), "a")
    assert stop.reached.wait(LIMIT_S)
    die(first, promises)
    held = [Stop() for _ in range(MOST_TRIES - 1)]
    for again in held:
        studio, promises = restarted(make_studio, FakeEngine(at_step=again))
        assert again.reached.wait(LIMIT_S)
        die(studio, promises)
    engine = FakeEngine()
    last, _ = restarted(make_studio, engine)
    assert engine.paints == 0
    assert isinstance(last.job(job.id, "a").snapshot().failures[0], Interrupted)
    for each in (stop, *held):
        each.go.set()


def test_a_style_that_is_gone_meanwhile_is_told(make_studio):
    first, promises, stop = stopped_studio(make_studio)
    job = first.submit(ask(style="anime"), "a")
    die(first, promises)
    second = make_studio(FakeEngine(base="z-image-turbo"))
    second.catalogue = {k: v for k, v in second.catalogue.items() if k != "anime"}
    Promises(second).take_up()
    assert second.job(job.id, "a").snapshot().state is JobState.FAILED
    stop.go.set()


def test_a_full_disk_refuses_and_queues_nothing(studio, monkeypatch):
    promises = Promises(studio)

    def full(*_: object) -> None:
        raise SaveFailed(detail="full")

    monkeypatch.setattr(promises.ledger, "add", full)
    with pytest.raises(SaveFailed):
        studio.submit(ask(), "a")
    assert studio.queue.is_idle() and studio.open_jobs("a", "make") == []
    assert studio.engine.paints == 0


def test_a_ledger_that_fails_later_takes_nobodys_picture(studio, monkeypatch):
    promises = Promises(studio)

    def full(*_: object) -> None:
        raise SaveFailed(detail="full")

    for moment in ("begin", "settle", "remove"):
        monkeypatch.setattr(promises.ledger, moment, full)
    assert len(studio.submit(ask(channel=CHANNEL), "a").wait(LIMIT_S).results) == 1
