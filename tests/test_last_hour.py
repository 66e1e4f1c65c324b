"""The last hour as it was, and no more than that."""

import pytest

from tests.fake_engine import FakeEngine, broken
from tests.test_studio import LIMIT_S, Stop, ask
from zit_engine.errors import QueueFull
from zit_engine.last_hour import HOUR_S, LastHour


@pytest.fixture
def now() -> list[float]:
    return [10_000.0]


def test_what_happened_is_there_and_is_forgotten_after_an_hour(make_studio, now):
    stop = Stop()
    studio = make_studio(FakeEngine(at_step=stop, fails=broken({8})))
    seen = LastHour(studio.queue.waiting, lambda: now[0])
    studio.watchers.add(seen)
    first = studio.submit(ask(count=2), "a")
    assert stop.reached.wait(LIMIT_S)
    second = studio.submit(ask(style="anime"), "b")
    assert seen.hour().depth[-1] == (0.0, 2.0)
    now[0] += 30
    stop.go.set()
    first.wait(LIMIT_S)
    second.wait(LIMIT_S)
    studio.queue.refuse("life.draining")
    with pytest.raises(QueueFull):
        studio.submit(ask(), "c")
    hour = seen.hour()
    assert hour.depth[-1] == (0.0, 0.0) and max(value for _, value in hour.depth) == 2
    assert [value for _, value in hour.waits] == [0.0, 30.0]
    assert len(hour.paints) == 2 and len(hour.switches) in (1, 2)
    assert hour.failures == {"error.broken_image": 1} and hour.refusals == {"life.draining": 1}
    now[0] += HOUR_S + 1
    later = seen.hour()
    assert not later.waits and not later.paints and not later.failures and not later.refusals


def test_a_busy_day_takes_no_more_room_than_an_hour(studio, now):
    seen = LastHour(studio.queue.waiting, lambda: now[0])
    for _ in range(20_000):
        seen.refused(QueueFull(seconds=1))
    assert seen.hour().refusals["error.queue_full"] == 4000
