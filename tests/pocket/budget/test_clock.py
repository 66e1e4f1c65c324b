"""Stages share a run's time, and the last seconds are kept for packing."""

from __future__ import annotations

import time

from zit_engine.pocket.budget.clock import ENDS, LEAST, Clock


def test_stages_end_one_after_another_before_the_reserve() -> None:
    clock = Clock(time.monotonic(), 450.0)
    paces = [clock.pace(stage) for stage in ENDS]
    seconds = [pace.seconds for pace in paces if pace]
    assert seconds == sorted(seconds)
    assert len(seconds) == len(ENDS)
    assert seconds[-1] < 450 - 15


def test_a_late_stage_is_shorter_and_one_too_late_is_left_out() -> None:
    late = Clock(time.monotonic() - 40, 450.0).pace("flow")
    early = Clock(time.monotonic(), 450.0).pace("flow")
    assert late is not None
    assert early is not None
    assert late.seconds < early.seconds - 39
    assert Clock(time.monotonic() - 295, 450.0).left(ENDS["flow"]) < LEAST
    assert Clock(time.monotonic() - 295, 450.0).pace("flow") is None


def test_words_get_their_least_however_late_they_begin() -> None:
    late = Clock(time.monotonic() - 60, 450.0).pace("words")
    assert late is not None
    assert 25 < late.seconds < 30
