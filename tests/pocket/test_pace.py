"""The limit of a stage, by steps or by the clock."""

from __future__ import annotations

from zit_engine.pocket.pace import Pace, RunningMean


def test_steps_are_counted_and_the_share_grows() -> None:
    seen = list(Pace(steps=4).progress())
    assert [step for step, _ in seen] == [0, 1, 2, 3]
    assert [share for _, share in seen] == [0, 0.25, 0.5, 0.75]


def test_the_clock_ends_a_stage() -> None:
    assert len(list(Pace(seconds=0.02).progress())) > 0


def test_the_running_mean_starts_at_its_first_value() -> None:
    mean = RunningMean(0.5)
    assert mean.add(4.0) == 4.0 and mean.add(0.0) == 2.0
