"""Comparing two things in one run: the order, and the ratio where the machine slows down."""

from zit_engine.bench.paired import Paired, abba, clocked, quantile


def test_both_come_first_equally_often_and_share_their_numbers():
    order: list[tuple[str, int]] = []

    def work(name: str):
        def timed(number: int) -> float:
            order.append((name, number))
            return 1.0

        return timed

    pair = abba(work("a"), work("b"), rounds=2)
    assert order[:4] == [("a", 0), ("b", 0), ("b", 1), ("a", 1)]
    assert sorted(n for name, n in order if name == "a") == [0, 1, 2, 3]
    assert pair.ratio == 1.0 and len(pair.first) == len(pair.second) == 4


def test_a_machine_that_grows_slower_moves_no_ratio():
    # Twice as long a piece, on a machine that needs more for everything each time.
    slow = [1.0 + 0.1 * place for place in range(8)]
    pair = Paired(
        (2 * slow[0], 2 * slow[3], 2 * slow[4], 2 * slow[7]), (slow[1], slow[2], slow[5], slow[6])
    )
    assert abs(pair.ratio - 2.0) < 1e-9


def test_seconds_are_those_of_the_work():
    seconds, result = clocked(lambda: sum(range(1000)))
    assert result == 499500 and seconds > 0
    assert quantile([1.0, 2.0, 3.0], 0.5) == 2.0
