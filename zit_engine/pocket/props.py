"""What a season or an hour strews over a backdrop: petals, drops, leaves, snow, stars, sun.

In: a Canvas, the painted backdrop, whose numbers choose the places. Out: the backdrop with it.
Colours of the backdrop stay what they were, so that a said colour stays true.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from zit_engine.pocket.backdrops import Canvas, Scatter, mix

Strew = Callable[[Canvas, Tensor], Tensor]


def _tint(c: Canvas, red: float, green: float, blue: float) -> Tensor:
    return torch.tensor([red, green, blue], device=c.x.device).view(1, 3, 1, 1)


def _oval(
    x: Tensor, y: Tensor, angle: Tensor, along: Tensor, across: Tensor, edge: float
) -> Tensor:
    a = x * torch.cos(angle) + y * torch.sin(angle)
    b = y * torch.cos(angle) - x * torch.sin(angle)
    return torch.sigmoid((1 - torch.sqrt((a / along) ** 2 + (b / across) ** 2)) * edge)


def petals(c: Canvas, picture: Tensor) -> Tensor:
    """Cherry petals, pink with a lighter tip."""
    scatter, pink = Scatter(c), _tint(c, 0.99, 0.72, 0.8)
    for _ in range(16):
        x, y = scatter.offset()
        angle, size = scatter.draw() * math.tau, 0.022 + 0.018 * scatter.draw()
        picture = mix(picture, pink * 0.9, _oval(x, y, angle, size, size * 0.62, 12.0))
        lift = size * 0.25
        tip = _oval(x + lift, y - lift, angle, size * 0.6, size * 0.3, 8.0)
        picture = mix(picture, pink * 0.3 + 0.7, tip * 0.8)
    return picture


def drops(c: Canvas, picture: Tensor) -> Tensor:
    """Water drops: a darker rim, a bright spot."""
    scatter = Scatter(c)
    for _ in range(18):
        x, y = scatter.offset()
        size, angle = 0.014 + 0.022 * scatter.draw(), scatter.draw() * 0
        body = _oval(x, y, angle, size, size * 1.2, 14.0)
        picture = mix(picture, picture * 0.72 + 0.12, body)
        inner = _oval(x, y - size * 0.2, angle, size * 0.75, size * 0.85, 10.0)
        picture = mix(picture, picture * 0.6 + 0.4, inner)
        spot = _oval(x + size * 0.3, y + size * 0.45, angle, size * 0.22, size * 0.22, 8.0)
        picture = mix(picture, torch.ones_like(picture), spot)
    return picture


def leaves(c: Canvas, picture: Tensor) -> Tensor:
    """Fallen leaves in red, orange and yellow."""
    scatter = Scatter(c)
    for k in range(14):
        x, y = scatter.offset()
        angle, size = scatter.draw() * math.tau, 0.035 + 0.02 * scatter.draw()
        red, green, blue = ((0.84, 0.3, 0.16), (0.93, 0.55, 0.16), (0.95, 0.77, 0.25))[k % 3]
        picture = mix(
            picture, _tint(c, red, green, blue), _oval(x, y, angle, size, size * 0.45, 14.0)
        )
        vein = _oval(x, y, angle, size * 1.25, size * 0.05, 6.0)
        picture = mix(picture, _tint(c, red * 0.6, green * 0.55, blue * 0.5), vein)
    return picture


def snow(c: Canvas, picture: Tensor) -> Tensor:
    """White flakes of many sizes, each with a faint shade so that white shows it too."""
    scatter, white = Scatter(c), torch.ones_like(picture)
    for _ in range(30):
        x, y = scatter.offset()
        size, angle = 0.006 + 0.016 * scatter.draw(), scatter.draw() * 0
        picture = mix(
            picture, picture * 0.9, _oval(x, y - size * 0.3, angle, size * 1.4, size * 1.4, 5.0)
        )
        picture = mix(picture, white, _oval(x, y, angle, size, size, 9.0) * 0.95)
    return picture


def night(c: Canvas, picture: Tensor) -> Tensor:
    """Small stars and a crescent high on the right; darker towards the top."""
    scatter = Scatter(c)
    picture = picture * (0.62 + 0.38 * c.down)
    for _ in range(26):
        x, y = scatter.offset()
        size, angle = 0.003 + 0.007 * scatter.draw(), scatter.draw() * 0
        picture = mix(picture, _tint(c, 1.0, 0.97, 0.8), _oval(x, y, angle, size, size, 6.0))
    x, y, flat = c.x - c.half_width * 0.66, c.y + c.half_height * 0.66, scatter.draw() * 0
    size = flat + 0.085
    moon = _oval(x, y, flat, size, size, 30.0)
    hollow = _oval(x + 0.038, y + 0.016, flat, size * 0.86, size * 0.86, 30.0)
    return mix(picture, _tint(c, 1.0, 0.93, 0.62), moon * (1 - hollow))


def day(c: Canvas, picture: Tensor) -> Tensor:
    """A warm glow from the upper left."""
    distance = torch.sqrt((c.x + c.half_width * 0.85) ** 2 + (c.y + c.half_height * 0.85) ** 2)
    sun = torch.sigmoid((0.13 - distance) * 60)
    glow = torch.exp(-((distance / 0.42) ** 2)) * 0.55
    picture = mix(picture, _tint(c, 1.0, 0.95, 0.72), glow)
    return mix(picture, _tint(c, 1.0, 0.98, 0.86), sun)


# in the order of phrases.PROPS, whose first is nothing
STREWN: tuple[Strew | None, ...] = (None, petals, drops, leaves, snow, night, day)
