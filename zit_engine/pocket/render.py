"""Scenes to pictures, many at once.

In: scenes, the sprite pyramid. Out: float [N, 3, H, W] in -1..1. Deterministic.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from zit_engine.pocket.backdrops import PAINTERS, Canvas
from zit_engine.pocket.concepts import SPRITE_PX
from zit_engine.pocket.phrases import BACKDROPS
from zit_engine.pocket.props import STREWN
from zit_engine.pocket.recolour import PALETTE, recolour
from zit_engine.pocket.records import Placed, Scene

STANDING = frozenset((BACKDROPS.index("table"), BACKDROPS.index("podium")))


@torch.no_grad()
def render(scenes: list[Scene], pyramid: list[Tensor], height: int, width: int) -> Tensor:
    """Paint backdrops, then each scene's objects in order, on the pyramid's device."""
    device, short = pyramid[0].device, min(height, width)
    y, x = torch.meshgrid(
        (torch.arange(height, device=device) + 0.5 - height / 2) / short,
        (torch.arange(width, device=device) + 0.5 - width / 2) / short,
        indexing="ij",
    )
    pictures = torch.empty(len(scenes), 3, height, width, device=device)
    for backdrop, paint in enumerate(PAINTERS):
        chosen = [i for i, scene in enumerate(scenes) if scene.backdrop == backdrop]
        if chosen:
            pictures[chosen] = paint(_canvas([scenes[i] for i in chosen], x, y, short))
    for prop, strew in enumerate(STREWN):
        chosen = [i for i, scene in enumerate(scenes) if scene.prop == prop]
        if strew and chosen:
            canvas = _canvas([scenes[i] for i in chosen], x, y, short)
            pictures[chosen] = strew(canvas, pictures[chosen])
    for layer in range(max(len(scene.placed) for scene in scenes)):
        chosen = [i for i, scene in enumerate(scenes) if len(scene.placed) > layer]
        placed = [scenes[i].placed[layer] for i in chosen]
        middles = [object_centre(scenes[i].placed[layer], scenes[i]) for i in chosen]
        pictures[chosen] = _stamp(pictures[chosen], placed, middles, pyramid, x, y)
    return pictures.clamp(0, 1) * 2 - 1


def object_centre(placed: Placed, scene: Scene) -> float:
    """How far below the picture's middle an object's own is.

    On a table or podium the object's foot, 0.46 of its size below its centre, is at 0.29.
    """
    return 0.29 - 0.46 * placed.size if scene.backdrop in STANDING else placed.y


def _canvas(scenes: list[Scene], x: Tensor, y: Tensor, short: int) -> Canvas:
    def column(values: list) -> Tensor:
        return torch.tensor(values, device=x.device, dtype=torch.float32)

    first = column([scene.first for scene in scenes])[:, :, None, None]
    second = column([scene.second for scene in scenes])[:, :, None, None]
    return Canvas(x, y, short, first, second, column([scene.chance for scene in scenes]))


def _stamp(
    pictures: Tensor,
    placed: list[Placed],
    middles: list[float],
    pyramid: list[Tensor],
    x: Tensor,
    y: Tensor,
) -> Tensor:
    """Lay one object with its soft shadow onto each picture (0..1)."""

    def column(values: list[float]) -> Tensor:
        return torch.tensor(values, device=x.device)[:, None, None]

    size, turn = column([p.size for p in placed]), column([p.turn for p in placed])
    flip = column([-1.0 if p.mirrored else 1.0 for p in placed])
    right, down = x - column([p.x for p in placed]), y - column(middles)
    shadow = (right / (0.40 * size)) ** 2 + ((down - 0.47 * size) / (0.075 * size)) ** 2
    pictures = pictures * (1 - (torch.exp(-shadow * 0.9) * 0.38)[:, None])
    right, down = right * 2 / size, down * 2 / size
    across = (right * torch.cos(turn) + down * torch.sin(turn)) * flip
    along = down * torch.cos(turn) - right * torch.sin(turn)
    sprite = _sample(placed, pyramid, torch.stack([across, along], -1), min(x.shape))
    return pictures * (1 - sprite[:, 3:4]) + sprite[:, :3]


def _sample(placed: list[Placed], pyramid: list[Tensor], grid: Tensor, short: int) -> Tensor:
    """Look sprites up at grid coordinates (-1..1), each from the level nearest its size."""
    device = grid.device
    sizes = torch.tensor([p.size for p in placed], device=device) * short
    levels = (SPRITE_PX / sizes).log2().round().clamp(0, len(pyramid) - 1).long()
    rows = [p.concept if p.row is None else p.row for p in placed]
    looked_up = torch.tensor(rows, device=device)
    channels = pyramid[0].shape[1]
    sprites = torch.empty(len(placed), channels, *grid.shape[1:3], device=device)
    for level in levels.unique().tolist():
        chosen = (levels == level).nonzero()[:, 0]
        source = pyramid[level][looked_up[chosen]].float() / 255
        sprites[chosen] = F.grid_sample(source, grid[chosen], mode="bilinear", align_corners=False)
    painted = [i for i, each in enumerate(placed) if each.colour is not None]
    if painted:
        colours = PALETTE.to(device)[[placed[i].colour or 0 for i in painted]]
        sprites[painted, :4] = recolour(sprites[painted], colours)
    return sprites
