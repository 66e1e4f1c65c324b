"""Where a painter's strokes lie: the fixed textures of the style filters.

In: a picture's height and width, its scale (shorter side in 256 px). Out: maps of that size.
Each texture repeats every 16 or 32 px at 256 px, the transformer's token and two of them: an
adapter learns it as a change that is the same for all tokens. What repeats faster, the VAE blurs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

HATCH_PX = 16.0  # at 256 px; sine waves of 8 px came back from the VAE as nothing
TILE_PX, DABS_A_SIDE = 32.0, 4  # dabs 8 px wide, as the blocks of pixel art
STRETCH = 2.5  # dabs are so much longer than wide


@dataclass(frozen=True)
class Dabs:
    """rows, columns [H, W]: the middle of the dab each pixel belongs to; tone [H, W] -1..1."""

    rows: Tensor
    columns: Tensor
    tone: Tensor


def hatching(height: int, width: int, scale: float) -> Tensor:
    """Diagonal lines, [1, 1, H, W] in -1..1."""
    rows, columns = torch.arange(height)[:, None], torch.arange(width)[None]
    return torch.sin((rows + columns) * (2 * math.pi / (HATCH_PX * scale)))[None, None]


@lru_cache(maxsize=8)
def dabs(height: int, width: int, scale: float) -> Dabs:
    """Long dabs at 45 degrees from middles on a shaken grid: a pixel belongs to the nearest."""
    middles, tones = _middles()
    rows = torch.arange(height)[:, None] / scale
    columns = torch.arange(width)[None] / scale
    nearest = torch.full((height, width), math.inf)
    down, across, tone = (torch.zeros(height, width) for _ in range(3))
    tile = (-TILE_PX, 0.0, TILE_PX)
    around = [(y + dy, x + dx, t) for (y, x), t in zip(middles, tones, strict=True)
              for dy in tile for dx in tile]  # fmt: skip
    for y, x, shade in around:
        dy, dx = y - rows % TILE_PX, x - columns % TILE_PX
        distance = (dx + dy) ** 2 + ((dx - dy) / STRETCH) ** 2
        closer = distance < nearest
        nearest = torch.where(closer, distance, nearest)
        down, across = torch.where(closer, dy, down), torch.where(closer, dx, across)
        tone = torch.where(closer, shade, tone)
    return Dabs(
        ((rows + down) * scale).round().long().clamp(0, height - 1),
        ((columns + across) * scale).round().long().clamp(0, width - 1),
        tone,
    )


def _middles() -> tuple[list[tuple[float, float]], list[float]]:
    """Middles of a tile's dabs in px, every other column half a dab lower, and their tones."""
    generator, cell = torch.Generator().manual_seed(5), TILE_PX / DABS_A_SIDE
    count = DABS_A_SIDE**2
    shaken = (torch.rand(2, count, generator=generator) * 0.7 + 0.15).tolist()
    tones = (torch.rand(count, generator=generator) * 2 - 1).tolist()
    places = [divmod(i, DABS_A_SIDE) for i in range(count)]
    middles = [
        ((row + 0.5 * (column % 2) + up) % DABS_A_SIDE * cell, (column + right) * cell)
        for (row, column), up, right in zip(places, *shaken, strict=True)
    ]
    return middles, tones
