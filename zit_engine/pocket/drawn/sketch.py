"""A sheet that shapes are laid on, each as a soft solid lit from the upper left.

In: shapes in units of the sheet (0..1, y downwards), colours as hex. Out: RGBA with a fifth
channel for the part that a colour word means. Knows nothing of subjects.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter

SIDE = 512  # of the sheet; shapes are drawn at twice that, so edges are smooth
FINE = 2
LIGHT = np.array((-0.42, -0.66, 0.62)) / np.linalg.norm((-0.42, -0.66, 0.62))
HALF_WAY = (LIGHT + np.array((0, 0, 1.0))) / np.linalg.norm(LIGHT + np.array((0, 0, 1.0)))
Mask = NDArray[np.float32]
Point = tuple[float, float]
Paint = Callable[[ImageDraw.ImageDraw, list[Point]], None]


def _drawn(points: Sequence[Point], room: float, paint: Paint) -> Mask:
    """A mask with `paint` drawn at twice the size around the points, `room` to every side."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    left, top = (max(0, int((min(v) - room) * SIDE) - 1) for v in (xs, ys))
    right, bottom = (min(SIDE, int((max(v) + room) * SIDE) + 2) for v in (xs, ys))
    mask = np.zeros((SIDE, SIDE), np.float32)
    if right <= left or bottom <= top:
        return mask
    image = Image.new("L", ((right - left) * FINE, (bottom - top) * FINE))
    scale = SIDE * FINE
    paint(ImageDraw.Draw(image), [(x * scale - left * FINE, y * scale - top * FINE)
                                  for x, y in points])  # fmt: skip
    small = image.resize((right - left, bottom - top), Image.Resampling.BOX)
    mask[top:bottom, left:right] = np.asarray(small, dtype=np.float32) / 255
    return mask


def polygon(points: Sequence[Point]) -> Mask:
    return _drawn(points, 0.0, lambda draw, dots: draw.polygon(dots, fill=255))


def ellipse(x: float, y: float, across: float, down: float, turn: float = 0.0) -> Mask:
    """Half axes; `turn` in degrees, clockwise."""
    c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    points = []
    for k in range(96):
        a, b = across * math.cos(k * math.tau / 96), down * math.sin(k * math.tau / 96)
        points.append((x + a * c - b * s, y + a * s + b * c))
    return polygon(points)


def box(left: float, top: float, right: float, bottom: float, corner: float = 0.02) -> Mask:
    def paint(draw: ImageDraw.ImageDraw, dots: list[Point]) -> None:
        draw.rounded_rectangle((*dots[0], *dots[1]), corner * SIDE * FINE, fill=255)

    return _drawn([(left, top), (right, bottom)], 0.0, paint)


def stroke(points: Sequence[Point], width: float) -> Mask:
    """A line through the points with round ends and joints."""
    half = width * SIDE * FINE / 2

    def paint(draw: ImageDraw.ImageDraw, dots: list[Point]) -> None:
        draw.line(dots, fill=255, width=max(1, round(2 * half)), joint="curve")
        for x, y in dots:
            draw.ellipse((x - half, y - half, x + half, y + half), fill=255)

    return _drawn(points, width / 2, paint)


def curve(points: Sequence[Point], per_part: int = 12) -> list[Point]:
    """A smooth line through the points (Catmull and Rom, 1974)."""
    ends = [points[0], *points, points[-1]]
    line: list[Point] = []
    for a, b, c, d in zip(ends, ends[1:], ends[2:], ends[3:], strict=False):
        for k in range(per_part):
            t = k / per_part
            line.append((_between(a[0], b[0], c[0], d[0], t), _between(a[1], b[1], c[1], d[1], t)))
    return [*line, points[-1]]


def _between(a: float, b: float, c: float, d: float, t: float) -> float:
    square, cube = t * t, t * t * t
    straight = 2 * b + (c - a) * t
    return (straight + (2 * a - 5 * b + 4 * c - d) * square + (3 * b - a - 3 * c + d) * cube) / 2


def closed(points: Sequence[Point]) -> Mask:
    """A smooth closed outline through the points."""
    line = curve([points[-1], *points, points[0], points[1]])
    return polygon(line[12:-12])


def colour_of(code: str) -> NDArray[np.float32]:
    parts = [int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return np.array(parts, dtype=np.float32)


class Sheet:
    """Shapes laid one over another; every shape throws a soft shadow on those below it."""

    def __init__(self) -> None:
        self.rgb = np.zeros((SIDE, SIDE, 3), np.float32)
        self.alpha = np.zeros((SIDE, SIDE), np.float32)
        self.main = np.zeros((SIDE, SIDE), np.float32)

    def lay(
        self, mask: Mask, code: str, *, bulge: float = 0.03, gloss: float = 0.25,
        shadow: float = 0.35, main: bool = False, opacity: float = 1.0, inside: Mask | None = None,
    ) -> Mask:  # fmt: skip
        """Lay a shape: `bulge` is how far its rim curves in, 0 is flat. Returns its mask."""
        mask = mask if inside is None else mask * inside
        rows, columns = np.nonzero(mask.any(1))[0], np.nonzero(mask.any(0))[0]
        if not len(rows):
            return mask
        margin = int(0.06 * SIDE)
        top, bottom = max(0, rows[0] - margin), min(SIDE, rows[-1] + margin)
        left, right = max(0, columns[0] - margin), min(SIDE, columns[-1] + margin)
        cut = (slice(top, bottom), slice(left, right))
        part = mask[cut] * opacity
        self._cast(cut, mask[cut], shadow * opacity)
        lit, shine = _light(mask[cut], bulge)
        colour = np.clip(colour_of(code) * lit[..., None] + (shine * gloss)[..., None], 0, 1)
        share = part[..., None]
        self.rgb[cut] = self.rgb[cut] * (1 - share) + colour * share
        self.alpha[cut] = self.alpha[cut] * (1 - part) + part
        self.main[cut] = self.main[cut] * (1 - part) + part * main
        return mask

    def _cast(self, cut: tuple[slice, slice], mask: Mask, shadow: float) -> None:
        if shadow <= 0:
            return
        moved = np.roll(mask, (int(0.012 * SIDE), int(0.006 * SIDE)), (0, 1))
        soft = gaussian_filter(moved, 0.012 * SIDE) * shadow * (self.alpha[cut] > 0.5)
        self.rgb[cut] *= (1 - soft)[..., None]

    def shine(self, mask: Mask, strength: float = 0.5, soft: float = 0.004) -> None:
        """A patch of reflected light on what lies there."""
        blurred = gaussian_filter(mask, soft * SIDE) * strength * (self.alpha > 0.2)
        self.rgb += (1 - self.rgb) * blurred[..., None]

    def shade(self, mask: Mask, strength: float = 0.3, soft: float = 0.01) -> None:
        """A soft dark patch on what lies there."""
        self.rgb *= (1 - gaussian_filter(mask, soft * SIDE) * strength)[..., None]

    def image(self) -> NDArray[np.uint8]:
        """[512, 512, 5] uint8: RGBA, not premultiplied, and the main part."""
        planes = [self.rgb, self.alpha[..., None], self.main[..., None]]
        return (np.concatenate(planes, 2).clip(0, 1) * 255).round().astype(np.uint8)


def _light(mask: Mask, bulge: float) -> tuple[Mask, Mask]:
    """How bright each pixel is against its flat colour, and its highlight."""
    if bulge <= 0:
        return np.ones_like(mask), np.zeros_like(mask)
    sigma = bulge * SIDE
    height = gaussian_filter(mask, sigma) + 0.5 * gaussian_filter(mask, sigma / 3)
    down, across = np.gradient(height)
    down, across = down * sigma * 1.6, across * sigma * 1.6
    length = np.sqrt(down**2 + across**2 + 1)
    facing = (-across * LIGHT[0] - down * LIGHT[1] + LIGHT[2]) / length
    half = (-across * HALF_WAY[0] - down * HALF_WAY[1] + HALF_WAY[2]) / length
    shine = np.clip(np.clip(half, 0, 1) ** 24 - HALF_WAY[2] ** 24, 0, 1)
    return 1 + 0.62 * (facing - LIGHT[2]), shine
