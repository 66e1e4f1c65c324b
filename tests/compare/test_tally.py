"""The statistics of votes against independent implementations written here."""

import math

import numpy as np
import pytest

from zit_engine.compare.tally import Choice, by, signed, tally, worth_showing

STYLES = ("realistic", "anime", "pencil", "oil", "pixel")
TRUE = np.array([0.3, 0.9, -0.4, 0.0, -0.8])


def simulated(count: int, sizes=(2, 5)) -> list[Choice]:
    random = np.random.default_rng(7)
    choices = []
    for number in range(count):
        shown = random.permutation(5)[: sizes[number % len(sizes)]]
        odds = np.exp(TRUE[shown])
        chosen = random.choice(shown, p=odds / odds.sum())
        names = tuple(STYLES[index] for index in shown)
        choices.append(Choice(names, STYLES[chosen], f"p{number % 3}", f"t{number % 2}"))
    return choices


def wilson(wins: int, shown: int) -> tuple[float, float]:
    z, rate = 1.959963984540054, wins / shown
    middle = (rate + z * z / (2 * shown)) / (1 + z * z / shown)
    half = z / (1 + z * z / shown) * math.sqrt(rate * (1 - rate) / shown + z * z / (4 * shown**2))
    return middle - half, middle + half


def minorised(choices: list[Choice]) -> np.ndarray:
    """Hunter's minorise-maximise iteration for choices of one among several."""
    worth = np.ones(5)
    sets = [[STYLES.index(style) for style in choice.shown] for choice in choices]
    wins = np.zeros(5)
    for choice in choices:
        wins[STYLES.index(choice.chosen)] += 1
    for _ in range(2000):
        share = np.zeros(5)
        for each in sets:
            share[each] += 1 / worth[each].sum()
        worth = wins / share
        worth /= np.exp(np.log(worth).mean())
    return np.log(worth)


@pytest.mark.parametrize("sizes", [(2,), (5,), (2, 5)])
def test_a_thousand_votes_agree_with_an_independent_implementation(sizes):
    choices = simulated(1000, sizes)
    counted = tally(choices, STYLES, "realistic")
    assert (counted.votes, counted.undecided) == (1000, 0)
    expected = minorised(choices)
    for index, row in enumerate(counted.styles):
        shown = [choice for choice in choices if row.style in choice.shown]
        wins = sum(choice.chosen == row.style for choice in shown)
        assert (row.shown, row.wins) == (len(shown), wins)
        assert (row.low, row.high) == pytest.approx(wilson(wins, len(shown)), abs=1e-9)
        assert row.strength == pytest.approx(expected[index], abs=0.02)
        if row.style != "realistic":
            odds = math.exp(row.strength - counted.styles[0].strength)
            assert row.beats_base == pytest.approx(odds / (1 + odds))
    order = sorted(STYLES, key=lambda style: -TRUE[STYLES.index(style)])
    found = sorted(counted.styles, key=lambda row: -row.strength)
    assert [row.style for row in found] == order


def test_undecided_votes_are_counted_apart():
    choices = [Choice(("realistic", "anime"), None), Choice(("realistic", "anime"), "anime")]
    counted = tally(choices, STYLES[:2], "realistic")
    assert (counted.votes, counted.undecided) == (2, 1)
    assert counted.styles[1].wins == counted.styles[1].shown == 1


@pytest.mark.parametrize(
    "choices",
    [
        [],
        [Choice(("realistic",), "realistic")],
        [Choice(("realistic", "anime"), "anime")] * 40,
        [Choice(("realistic", "anime"), "anime"), Choice(("pencil", "oil"), "oil")],
        [Choice(("realistic", "gone-style"), "gone-style")],
    ],
)
def test_little_or_one_sided_votes_give_finite_numbers_or_none(choices):
    counted = tally(choices, STYLES, "realistic")
    for row in counted.styles:
        numbers = (row.rate, row.low, row.high, row.strength, row.beats_base)
        assert all(number is None or math.isfinite(number) for number in numbers)
        assert (row.rate is None) == (row.shown == 0)


def test_reasons_belong_to_the_chosen_style():
    choices = [
        Choice(("realistic", "anime"), "anime", reasons=("colour", "text")),
        Choice(("realistic", "anime"), "anime", reasons=("colour",)),
        Choice(("realistic", "anime"), "realistic", reasons=("odd",)),
    ]
    rows = {row.style: row for row in tally(choices, STYLES).styles}
    assert rows["anime"].reasons == (("colour", 2), ("text", 1))
    assert rows["realistic"].reasons == (("odd", 1),)


def test_votes_are_grouped_by_prompt_and_trade():
    groups = by(simulated(12), "prompt")
    assert list(groups) == ["p0", "p1", "p2"] and {len(group) for group in groups.values()} == {4}
    assert list(by(simulated(12), "trade")) == ["t0", "t1"]


def test_the_same_counts_are_not_shown_twice():
    one = [Choice(("a", "b"), "a", "melon", "fruit")] * 2
    two = [Choice(("a", "b"), "b", "latte", "cafe"), Choice(("a", "b"), "a", "cake", "cafe")]

    def shown(choices):
        groups = [
            {name: tally(some, ("a", "b")) for name, some in by(choices, what).items()}
            for what in ("prompt", "trade")
        ]
        told = worth_showing(tally(choices, ("a", "b")), *groups)
        return [(kind, name) for kind, name, _ in told]

    assert shown(one) == [("all", "")]
    assert shown([*one, *two]) == [
        ("all", ""),
        ("prompt", "melon"),
        ("prompt", "latte"),
        ("prompt", "cake"),
        ("trade", "cafe"),
    ]


def test_nothing_has_no_minus_before_it():
    assert [signed(value) for value in (-0.001, 0.0, 0.72, -4.166)] == [
        "+0.00",
        "+0.00",
        "+0.72",
        "-4.17",
    ]
