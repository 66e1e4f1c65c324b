"""Muon's updates are near orthogonal; both optimizers move a model downhill."""

from __future__ import annotations

import copy

import torch
from torch import nn

from zit_engine.pocket.optimizers import Optimizers, average_into, orthogonalise


def test_orthogonalised_matrices_have_singular_values_near_one() -> None:
    torch.manual_seed(0)
    values = torch.linalg.svdvals(orthogonalise(torch.randn(2, 24, 16)))
    assert values.min() > 0.4 and values.max() < 1.4


class _Tiny(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.feed_forward = nn.Linear(8, 8, bias=False)
        self.out = nn.Linear(8, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.out(self.feed_forward(x))


def test_a_few_steps_lower_a_loss_and_the_average_follows() -> None:
    torch.manual_seed(0)
    model, x = _Tiny(), torch.randn(64, 8)
    mean, start = copy.deepcopy(model), model.feed_forward.weight.clone()
    optimizers = Optimizers(model, 1e-2)
    losses = []
    for _ in range(30):
        loss = (model(x) - x.sum(1, keepdim=True)).pow(2).mean()
        losses.append(loss.item())
        optimizers.step(loss, 1e-2)
    assert losses[-1] < losses[0] * 0.8
    average_into(mean, model, 0.5)
    assert torch.allclose(mean.feed_forward.weight, (start + model.feed_forward.weight) / 2)
