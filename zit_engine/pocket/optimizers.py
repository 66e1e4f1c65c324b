"""Muon for the transformer's inner matrices, AdamW for the rest, and weight averaging.

Muon: Keller Jordan et al., 2024 (momentum, orthogonalised by five Newton-Schulz steps).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
INNER = ("attention.to_", "feed_forward.")


def orthogonalise(x: Tensor) -> Tensor:
    """Nearest matrices with all singular values near 1; x [N, rows, columns]."""
    a, b, c = NEWTON_SCHULZ
    tall = x.shape[1] > x.shape[2]
    x = x.mT if tall else x
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(5):
        gram = x @ x.mT
        x = a * x + (b * gram + c * (gram @ gram)) @ x
    return x.mT if tall else x


class Muon:
    """One momentum buffer per matrix shape, all matrices of a shape stepped together."""

    def __init__(self, parameters: list[nn.Parameter]) -> None:
        self.groups: dict[tuple[int, ...], list[nn.Parameter]] = {}
        for parameter in parameters:
            self.groups.setdefault(tuple(parameter.shape), []).append(parameter)
        self.momentum = {
            shape: torch.zeros(len(group), *shape, device=group[0].device)
            for shape, group in self.groups.items()
        }

    @torch.no_grad()
    def step(self, rate: float) -> None:
        for shape, group in self.groups.items():
            gradient = torch.stack([p.grad for p in group if p.grad is not None])
            momentum = self.momentum[shape]
            momentum.lerp_(gradient, 0.05)
            direction = gradient.lerp(momentum, 0.95)
            # bfloat16 is exact enough for five rough iterations, and fast where there are units
            half = direction.bfloat16() if direction.is_cuda else direction
            update = orthogonalise(half).to(direction.dtype)
            torch._foreach_mul_(group, 1 - rate * 0.02)
            # 0.2 * sqrt(longer side) matches AdamW's step size (Moonshot AI, 2025)
            torch._foreach_add_(
                group, list(update.unbind(0)), alpha=-rate * 0.2 * max(shape) ** 0.5
            )


class Optimizers:
    """Muon and AdamW over one model, stepped as one."""

    def __init__(self, model: nn.Module, rate: float) -> None:
        named = list(model.named_parameters())
        inner = [p for n, p in named if p.ndim == 2 and any(part in n for part in INNER)]
        chosen = {id(p) for p in inner}
        rest = [p for _, p in named if id(p) not in chosen]
        self.parameters = [p for _, p in named]
        self.muon = Muon(inner)
        groups = [
            {"params": [p for p in rest if p.ndim >= 2], "weight_decay": 0.01},
            {"params": [p for p in rest if p.ndim < 2], "weight_decay": 0.0},
        ]
        fused = self.parameters[0].is_cuda
        self.adam = torch.optim.AdamW(groups, rate, betas=(0.9, 0.98), fused=fused)

    def step(self, loss: Tensor, rate: float) -> None:
        """Back-propagate, clip to norm 1, step both."""
        for parameter in self.parameters:
            parameter.grad = None
        loss.backward()
        self.apply(rate)

    def apply(self, rate: float) -> None:
        """Clip the gradients there are to norm 1, step both."""
        nn.utils.clip_grad_norm_(self.parameters, 1.0)
        for group in self.adam.param_groups:
            group["lr"] = rate
        self.adam.step()
        self.muon.step(rate)


@torch.no_grad()
def average_into(mean: nn.Module, model: nn.Module, keep: float) -> None:
    """Move `mean`'s weights towards `model`'s by 1 - keep."""
    torch._foreach_lerp_(list(mean.parameters()), list(model.parameters()), 1 - keep)
