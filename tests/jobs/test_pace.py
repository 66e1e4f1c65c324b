"""What is told of the waiting is true: tried with pictures of very different times."""

import random
import threading
from collections.abc import Callable

import pytest

from zit_engine.jobs.job import Job
from zit_engine.jobs.job_queue import JobQueue
from zit_engine.jobs.pace import Effort, Pace

LIMIT_S = 60


def effort(size: int, style: str = "a", steps: int = 8) -> Effort:
    return Effort(f"{size} {steps}", size * size / 1e6 * steps, style)


def test_nothing_is_told_before_anything_was_timed():
    assert Pace().seconds(effort(512), None) is None and Pace().mean_s is None


def test_a_kind_is_remembered_by_itself():
    pace = Pace()
    for _ in range(20):
        pace.measure(effort(512), 1.0)
        pace.measure(effort(1024), 9.0)
    assert pace.seconds(effort(512), "a") == pytest.approx(1.0)
    assert pace.seconds(effort(1024), "a") == pytest.approx(9.0)


def test_a_kind_never_seen_is_reckoned_by_pixels_and_steps():
    """Half a second for each picture and one for each megapixel-step."""
    pace = Pace()
    for size in (256, 512, 768):
        pace.measure(effort(size), 0.5 + effort(size).work)
    assert pace.seconds(effort(1024), "a") == pytest.approx(0.5 + 8 * 1.048576, rel=0.01)
    alone = Pace()
    alone.measure(effort(512), 2.0)
    assert alone.seconds(effort(1024), "a") == pytest.approx(8.0)


def test_changing_the_style_costs_what_it_cost_before():
    pace = Pace()
    for turn in range(40):
        style = "ab"[turn // 2 % 2]
        pace.measure(effort(512, style), 1.0 + (0.7 if turn and turn % 2 == 0 else 0.0))
    assert pace.seconds(effort(512, "b"), "b") == pytest.approx(1.0, abs=0.05)
    assert pace.seconds(effort(512, "a"), "b") == pytest.approx(1.7, abs=0.05)


def test_the_newest_pictures_count_most():
    pace = Pace()
    for seconds in [10.0] * 20 + [20.0] * 8:
        pace.measure(effort(512), seconds)
    assert pace.seconds(effort(512), "a") > 19


def test_thousands_of_kinds_are_not_all_kept():
    pace = Pace()
    for number in range(5000):
        pace.measure(Effort(str(number), 1.0, "a"), 1.0)
    assert len(pace._kinds) <= 256


class Clockwork:
    """A queue whose pictures take the time they take on a clock that only they move."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seconds_of: Callable[[Job, int], float]):
        self.now = 1000.0
        self.ends: dict[str, float] = {}
        self.starts: dict[str, float] = {}
        self._seconds_of = seconds_of
        self._go = threading.Semaphore(0)
        self.begun = threading.Semaphore(0)
        monkeypatch.setattr("time.monotonic", lambda: self.now)
        self.queue = JobQueue(
            self._run,
            prepare=lambda: None,
            max_waiting=1000,
            max_owner_waiting=100,
            effort_of=lambda job, index: job.items[index],
        )

    def _run(self, job: Job, index: int) -> str:
        self.starts.setdefault(job.id, self.now)
        self.begun.release()
        assert self._go.acquire(timeout=LIMIT_S)
        self.now += self._seconds_of(job, index)
        self.ends[job.id] = self.now
        return "painted"

    def paint(self, pictures: int) -> None:
        for _ in range(pictures):
            self._go.release()
            assert self.begun.acquire(timeout=LIMIT_S)


def true_seconds(chance: random.Random, last: list[str], item: Effort) -> float:
    """0.4 s of finishing, 1 s a megapixel-step, 1.5 s for a change of style, 8 % of chance."""
    switch = 1.5 if last and last[-1] != item.style else 0.0
    last.append(item.style)
    return (0.4 + item.work + switch) * chance.uniform(0.92, 1.08)


@pytest.mark.parametrize("seed", range(5))
def test_nine_of_ten_people_are_told_within_thirty_percent(monkeypatch, seed):
    """Sixty people with pictures of seven sizes, three styles and three lengths; after five jobs
    each is told a time, which is compared with what then happens."""
    chance, last = random.Random(seed), []
    sizes, styles = (256, 384, 512, 640, 768, 896, 1024), "abc"
    works = Clockwork(monkeypatch, lambda job, i: true_seconds(chance, last, job.items[i]))

    def press(person: int) -> Job:
        size, style, steps = chance.choice(sizes), chance.choice(styles), chance.choice((3, 5, 8))
        count = chance.choice((1, 1, 2, 4))
        return Job(f"owner{person}", tuple(effort(size, style, steps) for _ in range(count)))

    first = [press(person) for person in range(5)]
    for job in first:
        works.queue.submit(job)
    assert works.begun.acquire(timeout=LIMIT_S)
    works.paint(sum(len(job.items) for job in first) - 1)
    people = [press(100 + person) for person in range(60)]
    for job in people:
        works.queue.submit(job)
    now, told = works.now, {job.id: works.queue.outlook(job) for job in people}
    works._go.release(1000)
    for job in people:
        job.wait(LIMIT_S)
    good = [0.7 <= (told[job.id].eta_s or 0) / (works.ends[job.id] - now) <= 1.3 for job in people]
    starts = [
        abs((told[job.id].starts_s or 0) - (works.starts[job.id] - now))
        <= 0.3 * (works.starts[job.id] - now) + 1.0
        for job in people
    ]
    assert sum(good) >= 54 and sum(starts) >= 54, (sum(good), sum(starts))
    works.queue.close(1)
