"""The judge's network: where objects stand, what each is, and what is behind them.

In: pictures [N, 3, 128, 128] in -1..1. Out: logits on a 16 x 16 grid (object centre, concept,
object colour) and for the whole picture (backdrop, its two colours).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SIDE_PX = 128
GRID = 16  # cells a side; five objects in a row are three cells apart
WIDTH = 128


@dataclass(frozen=True)
class Logits:
    """centre [N, 16, 16]; concept and colour [N, classes, 16, 16]; the rest [N, classes]."""

    centre: Tensor
    concept: Tensor
    colour: Tensor
    backdrop: Tensor
    first: Tensor
    second: Tensor


def conv_layer(inside: int, outside: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inside, outside, 3, stride, 1, bias=False),
        nn.BatchNorm2d(outside),
        nn.SiLU(inplace=True),
    )


class Residual(nn.Module):
    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            conv_layer(width, inner),
            nn.Conv2d(inner, width, 3, 1, 1, bias=False),
            nn.BatchNorm2d(width),
        )

    def forward(self, x: Tensor) -> Tensor:
        return F.silu(x + self.layers(x))


class Judge(nn.Module):
    """Down to 8 x 8, back up to 16 x 16; 2.3 M weights for 550 concepts."""

    def __init__(self, concepts: int, backdrops: int, colours: int) -> None:
        super().__init__()
        width, wide, joined = WIDTH, WIDTH + 96, WIDTH + 64
        # 4 x 4 px to one cell first: layers at full size took most of the time on a CPU
        self.early = nn.Sequential(nn.PixelUnshuffle(4), conv_layer(48, 64))
        self.fine = nn.Sequential(conv_layer(64, width, 2), Residual(width, 64))
        self.deep = nn.Sequential(
            conv_layer(width, wide, 2), Residual(wide, wide // 2), Residual(wide, wide // 2)
        )
        self.up = nn.Conv2d(wide, width, 1)
        self.join = nn.Sequential(conv_layer(width, joined), Residual(joined, 96))
        # what lies between the objects, bits of confetti above all, seen before it is made smaller
        self.behind = nn.Sequential(conv_layer(64, 64), Residual(64, 32))
        self.centre = nn.Conv2d(joined, 1, 1)
        self.concept = nn.Conv2d(joined, concepts, 1)
        self.colour = nn.Conv2d(joined, colours, 1)
        # means of the deep map, of the fine one's rim, of the early one; the early one's spread
        # and the fine one's tops, because confetti is small and rare: no mean shows it; the mean
        # and the tops of what lies behind
        pooled = wide + width + 64 + 64 + width + 64 + 64
        self.whole = nn.Sequential(nn.Linear(pooled, 128), nn.SiLU())
        self.backdrop = nn.Linear(128, backdrops)
        self.first, self.second = nn.Linear(128, colours), nn.Linear(128, colours)
        nn.init.constant_(self.centre.bias, -3.0)  # most cells hold no centre

    def forward(self, x: Tensor) -> Logits:
        early = self.early(x)
        fine = self.fine(early)
        deep = self.deep(fine)
        lifted = F.interpolate(self.up(deep), scale_factor=2.0, mode="nearest")
        joined = self.join(fine + lifted)
        rim = torch.cat([fine[:, :, :1].flatten(2), fine[:, :, :, ::15].flatten(2)], 2)
        means = (deep.mean((2, 3)), rim.mean(2), early.mean((2, 3)))
        spread = early.float().var((2, 3), correction=0).add(1e-4).sqrt()
        behind = self.behind(early)
        tops = fine.amax((2, 3)), behind.mean((2, 3)), behind.amax((2, 3))
        whole = self.whole(torch.cat([*means, spread.to(deep.dtype), *tops], 1))
        return Logits(
            self.centre(joined)[:, 0], self.concept(joined), self.colour(joined),
            self.backdrop(whole), self.first(whole), self.second(whole),
        )  # fmt: skip
