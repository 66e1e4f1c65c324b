"""The numbers follow what happened, and hold nothing of who asked for what."""

import re

import pytest

from tests.fake_engine import FakeEngine, broken
from tests.test_studio import LIMIT_S, ask
from zit_engine.errors import InvalidRequest, QueueFull
from zit_engine.meters import Meters


def figures(meters: Meters) -> dict[str, float]:
    lines = meters.text().decode().splitlines()
    return {
        key: float(value)
        for key, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")
    }


def test_a_day_in_numbers(make_studio):
    studio = make_studio(FakeEngine(fails=broken({8})), max_waiting=4)
    meters = Meters(studio)
    studio.watchers.add(meters)
    assert figures(meters)['zit_state{state="starting"}'] == 1
    studio.submit(ask("비밀 메뉴", count=3), "anna").wait(LIMIT_S)
    studio.submit(ask(style="anime", seed=20), "ben").wait(LIMIT_S)
    studio.queue.refuse("life.draining")
    with pytest.raises(QueueFull):
        studio.submit(ask(), "late")
    with pytest.raises(InvalidRequest):
        studio.request({"prompt": "누드 사진"})
    seen = figures(meters)
    assert seen['zit_refused_total{reason="refuse.sexual"}'] == 1
    assert seen['zit_jobs_accepted_total{kind="make"}'] == 2
    assert seen["zit_wait_seconds_count"] == 2 and seen["zit_paint_seconds_count"] == 3
    assert seen['zit_failures_total{kind="BrokenImage"}'] == 1
    assert seen['zit_refused_total{reason="life.draining"}'] == 1
    assert seen["zit_style_switches_total"] == 1
    assert seen['zit_stage_seconds_count{stage="finish"}'] == 3
    assert seen['zit_stage_seconds_count{stage="save"}'] == 3
    assert seen['zit_state{state="draining"}'] == 1 and seen["zit_queue_pictures"] == 0
    assert seen["zit_process_rss_bytes"] > 10_000_000 and seen["zit_disk_free_bytes"] > 0


def test_nothing_of_a_person_is_in_it(make_studio):
    studio = make_studio()
    meters = Meters(studio)
    studio.watchers.add(meters)
    job = studio.submit(ask("비밀 메뉴 secret"), "an-owner-id")
    (result,) = job.wait(LIMIT_S).results
    text = meters.text().decode()
    for private in ("비밀", "secret", "an-owner-id", job.owner, job.id, result.name, "/"):
        assert private not in re.sub(r"(?m)^#.*$", "", text)
