"""Turns go round the lines; what is taken out is gone from all of them."""

from zit_engine.jobs.job import Job
from zit_engine.jobs.lines import Lines


def job(owner: str, pictures: int = 1, kind: str = "make") -> Job:
    return Job(owner, tuple(range(pictures)), kind)


def filled(*jobs: Job) -> Lines:
    lines = Lines()
    for each in jobs:
        lines.append(each, 0)
    return lines


def test_taking_follows_the_turns_foretold():
    lines = filled(job("a", 3), job("b"), job("a", 2, "compare"), job("a", 1), job("c", 2))
    foretold = [*lines.turns()]
    taken = []
    while lines:
        taken.append(lines.take())
    assert taken == foretold and len(taken) == 9
    assert [turn.owner for turn, _ in taken[:4]] == ["a", "b", "a", "c"]


def test_counting_takes_arriving_ones_and_no_more_than_counts():
    grid = Job("a", tuple(range(40)), "compare", 4)
    lines = filled(grid, job("b", 2))
    lines.arriving.append(job("b", 3))
    assert (lines.count(), lines.count("a"), lines.count("b")) == (9, 4, 5)


def test_out_of_line():
    first, second = job("a", 2), job("a")
    lines = filled(first, second)
    lines.drop(first)
    assert first not in lines and second in lines
    assert lines.clear() == [second] and lines.is_empty
