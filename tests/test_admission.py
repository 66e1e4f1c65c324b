"""An owner's share of a minute, and one job for one press."""

import threading
from collections.abc import Callable

import pytest

from tests.fake_engine import FakeEngine
from zit_engine.admission import Admission, checked_ticket, job_id_of
from zit_engine.errors import InvalidRequest, QueueFull, TooOften
from zit_engine.messages import explain
from zit_engine.settings import load_settings
from zit_engine.studio import Studio

ANNA, BEN = "a" * 32, "b" * 32
TICKET = "0123456789abcdef" * 2


def wish(studio: Studio, **fields: object):
    return studio.request({"prompt": "수박", "seed": 7, **fields})


def test_the_share_of_a_minute_is_told_before_anything_is_queued(
    make_studio: Callable[..., Studio],
) -> None:
    engine = FakeEngine()
    studio = make_studio(engine, owner_per_minute=5)
    studio.submit(wish(studio, count=4), ANNA).wait(30)
    with pytest.raises(TooOften) as refused:
        studio.submit(wish(studio, count=2), ANNA)
    assert isinstance(refused.value, QueueFull)
    seconds = refused.value.values["seconds"]
    assert 1 <= seconds <= 60
    told = explain(refused.value, "ko"), explain(refused.value, "en")
    assert "1분에 5장" in told[0] and f"{seconds}초" in told[0] and f"{seconds} s" in told[1]
    assert studio.queue.is_idle() and engine.paints == 4
    assert len(studio.submit(wish(studio), ANNA).wait(30).results) == 1
    assert len(studio.submit(wish(studio, count=4), BEN).wait(30).results) == 4


def test_a_press_the_queue_refused_costs_nothing() -> None:
    admission = Admission(4)
    for _ in range(10):
        admission.check(ANNA, 4)
    admission.count(ANNA, 4)
    with pytest.raises(TooOften):
        admission.check(ANNA, 1)


def test_a_grid_counts_as_one_press_of_the_most_pictures(
    make_studio: Callable[..., Studio],
) -> None:
    studio = make_studio(owner_per_minute=8)
    grid = [wish(studio, seed=seed) for seed in range(12)]
    for _ in range(2):
        studio.submit(grid, ANNA, "grid")
    with pytest.raises(TooOften):
        studio.submit(grid, ANNA, "grid")


def test_the_same_ticket_never_paints_twice(make_studio: Callable[..., Studio]) -> None:
    engine = FakeEngine(seconds_a_step=0.01)
    studio = make_studio(engine)
    found = []

    def press() -> None:
        found.append(studio.submit(wish(studio, count=2), ANNA, ticket=TICKET))

    threads = [threading.Thread(target=press) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(job) for job in found}) == 1
    assert len(found[0].wait(30).results) == 2
    again = studio.submit(wish(studio, prompt="참외"), ANNA, ticket=TICKET)
    assert again is found[0] and engine.paints == 2
    other = studio.submit(wish(studio), ANNA, ticket="f" * 32)
    bens = studio.submit(wish(studio), BEN, ticket=TICKET)
    for job in (other, bens):
        assert job not in found and job.wait(30).results
    assert len({found[0].id, other.id, bens.id}) == 3


def test_a_ticket_is_known_after_a_restart(make_studio: Callable[..., Studio]) -> None:
    first = make_studio()
    made = first.submit(wish(first, count=2), ANNA, ticket=TICKET).wait(30).results
    first.close()
    engine = FakeEngine()
    second = make_studio(engine)
    job = second.submit(wish(second, count=2), ANNA, ticket=TICKET)
    # Two threads finish pictures: which row came first is not promised.
    names = [sorted(each.name for each in results) for results in (job.snapshot().results, made)]
    assert job.state.is_over and names[0] == names[1]
    assert engine.paints == 0


@pytest.mark.parametrize("bad", ["x", "A" * 32, "0" * 31, "0" * 33, 7, ["0" * 32], "0" * 31 + "\n"])
def test_a_ticket_that_is_none_is_refused(studio: Studio, bad: object) -> None:
    with pytest.raises(InvalidRequest) as refused:
        studio.submit(wish(studio), ANNA, ticket=bad)
    assert refused.value.field == "ticket"


def test_no_ticket_is_a_new_job_each_time() -> None:
    assert checked_ticket(None) == checked_ticket("") == ""
    assert job_id_of(ANNA, "") != job_id_of(ANNA, "")
    assert job_id_of(ANNA, TICKET) == job_id_of(ANNA, TICKET) != job_id_of(BEN, TICKET)


def test_the_command_line_has_no_share() -> None:
    assert load_settings().owner_per_minute == 40
    assert load_settings(owner_per_minute=0).owner_per_minute == 0
