"""Painters of the ten backdrops.

In: a Canvas of coordinates and the scene's two colours. Out: float [N, 3, H, W] in 0..1.
Knows nothing of objects. Lengths are in units of the picture's shorter side.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

PODIUM_TOP = 0.30  # below the middle; objects on a table or podium stand there


@dataclass(frozen=True)
class Canvas:
    """Some scenes with one backdrop: coordinates [H, W], colours [N, 3, 1, 1], chance [N, 4]."""

    x: Tensor
    y: Tensor
    short_px: int
    first: Tensor
    second: Tensor
    chance: Tensor

    @property
    def half_width(self) -> float:
        return self.x.shape[1] / self.short_px / 2

    @property
    def half_height(self) -> float:
        return self.x.shape[0] / self.short_px / 2

    @property
    def down(self) -> Tensor:
        """0 at the top to 1 at the bottom, [H, W]."""
        return (self.y / self.half_height + 1) / 2

    @property
    def light(self) -> Tensor:
        return self.first * 0.45 + 0.55

    def flat(self) -> Tensor:
        return self.first.expand(-1, -1, *self.x.shape).clone()

    def pick(self, number: int) -> Tensor:
        """One of the scenes' free choices, shaped to broadcast: [N, 1, 1, 1]."""
        return self.chance[:, number, None, None, None]


def mix(below: Tensor, above: Tensor, share: Tensor) -> Tensor:
    """`above` over `below` where `share` is 1."""
    return below * (1 - share) + above * share


def gradient(c: Canvas) -> Tensor:
    return mix(c.light, c.first, c.down)


def spotlight(c: Canvas) -> Tensor:
    share = (1 - torch.sqrt(c.x**2 + c.y**2) / 0.75).clamp(0, 1) ** 1.2
    return mix(c.first * 0.72, c.light, share)


def table(c: Canvas) -> Tensor:
    share = torch.sigmoid((c.y - 0.22) * c.short_px * 0.6)
    top = c.second * (1 - 0.25 * ((c.y - 0.2) / c.half_height).clamp(0, 1))
    return mix(c.first * (1 - 0.08 * c.down), top, share)


def sunburst(c: Canvas) -> Tensor:
    angle = torch.atan2(c.y - 0.05, c.x) + c.pick(0) * 6.28
    return mix(c.first, c.light, torch.sigmoid(torch.sin(angle * 14) * 8))


def dots(c: Canvas) -> Tensor:
    per_side = 5 + 4 * c.pick(0)
    x, y = (c.x * per_side) % 1 - 0.5, (c.y * per_side) % 1 - 0.5
    return mix(c.first, c.second, torch.sigmoid((0.22 - torch.sqrt(x**2 + y**2)) * 30))


def stripes(c: Canvas) -> Tensor:
    per_side = 4 + 4 * c.pick(0)
    wave = torch.sin((c.x + c.y) * per_side * math.pi * 1.4)
    return mix(c.first, c.second, torch.sigmoid(wave * 12))


class Scatter:
    """Random centres and numbers, one draw per scene, from the first scene's chance."""

    def __init__(self, c: Canvas) -> None:
        self.canvas = c
        self.generator = torch.Generator(device=c.x.device)
        self.generator.manual_seed(int(c.chance[0, 1].item() * 1e9))

    def draw(self, channels: int = 1) -> Tensor:
        shape = (len(self.canvas.first), channels, 1, 1)
        return torch.rand(shape, device=self.canvas.x.device, generator=self.generator)

    def offset(self) -> tuple[Tensor, Tensor]:
        """Coordinates relative to a new random centre."""
        c = self.canvas
        x = c.x - (self.draw() * 2 - 1) * c.half_width
        return x, c.y - (self.draw() * 2 - 1) * c.half_height


def bokeh(c: Canvas) -> Tensor:
    scatter, picture = Scatter(c), c.flat() * 0.92
    for _ in range(14):
        x, y = scatter.offset()
        radius = 0.04 + 0.1 * scatter.draw()
        disc = torch.sigmoid((radius - torch.sqrt(x**2 + y**2)) * 60)
        share = disc * (0.25 + 0.3 * scatter.draw())
        picture = mix(picture, c.light * 0.6 + 0.4, share)
    return picture


def confetti(c: Canvas) -> Tensor:
    scatter, picture = Scatter(c), c.flat()
    for _ in range(26):
        x, y = scatter.offset()
        angle = scatter.draw() * math.pi
        along = x * torch.cos(angle) + y * torch.sin(angle)
        across = y * torch.cos(angle) - x * torch.sin(angle)
        strip = torch.sigmoid((0.022 - along.abs()) * 400)
        strip = strip * torch.sigmoid((0.010 - across.abs()) * 400)
        picture = mix(picture, scatter.draw(3) * 0.7 + 0.3, strip)
    return picture


def podium(c: Canvas) -> Tensor:
    radius, flatness = min(0.42, c.half_width * 0.9), 0.07
    side = torch.sigmoid((radius - c.x.abs()) * c.short_px * 0.8)
    side = side * torch.sigmoid((c.y - PODIUM_TOP) * c.short_px * 0.8)
    shade = 0.86 - 0.21 * (c.x / radius).clamp(-1, 1) ** 2
    picture = mix(c.first * (1 - 0.12 * c.down), c.second * shade, side)
    ellipse = (c.x / radius) ** 2 + ((c.y - PODIUM_TOP) / flatness) ** 2
    return mix(picture, c.second * 0.8 + 0.2, torch.sigmoid((1 - ellipse) * 12))


# in the order of phrases.BACKDROPS
PAINTERS: tuple[Callable[[Canvas], Tensor], ...] = (
    Canvas.flat, gradient, spotlight, table, sunburst, dots, stripes, bokeh, confetti, podium,
)  # fmt: skip
