"""Timing: two things against each other in one run, and what is read off many times.

Comes in: two pieces of work that tell their own seconds. Goes out: both lists and the ratio. The
order is A B B A, so that a machine that grows warm or busy meets both alike. It knows no engine.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import torch

T = TypeVar("T")
# Takes the number of a repeat, for prompts and seeds; tells the seconds that count.
Work = Callable[[int], float]


@dataclass(frozen=True, slots=True)
class Paired:
    """Seconds of A and of B, two each round, in the order they were run."""

    first: tuple[float, ...]
    second: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """A over B: the median over the rounds, each of which met the machine at one moment."""
        a, b = self.first, self.second
        rounds = range(0, len(a), 2)
        return statistics.median(sum(a[i : i + 2]) / sum(b[i : i + 2]) for i in rounds)

    @property
    def spread(self) -> tuple[float, float]:
        """The smallest and the largest ratio of a round."""
        a, b = self.first, self.second
        ratios = [sum(a[i : i + 2]) / sum(b[i : i + 2]) for i in range(0, len(a), 2)]
        return min(ratios), max(ratios)


def abba(first: Work, second: Work, rounds: int) -> Paired:
    """`rounds` times A B B A; what is compared in a pair has the same number."""
    a: list[float] = []
    b: list[float] = []
    for number in range(rounds):
        a.append(first(2 * number))
        b.append(second(2 * number))
        b.append(second(2 * number + 1))
        a.append(first(2 * number + 1))
    return Paired(tuple(a), tuple(b))


def clocked(work: Callable[[], T]) -> tuple[float, T]:
    """(seconds, what came out), with nothing of it left running on a card."""
    synchronise()
    started = time.perf_counter()
    result = work()
    synchronise()
    return time.perf_counter() - started, result


def synchronise() -> None:
    """Wait for the card: without it, the time of handing work over would be told."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def middle(values: Sequence[float], digits: int = 4) -> float:
    return round(statistics.median(values), digits)


def quantile(values: Sequence[float], share: float, digits: int = 4) -> float:
    """The value so that `share` of them (0 to 1) are at most as large; between two, by line."""
    return round(float(np.quantile(np.asarray(values), share)), digits)


def told(pair: Paired, first: str, second: str) -> dict[str, Any]:
    """Both medians and the spread of the ratios, under those names."""
    low, high = pair.spread
    return {
        f"{first}_s": middle(pair.first),
        f"{second}_s": middle(pair.second),
        "pairs": len(pair.first),
        "smallest_ratio": round(low, 4),
        "largest_ratio": round(high, 4),
    }
