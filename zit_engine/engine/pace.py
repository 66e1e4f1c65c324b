"""Keeps the host beside the card: at most one denoising step ahead of it.

Comes in: the end of each step. Goes out: nothing, later. Work is handed to a card without waiting;
several steps ahead, progress would tell of work not begun and a stop would come too late. One step
ahead, the card still never waits. It knows no picture.
"""

import torch


class OneStepAhead:
    """For one picture on `device`; on a CPU work is done when it is handed over."""

    def __init__(self, device: torch.device):
        self._is_card = device.type == "cuda"
        self._before: torch.cuda.Event | None = None

    def step_given(self) -> None:
        """Wait until the card has done the step before the one given last."""
        if not self._is_card:
            return
        given = torch.cuda.Event(blocking=True)  # the host sleeps meanwhile
        given.record()
        if self._before is not None:
            self._before.synchronize()
        self._before = given
