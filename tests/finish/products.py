"""A product made for tests: a cup with a handle, alone or photographed before a backdrop."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

CLAY = (205, 82, 55)


def cup(side: int = 600, colour: tuple[int, int, int] = CLAY) -> Image.Image:
    """A cup on nothing (RGBA), shaded from left to right, its edge smooth."""
    large = 2 * side
    middle, top, bottom = large * 0.47, large * 0.28, large * 0.78
    wide, narrow = large * 0.22, large * 0.16
    shape = Image.new("L", (large, large), 0)
    draw = ImageDraw.Draw(shape)
    ring = (middle + wide * 0.55, large * 0.36, middle + wide * 1.65, large * 0.64)
    draw.arc(ring, -110, 110, fill=255, width=round(large * 0.045))
    draw.polygon(
        [(middle - wide, top), (middle + wide, top), (middle + narrow, bottom)]
        + [(middle - narrow, bottom)],
        fill=255,
    )
    draw.ellipse(
        (middle - narrow, bottom - large * 0.04, middle + narrow, bottom + large * 0.04), fill=255
    )
    draw.ellipse((middle - wide, top - large * 0.06, middle + wide, top + large * 0.06), fill=255)
    light = 1.1 - 0.6 * np.linspace(0, 1, large)[None, :, None]
    pixels = np.broadcast_to(np.array(colour) * light, (large, large, 3)).clip(0, 255)
    picture = Image.fromarray(pixels.astype(np.uint8))
    hollow = ImageDraw.Draw(picture)
    hollow.ellipse(
        (middle - wide * 0.9, top - large * 0.05, middle + wide * 0.9, top + large * 0.05),
        fill=tuple(part // 3 for part in colour),
    )
    picture.putalpha(shape)
    return picture.resize((side, side), Image.Resampling.LANCZOS)


def photographed(
    product: Image.Image, backdrop: tuple[int, int, int], *, grain: float = 2.0, shadow: int = 120
) -> Image.Image:
    """The product before a backdrop on which the light falls off, with a soft shadow and grain."""
    side = product.width
    fall = 1.06 - 0.12 * np.linspace(0, 1, side)[:, None, None]
    fall = fall - 0.06 * np.linspace(0, 1, side)[None, :, None]
    behind = Image.fromarray((np.array(backdrop) * fall).clip(0, 255).astype(np.uint8))
    shade = Image.new("L", (side, side), 0)
    place = tuple(side * part for part in (0.28, 0.74, 0.72, 0.86))
    ImageDraw.Draw(shade).ellipse(place, fill=shadow)
    behind.paste((40, 35, 30), (0, 0), shade.filter(ImageFilter.GaussianBlur(side * 0.03)))
    behind.paste(product, (0, 0), product)
    noise = np.random.default_rng(1).normal(0, grain, (side, side, 3))
    return Image.fromarray((np.asarray(behind) + noise).clip(0, 255).astype(np.uint8))
