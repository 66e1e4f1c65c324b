"""Style filters: a plain picture in, the same picture as a style would show it out.

Pictures are float [N, 3, H, W] in -1..1 on any device. Radii are for 256 px and grow with
the shorter side. The filters only make training targets; no filter runs in the product.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from zit_engine.pocket.strokes import dabs, hatching

LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601
PIXEL_BLOCK = 8  # the VAE's cell: smaller or unaligned blocks came back as blur
PIXEL_LEVELS = 8  # per channel
WASH = 0.5  # of the colour; at 1.0 it is a painting with outlines
SHADES = (1.0, 0.85, 0.7, 0.55, 0.4)  # of the backdrop's colour in an object's shadow


def _channels(values: tuple[float, float, float], like: Tensor) -> Tensor:
    return torch.tensor(values, device=like.device, dtype=like.dtype).view(1, 3, 1, 1)


def luma(x: Tensor) -> Tensor:
    """Brightness [N, 1, H, W]."""
    return (x * _channels(LUMA, x)).sum(1, keepdim=True)


def saturate(x: Tensor, amount: float) -> Tensor:
    """Push colours from grey (amount > 1) or towards it."""
    grey = luma(x)
    return grey + (x - grey) * amount


def blur(x: Tensor, radius: float) -> Tensor:
    """Gaussian blur, edges replicated; the kernel spans about twice the radius."""
    taps = max(3, int(radius * 2) // 2 * 2 + 1)
    t = torch.arange(taps, device=x.device, dtype=x.dtype) - taps // 2
    kernel = torch.exp(-t * t / (2 * (taps / 4) ** 2))
    kernel, channels, pad = kernel / kernel.sum(), x.shape[1], taps // 2
    rows = kernel.view(1, 1, 1, taps).repeat(channels, 1, 1, 1)
    columns = kernel.view(1, 1, taps, 1).repeat(channels, 1, 1, 1)
    x = F.conv2d(F.pad(x, (pad, pad, 0, 0), mode="replicate"), rows, groups=channels)
    return F.conv2d(F.pad(x, (0, 0, pad, pad), mode="replicate"), columns, groups=channels)


def kuwahara(x: Tensor, radius: int) -> Tensor:
    """Each pixel takes the mean of its flattest quarter: flat patches, crisp borders.

    Source: Kuwahara et al., "Processing of RI-angiocardiographic images", 1976.
    """
    height, width = x.shape[2:]

    def quarter_means(image: Tensor) -> Tensor:
        padded = F.pad(image, (radius,) * 4, mode="replicate")
        return F.avg_pool2d(padded, radius + 1, 1)

    grey = x.mean(1, keepdim=True)
    means = quarter_means(x)
    spread = quarter_means(grey * grey) - quarter_means(grey) ** 2
    corners = [(dy, dx) for dy in (0, radius) for dx in (0, radius)]
    cut = [(slice(dy, dy + height), slice(dx, dx + width)) for dy, dx in corners]
    flattest = torch.stack([spread[:, :, r, c] for r, c in cut]).argmin(0, keepdim=True)
    choices = torch.stack([means[:, :, r, c] for r, c in cut])
    return torch.gather(choices, 0, flattest.expand(-1, -1, 3, -1, -1))[0]


def edges(x: Tensor, radius: float) -> Tensor:
    """Strength of brightness steps after a blur, [N, C, H, W], borders zero."""
    x = blur(x, radius)
    across = F.pad(x[:, :, :, 2:] - x[:, :, :, :-2], (1, 1, 0, 0))
    down = F.pad(x[:, :, 2:] - x[:, :, :-2], (0, 0, 1, 1))
    return torch.sqrt(across**2 + down**2)


def _scale(x: Tensor) -> float:
    return min(x.shape[2:]) / 256


def oil_painting(x: Tensor) -> Tensor:
    """Thick strokes, each of one colour, lighter and darker by turns; warm and strong colour."""
    scale = _scale(x)
    x = kuwahara(kuwahara(x, max(2, round(3 * scale))), max(2, round(2 * scale)))
    x = saturate(x, 1.25)
    where = dabs(x.shape[2], x.shape[3], scale)
    stroke = x[:, :, where.rows.to(x.device), where.columns.to(x.device)]
    relief = where.tone.to(x.device) * 0.055 * (0.5 + 0.8 * luma(x))
    return (0.4 * x + 0.6 * stroke + relief) * _channels((1.05, 1.0, 0.90), x)


def anime(x: Tensor) -> Tensor:
    """Few brightness steps, strong colour, dark outlines."""
    scale = _scale(x)
    flat = kuwahara(x, max(1, round(2 * scale)))
    brightness = flat.max(1, keepdim=True).values.clamp(min=1e-3)
    stepped = (torch.floor(brightness * 4 + 0.5) / 4).clamp(0.12, 1)
    flat = flat / brightness * stepped
    grey = flat.mean(1, keepdim=True)
    flat = grey + (flat - grey) * 1.45
    strength = edges(x.mean(1, keepdim=True), 2 * scale) * scale
    line = torch.sigmoid((strength - 0.07) * 80)
    return flat * (1 - line) + line * _channels((0.10, 0.08, 0.16), x)


def _from_backdrop(x: Tensor, shades: tuple[float, ...] = (1.0,)) -> Tensor:
    """Each pixel's distance to the likest colour of the rims, [N, 1, H, W], in any of `shades`.

    Whatever is seen at the rims is backdrop, so stripes, rays and dots are too; the colours at
    both ends of a pixel's own row are asked besides, for tables and gradients. Darker shades find
    what stands in an object's shadow.
    """
    every, tall = max(1, round(6 * _scale(x))), x.shape[2]
    rims = torch.cat([x[:, :, 3, ::every], x[:, :, ::every, 3], x[:, :, ::every, -4]], 2)
    colours = torch.cat([rims * shade for shade in shades], 2).mT
    pixels = x.flatten(2).mT
    # a picture at a time: all pixels against all colours at once
    apart = [torch.cdist(*pair).amin(1) for pair in zip(pixels, colours, strict=True)]
    nearest = torch.stack(apart).view(len(x), 1, tall, -1)
    for colour in (x[:, :, :, 3:4], x[:, :, :, -4:-3]):
        for shade in shades:
            nearest = torch.minimum(nearest, (x - colour * shade).norm(dim=1, keepdim=True))
    return nearest


def _rim_fade(x: Tensor) -> Tensor:
    """0 at the picture's rim to 1 six pixels in, [1, 1, H, W]."""

    def ramp(length: int) -> Tensor:
        steps = torch.arange(length, device=x.device)
        return (torch.minimum(steps, length - 1 - steps) / 6.0).clamp(0, 1)

    return (ramp(x.shape[2])[:, None] * ramp(x.shape[3])[None])[None, None]


def pencil_sketch(x: Tensor) -> Tensor:
    """Pencil on paper: the backdrop becomes white paper, the subject keeps its tone, hatched, and
    a pale wash of its colour.

    Lines alone left subjects hard to read; tone and outline did where shapes tell enough, but a
    grey lemon is a grey mango.
    """
    scale, fade = _scale(x), _rim_fade(x)
    distance = _from_backdrop(blur(x, 2 * scale))
    subject = ((blur(distance, 4 * scale) - 0.06) / 0.12).clamp(0, 1)
    brightness = ((luma(x) - 0.1) / 0.8).clamp(0, 1)
    tone = 1 - subject * (0.06 + 0.62 * (1 - brightness)) * fade
    step = edges(x, 2 * scale).pow(2).sum(1, keepdim=True).sqrt()
    line = ((step - 0.06) / 0.22).clamp(0, 1) ** 0.8 * fade
    drawn = tone * (1 - 0.85 * line * (0.25 + 0.75 * blur(subject, 6 * scale)))
    lines = hatching(x.shape[2], x.shape[3], scale).to(x.device)
    drawn = (drawn + lines * 0.15 * subject * (1 - drawn)).clamp(0, 1)
    paper, graphite = _channels((0.985, 0.98, 0.965), x), _channels((0.14, 0.14, 0.16), x)
    drawn = drawn * paper + (1 - drawn) * graphite
    return drawn * (1 - _wash(x, fade) * (1 - saturate(x, 1.1)))


def _wash(x: Tensor, fade: Tensor) -> Tensor:
    """Where a pencil drawing takes the subject's colour, and how much: not in its shadow."""
    scale, small = _scale(x), F.avg_pool2d(blur(x, 2 * _scale(x)), 2)  # it is blurred anyway
    distance = F.interpolate(_from_backdrop(small, SHADES), x.shape[2:], mode="bilinear")
    return WASH * ((blur(distance, 3 * scale) - 0.06) / 0.12).clamp(0, 1) * fade


def pixel_art(x: Tensor) -> Tensor:
    """Flat blocks of 8 px, sharpened and in few colours. H and W must be multiples of a block."""
    side = PIXEL_BLOCK * max(1, round(_scale(x)))
    blocks = F.avg_pool2d(x, side)
    around = F.avg_pool2d(F.pad(blocks, (1, 1, 1, 1), mode="replicate"), 3, 1)
    blocks = saturate(blocks + 0.35 * (blocks - around), 1.15).clamp(0, 1)
    blocks = torch.round(blocks * (PIXEL_LEVELS - 1)) / (PIXEL_LEVELS - 1)
    return F.interpolate(blocks, scale_factor=side, mode="nearest")


def semi_realistic(x: Tensor) -> Tensor:
    """Between photo and painting: more volume, calmer colour, warm light from the upper left."""
    scale, (height, width) = _scale(x), x.shape[2:]
    soft = 0.7 * kuwahara(x, max(2, round(2 * scale))) + 0.3 * x
    soft = soft + 0.55 * (soft - blur(soft, 5 * scale)) + 0.35 * (soft - blur(soft, 14 * scale))
    soft = saturate(soft.clamp(0, 1), 0.80)
    soft = soft * soft * (3 - 2 * soft) * 0.5 + soft * 0.5
    glow = blur(soft, 20 * scale)
    soft = soft * 0.88 + 0.12 * (1 - (1 - soft) * (1 - glow))
    down = torch.arange(height, device=x.device)[:, None] / height - 0.40
    across = torch.arange(width, device=x.device)[None] / width - 0.36
    light = 1.06 - 0.85 * (down**2 + across**2)
    return soft * light[None, None] * _channels((1.04, 1.0, 0.91), x)


def paper_cut_out(x: Tensor) -> Tensor:
    """Flat sheets of coloured paper: a broad white cut edge on each, its shadow to the lower
    right."""
    scale, radius = _scale(x), max(2, round(4 * _scale(x)))
    flat = saturate(kuwahara(kuwahara(x, radius), radius), 1.1).clamp(0, 1) * 0.9 + 0.05
    step = edges(flat, 2 * scale).pow(2).sum(1, keepdim=True).sqrt()
    cut = (blur(((step - 0.12) / 0.2).clamp(0, 1), 4 * scale) * 1.8).clamp(0, 1)
    away = max(1, round(6 * scale))
    shade = blur(F.pad(cut, (away, 0, away, 0), mode="replicate")[:, :, :-away, :-away], 5 * scale)
    return flat * (1 - 0.6 * shade) * (1 - cut) + cut * 0.97


FILTERS: dict[str, Callable[[Tensor], Tensor]] = {
    "oil-painting": oil_painting,
    "anime": anime,
    "pencil-sketch": pencil_sketch,
    "pixel-art": pixel_art,
    "semi-realistic": semi_realistic,
    "paper-cut-out": paper_cut_out,
}


@torch.no_grad()
def stylize(pictures: Tensor, style: str) -> Tensor:
    """Filter pictures in -1..1 by a style's name; same shape, range kept. KeyError if unknown."""
    return FILTERS[style](pictures * 0.5 + 0.5).clamp(0, 1) * 2 - 1
