"""Only so many pixels are finished at once, in the order they were asked for."""

import threading
import time

from zit_engine.finish.budget import PixelBudget

LIMIT_S = 20


def run(budget: PixelBudget, sizes: list[int]) -> tuple[int, list[int]]:
    """The most held at any moment, and the order in which they began."""
    held, most, order = [0], [0], []
    lock = threading.Lock()

    def one(number: int, size: int) -> None:
        with budget.taking(size):
            with lock:
                held[0] += size
                most[0] = max(most[0], held[0])
                order.append(number)
            time.sleep(0.02)
            with lock:
                held[0] -= size

    threads = [threading.Thread(target=one, args=pair) for pair in enumerate(sizes)]
    for thread in threads:
        thread.start()
        time.sleep(0.002)
    for thread in threads:
        thread.join(LIMIT_S)
        assert not thread.is_alive()
    return most[0], order


def test_never_more_than_the_budget_is_held():
    most, order = run(PixelBudget(10), [4, 4, 4, 3, 2, 9, 1, 1])
    assert most <= 10 and sorted(order) == list(range(8))


def test_a_large_one_is_not_passed_by_small_ones():
    _, order = run(PixelBudget(10), [6, 10, 1, 1, 1, 1])
    assert order.index(1) == 1


def test_one_larger_than_everything_still_gets_its_turn():
    assert run(PixelBudget(10), [99, 99]) == (99, [0, 1])


def test_a_failure_gives_its_pixels_back():
    budget = PixelBudget(10)
    for _ in range(3):
        try:
            with budget.taking(10):
                raise ValueError
        except ValueError:
            pass
    with budget.taking(10):
        pass
