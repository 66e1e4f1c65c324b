"""A plot shows what it was given, in both languages, and draws within its frame."""

import re

import pytest

from zit_engine.last_hour import HOUR_S
from zit_engine.web.time_plot import HEIGHT, LEFT, WIDTH, per_stretch, time_plot

POINTS = ((3600.0, 0.0), (1800.0, 7.0), (0.0, 3.0))


def numbers(markup: str, name: str) -> list[float]:
    return [float(each) for each in re.findall(rf'\b{name}="([-\d.]+)"', markup)]


@pytest.mark.parametrize("kind", ["steps", "dots", "bars"])
@pytest.mark.parametrize("points", [POINTS, ((0.0, 0.0),), ((10.0, 1e6), (5.0, 0.001))])
def test_everything_lies_within_the_frame(kind, points):
    markup = time_plot("health.plot_depth", points, kind)
    assert all(0 <= x <= WIDTH for name in ("cx", "x1", "x2") for x in numbers(markup, name))
    assert all(0 <= y <= HEIGHT for name in ("cy", "y1", "y2") for y in numbers(markup, name))
    assert "nan" not in markup and "inf" not in markup


def test_the_highest_and_latest_values_are_said_to_who_cannot_see():
    markup = time_plot("health.plot_wait", POINTS, "dots")
    assert 'data-ko="첫 그림까지 기다린 시간(초): 가장 큰 값 7, 마지막 값 3"' in markup
    assert "highest 7, latest 3" in markup
    assert markup.count("<circle") == 3


def test_older_is_further_left():
    xs = numbers(time_plot("health.plot_wait", POINTS, "dots"), "cx")
    assert xs == sorted(xs) and xs[0] == pytest.approx(LEFT)


def test_nothing_is_told_as_nothing():
    markup = time_plot("health.plot_wait", (), "dots")
    assert "<svg" not in markup and "아직 없어요" in markup


def test_sums_of_stretches_lose_nothing():
    points = tuple((float(ago), 1.0) for ago in range(0, int(HOUR_S), 10))
    sums = per_stretch(points)
    assert len(sums) == 12 and sum(value for _, value in sums) == len(points)
    assert [ago for ago, _ in sums] == sorted((ago for ago, _ in sums), reverse=True)
