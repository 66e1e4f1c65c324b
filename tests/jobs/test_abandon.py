"""An engine that will not come back: everybody is told at once, nothing new is taken."""

import pytest

from tests.jobs.test_job_queue import LIMIT_S, Gate
from zit_engine.errors import DeviceLost, QueueFull
from zit_engine.jobs.job import Job, JobState
from zit_engine.jobs.job_queue import JobQueue


def test_running_and_waiting_are_told_and_finished_pictures_stay():
    gate = Gate()
    queue = JobQueue(gate.run, prepare=lambda: None, max_waiting=60, max_owner_waiting=50)
    running, waiting = Job("a", ("a1", "a2", "a3")), Job("b", ("b1", "b2"))
    try:
        queue.submit(running)
        gate.await_begun()
        queue.submit(waiting)
        gate.open()
        gate.await_begun()  # b's first or a's second hangs now
        queue.abandon(DeviceLost())
        done, failed = running.wait(LIMIT_S), waiting.wait(LIMIT_S)
        assert done.state is JobState.DONE and done.results == ["A1"]
        assert [type(each) for each in done.failures] == [DeviceLost, DeviceLost]
        assert failed.state is JobState.FAILED
        assert [type(each) for each in failed.failures] == [DeviceLost, DeviceLost]
        with pytest.raises(QueueFull):
            queue.submit(Job("c", ("c1",)))
        assert queue.waiting() == 0
    finally:
        gate.open(10)
        queue.close()
