"""A job tells where it is, wakes who waits, and ends exactly once."""

import contextvars
import threading

import pytest

from zit_engine.errors import BrokenImage
from zit_engine.jobs.job import Job, JobState


@pytest.fixture
def job() -> Job[str, str]:
    return Job("owner", ("first", "second"))


def test_a_new_job_waits_and_has_nothing(job):
    seen = job.snapshot()
    assert seen.state is JobState.WAITING and not seen.state.is_over
    assert seen.outcomes == (None, None)
    assert seen.current is None and seen.results == [] and seen.failures == []


def test_progress_belongs_to_the_picture_being_painted(job):
    job.begin(1)
    job.on_step(3, 8)
    seen = job.snapshot()
    assert (seen.state, seen.current, seen.step, seen.steps) == (JobState.RUNNING, 1, 3, 8)
    job.settle(1, "painted")
    assert job.snapshot().current is None and job.snapshot().step == 0


def test_every_change_has_a_new_version(job):
    versions = [job.snapshot().version]
    for change in (
        lambda: job.begin(0),
        lambda: job.on_step(1, 8),
        lambda: job.settle(0, "painted"),
        job.finish,
    ):
        change()
        versions.append(job.snapshot().version)
    assert versions == sorted(set(versions))


@pytest.mark.parametrize(
    ("outcomes", "is_cancelled", "state"),
    [
        (["a", "b"], False, JobState.DONE),
        (["a", BrokenImage()], False, JobState.DONE),
        ([BrokenImage(), BrokenImage()], False, JobState.FAILED),
        (["a", None], True, JobState.CANCELLED),
        ([None, None], True, JobState.CANCELLED),
        (["a", "b"], True, JobState.DONE),
    ],
)
def test_how_a_job_ends(job, outcomes, is_cancelled, state):
    for index, outcome in enumerate(outcomes):
        if outcome is not None:
            job.settle(index, outcome)
    if is_cancelled:
        job.cancel()
    job.finish()
    assert job.state is state and state.is_over
    assert job.snapshot().results == [o for o in outcomes if isinstance(o, str)]
    assert job.snapshot().failures == [o for o in outcomes if isinstance(o, BrokenImage)]


def test_a_job_that_ended_stays_as_it_ended(job):
    job.settle(0, "a")
    job.finish()
    version = job.snapshot().version
    job.cancel()
    job.finish()
    assert job.state is JobState.DONE and job.snapshot().version == version


def test_whoever_waits_is_woken_by_the_end(job):
    seen = []
    watcher = threading.Thread(target=lambda: seen.append(job.wait(30).state))
    watcher.start()
    job.begin(0)
    job.settle(0, "a")
    job.finish()
    watcher.join(30)
    assert seen == [JobState.DONE]


def test_waiting_for_a_while_returns_what_there_is(job):
    assert job.wait(0.01).state is JobState.WAITING


def test_ids_are_long_and_different():
    ids = {Job("o", ("a",)).id for _ in range(100)}
    assert len(ids) == 100 and all(len(each) == 32 for each in ids)


def test_the_asking_threads_context_travels_with_the_job():
    person = contextvars.ContextVar("person", default="nobody")
    person.set("first")
    job = Job("o", ("a",))
    person.set("second")
    assert job.context.run(person.get) == "first"


def test_a_picture_being_finished_is_shown_until_something_else_is_painted():
    made = Job("a", ("x", "y", "z"))
    made.begin(0)
    made.on_step(8, 8, 0)
    made.painted(0)
    seen = made.snapshot()
    assert (seen.current, seen.step, seen.finishing, seen.done) == (0, 8, (), 0)
    made.begin(1)
    made.on_step(2, 8, 1)
    seen = made.snapshot()
    assert (seen.current, seen.step, seen.finishing, seen.done) == (1, 2, (0,), 1)
    assert [seen.is_at_work(index) for index in range(3)] == [True, True, False]
    made.settle(0, "X")
    assert (made.snapshot().finishing, made.snapshot().done) == ((), 1)
    made.settle(1, "Y")
    assert made.snapshot().current is None and made.snapshot().done == 2
    made.painted(2)  # never begun: after the job was given up
    assert made.snapshot().current is None
    assert made.finish() and not made.finish()
