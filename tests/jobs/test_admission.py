"""The door is bounded: as many as fit come in, others hear at once when to come back."""

import threading
import time

from tests.jobs.test_job_queue import LIMIT_S, Gate
from zit_engine.errors import QueueFull, SaveFailed
from zit_engine.jobs.job import Job, JobState
from zit_engine.jobs.job_queue import JobQueue
from zit_engine.jobs.watching import Watcher, Watchers
from zit_engine.messages import explain


class SlowLedger(Watcher):
    """Writes down as slowly as a disk under load; once `is_stuck`, not before `go_on` is set."""

    def __init__(self):
        self.rows: set[str] = set()
        self.is_stuck = False
        self.go_on = threading.Event()

    def accepted(self, job: Job) -> None:
        if self.is_stuck:
            assert self.go_on.wait(LIMIT_S)
        time.sleep(0.01)
        self.rows.add(job.id)

    def over(self, job: Job) -> None:
        self.rows.discard(job.id)


def test_of_fifty_at_once_twenty_are_let_in():
    gate, ledger, watchers = Gate(), SlowLedger(), Watchers()
    watchers.add(ledger)
    queue = JobQueue(
        gate.run, prepare=lambda: None, max_waiting=20, max_owner_waiting=8, watchers=watchers
    )
    first = Job("first", ("x",))
    queue.submit(first)
    gate.await_begun()
    jobs = [Job(f"owner{number}", ("x",)) for number in range(50)]
    refusals: list[QueueFull] = []
    ledger.is_stuck = True

    def press(job: Job) -> None:
        try:
            queue.submit(job)
        except QueueFull as error:
            refusals.append(error)
            if len(refusals) == 30:  # none of them waited for what is being written down
                ledger.go_on.set()

    threads = [threading.Thread(target=press, args=[job]) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT_S)
    assert queue.waiting() == 20 and len(refusals) == 30 and len(ledger.rows) == 21
    for error in refusals:
        assert error.values["seconds"] >= 1
        assert "초쯤 뒤에 다시" in explain(error, "ko")
    gate.open(100)
    done = [job for job in jobs if job.id in ledger.rows or job.state is JobState.DONE]
    assert all(job.wait(LIMIT_S).state is JobState.DONE for job in done) and len(done) == 20
    queue.close(LIMIT_S)
    assert ledger.rows == set()


def test_what_cannot_be_written_down_takes_no_place():
    class Full(Watcher):
        def accepted(self, job: Job) -> None:
            raise SaveFailed(detail="full")

    watchers = Watchers()
    watchers.add(Full())
    queue = JobQueue(
        lambda job, index: "x",
        prepare=lambda: None,
        max_waiting=1,
        max_owner_waiting=1,
        watchers=watchers,
    )
    for _ in range(3):
        try:
            queue.submit(Job("a", ("x",)))
        except SaveFailed:
            continue
        raise AssertionError("accepted without being written down")
    assert queue.is_idle()


def test_a_watcher_in_trouble_takes_nobodys_picture(caplog):
    class Broken(Watcher):
        def begun(self, job: Job, index: int) -> None:
            raise ZeroDivisionError("counting")

    watchers = Watchers()
    watchers.add(Broken())
    queue = JobQueue(
        lambda job, index: "x",
        prepare=lambda: None,
        max_waiting=9,
        max_owner_waiting=9,
        watchers=watchers,
    )
    job = Job("a", ("x",))
    queue.submit(job)
    assert job.wait(LIMIT_S).results == ["x"]
    assert "counting" in caplog.text
    queue.close(LIMIT_S)
