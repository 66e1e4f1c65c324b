"""The host is one step ahead of a card and no more."""

import pytest
import torch

from zit_engine.engine.pace import OneStepAhead


class _Card:
    """What a card's events do, in the order they are asked for."""

    def __init__(self):
        self.done: list[str] = []
        self.given = 0

    def event(self, blocking: bool):
        assert blocking  # a waiting host must not spin
        return _Event(self)


class _Event:
    def __init__(self, card: _Card):
        self._card, self._number = card, 0

    def record(self) -> None:
        self._card.given += 1
        self._number = self._card.given
        self._card.done.append(f"given {self._number}")

    def synchronize(self) -> None:
        self._card.done.append(f"waited for {self._number}")


def test_each_step_waits_for_the_one_before(monkeypatch):
    card = _Card()
    monkeypatch.setattr(torch.cuda, "Event", card.event)
    pace = OneStepAhead(torch.device("cuda"))
    for _ in range(3):
        pace.step_given()
    assert card.done == ["given 1", "given 2", "waited for 1", "given 3", "waited for 2"]


def test_a_cpu_is_not_asked(monkeypatch):
    monkeypatch.setattr(torch.cuda, "Event", lambda **_: pytest.fail("there is no card"))
    OneStepAhead(torch.device("cpu")).step_given()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no card")
def test_on_a_card_the_step_before_is_done():
    pace, size = OneStepAhead(torch.device("cuda")), 4096
    a = torch.randn(size, size, device="cuda")
    events = []
    for _ in range(4):
        for _ in range(20):
            a = a @ a
        event = torch.cuda.Event()
        event.record()
        events.append(event)
        pace.step_given()
        assert all(each.query() for each in events[:-1])
