"""Many people against the real server: samples each time, the full counts when asked for."""

import asyncio
from pathlib import Path

import pytest

from zit_engine.bench.load import chaos, crowds


def test_a_bad_day_in_small_ends_without_a_violation(tmp_path: Path) -> None:
    report = chaos.run(tmp_path / "data", 20, seed=7)
    assert report["violations"] == []
    assert report["counts"]["starts"] >= 1 and report["counts"]["make"] > 0


def test_told_to_end_amid_a_small_crowd(tmp_path: Path) -> None:
    report = asyncio.run(crowds.ending(tmp_path / "data", people=6))
    assert report["holds"], report


@pytest.mark.slow
def test_two_hundred_people_at_once(tmp_path: Path) -> None:
    report = asyncio.run(crowds.crowd(tmp_path / "data"))
    assert report["holds"], report


@pytest.mark.slow
def test_twenty_places_and_thirty_more_people(tmp_path: Path) -> None:
    report = asyncio.run(crowds.admission(tmp_path / "data"))
    assert report["holds"], report


@pytest.mark.slow
def test_a_thousand_jobs_in_a_row(tmp_path: Path) -> None:
    report = asyncio.run(crowds.soak(tmp_path / "data"))
    assert report["holds"], report


@pytest.mark.slow
def test_told_to_end_amid_a_crowd(tmp_path: Path) -> None:
    report = asyncio.run(crowds.ending(tmp_path / "data"))
    assert report["holds"], report


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_bad_day_of_ten_minutes(tmp_path: Path) -> None:
    report = chaos.run(tmp_path / "data", 600, seed=2)
    assert report["violations"] == [], report
