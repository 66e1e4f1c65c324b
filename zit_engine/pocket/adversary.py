"""A second opinion on decoded pictures: does a patch look rendered, or painted by the decoder?

In: pictures in -1..1. Out: a score a patch. Errors alone teach a decoder the mean of all edges that
could be meant, which is a blur; what judges patches refuses blur. Hinge losses and the weight by
gradients follow "Taming Transformers for High-Resolution Image Synthesis" (Esser et al., 2021).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

SHARE = 0.3  # of the errors' pull on the last layer that the adversary may have
WIDTHS = (3, 32, 64, 96)


class Adversary(nn.Module):
    """[N, 3, H, W] to scores [N, 1, H / 8, W / 8], above 0 for rendered ones; 0.2 M weights."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for taken, given in zip(WIDTHS, WIDTHS[1:], strict=False):
            layers += [spectral_norm(nn.Conv2d(taken, given, 4, 2, 1)), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers, spectral_norm(nn.Conv2d(WIDTHS[-1], 1, 3, 1, 1)))

    def forward(self, pictures: Tensor) -> Tensor:
        return self.layers(pictures)


def told_apart(adversary: Adversary, rendered: Tensor, drawn: Tensor) -> Tensor:
    """The adversary's own loss: both kinds beyond 1 on their sides cost nothing."""
    return 0.5 * (F.relu(1 - adversary(rendered)) + F.relu(1 + adversary(drawn.detach()))).mean()


def as_rendered(adversary: Adversary, drawn: Tensor, errors: Tensor, last: Tensor) -> Tensor:
    """What a decoder pays for pictures that do not pass for rendered, weighed so that its pull on
    `last`, the decoder's last weights, is SHARE of that of `errors`."""
    doubt = -adversary(drawn).mean()
    own, other = (
        torch.autograd.grad(loss, last, retain_graph=True)[0].norm() for loss in (errors, doubt)
    )
    return doubt * (SHARE * own / (other + 1e-6)).clamp(max=10).detach()
