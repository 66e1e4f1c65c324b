"""Ballots are shuffled for each voter, the same each time, and tell nothing of styles."""

from collections import Counter

import pytest

from zit_engine.compare.ballots import Ballots, Mode
from zit_engine.compare.grid import Grid, cell_key

STYLES = ("realistic", "anime", "pencil-sketch", "oil-painting", "pixel-art")
GRID = Grid("a" * 32, ("딸기 케이크", "수박"), STYLES, (7, 8))
CELLS = [cell_key(request) for request in GRID.requests()]
SECRET = b"s" * 32


def of(voter: str) -> Ballots:
    return Ballots(SECRET, GRID, voter)


@pytest.mark.parametrize("mode", Mode)
def test_a_reopened_page_shows_the_same_ballots(mode):
    assert of("one").ballots(mode, CELLS) == of("one").ballots(mode, reversed(CELLS))
    assert of("one").ballots(mode, CELLS) != of("two").ballots(mode, CELLS)


def test_every_style_is_in_two_pairs_of_each_row():
    tokens = of("one").by_token(CELLS)
    ballots = of("one").ballots(Mode.PAIR, CELLS)
    assert len(ballots) == 4 * len(STYLES) and len({b.id for b in ballots}) == len(ballots)
    for prompt, seed in GRID.rows:
        row = [b for b in ballots if (b.prompt, b.seed) == (prompt, seed)]
        shown = [tokens[token] for ballot in row for token in ballot.tokens]
        assert all((key[0], key[2]) == (prompt, seed) for key in shown)
        assert set(Counter(key[1] for key in shown).values()) == {2}
        assert all(len(set(ballot.tokens)) == 2 for ballot in row)


def test_every_picture_of_a_row_is_on_its_best_of_row_ballot():
    tokens = of("one").by_token(CELLS)
    ballots = of("one").ballots(Mode.BEST, CELLS)
    assert len(ballots) == 4
    assert all({tokens[t][1] for t in ballot.tokens} == set(STYLES) for ballot in ballots)


def test_two_styles_are_asked_about_once_and_one_not_at_all():
    two = [key for key in CELLS if key[1] in STYLES[:2]]
    assert len(of("one").ballots(Mode.PAIR, two)) == 4
    assert of("one").ballots(Mode.PAIR, [key for key in CELLS if key[1] == "anime"]) == []
    assert of("one").ballots(Mode.BEST, []) == []


@pytest.mark.parametrize("mode", Mode)
def test_each_style_stands_at_each_place_equally_often_over_voters(mode):
    """600 voters x 4 rows: within five standard deviations of equal shares."""
    places: Counter[tuple[str, int]] = Counter()
    first: Counter[str] = Counter()
    for number in range(600):
        ballots = of(f"voter {number}")
        tokens = ballots.by_token(CELLS)
        asked = ballots.ballots(mode, CELLS)
        first[tokens[asked[0].tokens[0]][1]] += 1
        for ballot in asked:
            places.update((tokens[token][1], at) for at, token in enumerate(ballot.tokens))
    total = sum(places.values())
    share = total / len(places)
    assert all(abs(count - share) < 5 * share**0.5 * 1.5 for count in places.values())
    assert all(abs(count - 120) < 5 * 120**0.5 for count in first.values())


def test_tokens_differ_between_voters_and_follow_nothing_visible():
    tokens = [of(voter).token(key) for voter in ("one", "two") for key in CELLS]
    assert len(set(tokens)) == len(tokens)
    assert all(len(token) == 32 and set(token) <= set("0123456789abcdef") for token in tokens)
    other_secret = Ballots(b"t" * 32, GRID, "one")
    assert not set(tokens) & {other_secret.token(key) for key in CELLS}
    ordered = sorted(CELLS, key=of("one").token)
    assert [key[1] for key in ordered] != sorted(key[1] for key in ordered)
