"""The part of a sprite that a colour word means, and the sprite with that part in a colour.

In: sprites as uint8 RGBA. Out: a fifth channel (how much a pixel belongs to the main part) and,
for sampled sprites, the same pixels in another colour with their light and shade kept. Drawn
subjects bring their own fifth channel; for pictures out of a package it is found by hue.
"""

from __future__ import annotations

import torch
from torch import Tensor

from zit_engine.pocket.phrases import COLOUR_NAMES, COLOURS

HUE_BINS = 36
# Half width of the main part's range of hues, in turns; 0.09 takes a red's shade and light along
# but leaves a green leaf.
NEAR, FAR = 0.09, 0.14
# Below this share of the opaque area a colour word would not be seen at 128 px.
LEAST_AREA = 0.30
GREY = 0.16  # chroma under which a pixel has no hue worth the name
PALETTE = torch.tensor([COLOURS[name][1] for name in COLOUR_NAMES]) / 255.0


def hue_and_chroma(rgb: Tensor) -> tuple[Tensor, Tensor]:
    """Hue in turns 0..1 and chroma 0..1 of [N, 3, H, W] in 0..1."""
    red, green, blue = rgb.unbind(1)
    high, low = rgb.amax(1), rgb.amin(1)
    chroma = high - low
    safe = chroma.clamp(min=1e-4)
    hue = torch.where(
        high == red, (green - blue) / safe % 6,
        torch.where(high == green, (blue - red) / safe + 2, (red - green) / safe + 4),
    )  # fmt: skip
    return hue / 6 % 1, chroma


def main_parts(sprites: Tensor) -> Tensor:
    """uint8 RGBA [N, 4, H, W] to the main part's share, float 0..1 [N, 1, H, W]."""
    rgb, opaque = sprites[:, :3].float() / 255, sprites[:, 3].float() / 255
    hue, chroma = hue_and_chroma(rgb)
    weight = chroma * opaque * (chroma > GREY)
    bins = (hue * HUE_BINS).long().clamp(0, HUE_BINS - 1).flatten(1)
    count = torch.zeros(len(sprites), HUE_BINS, device=hue.device).scatter_add_(
        1, bins, weight.flatten(1)
    )
    smooth = count + 0.7 * (count.roll(1, 1) + count.roll(-1, 1))
    main = (smooth.argmax(1).float() + 0.5)[:, None, None] / HUE_BINS
    distance = (hue - main).abs()
    distance = torch.minimum(distance, 1 - distance)
    near = ((FAR - distance) / (FAR - NEAR)).clamp(0, 1) * ((chroma - 0.08) / 0.12).clamp(0, 1)
    plain = ((GREY - chroma) / 0.06).clamp(0, 1)  # a grey or white thing: all that has no hue
    coloured = (near * opaque).sum((1, 2)) >= (plain * opaque).sum((1, 2))
    return (torch.where(coloured[:, None, None], near, plain) * opaque)[:, None]


def area_share(sprites: Tensor) -> Tensor:
    """How much of each sprite's opaque area its main part is; sprites [N, 5, H, W] uint8."""
    opaque = sprites[:, 3].float().sum((1, 2)).clamp(min=1)
    return sprites[:, 4].float().sum((1, 2)) / opaque


def recolour(sprites: Tensor, colours: Tensor) -> Tensor:
    """Premultiplied sprites [N, 5, H, W] in 0..1 with their main parts in colours [N, 3].

    A pixel's light is its brightness over the part's usual one: darker pixels get the colour
    darker, lighter ones get it nearer to white.
    """
    alpha, part = sprites[:, 3:4], sprites[:, 4:5]
    rgb = sprites[:, :3] / alpha.clamp(min=1e-3)
    bright = rgb.amax(1, keepdim=True) * 0.5 + rgb.mean(1, keepdim=True) * 0.5
    usual = (bright * part).sum((2, 3), keepdim=True) / part.sum((2, 3), keepdim=True).clamp(min=1)
    light = bright / usual.clamp(min=0.05)
    target = colours.view(-1, 3, 1, 1).to(sprites)
    dark = target.mean(1, keepdim=True) < 0.2  # black and navy need highlights to keep a shape
    shaded = target * light.clamp(max=1) ** 0.9
    lifted = shaded + (1 - shaded) * (light - 1).clamp(0, 1) * torch.where(dark, 0.35, 0.6)
    share = (part / alpha.clamp(min=1e-3)).clamp(0, 1)
    mixed = rgb * (1 - share) + lifted.clamp(0, 1) * share
    return torch.cat([mixed * alpha, alpha], 1)
