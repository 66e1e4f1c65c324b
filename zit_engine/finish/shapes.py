"""Plates, frames and ornaments as masks with smooth edges.

Comes in: a shape's name and size in pixels. Goes out: coverage 0..255. It knows nothing of colours
or words.
"""

import functools
import math

from PIL import Image, ImageDraw

# Drawn this much larger and shrunk: PIL's own edges are jagged.
_FINE = 4
_SCALLOPS = 18
_SCALLOP_DEPTH = 0.045
_TAIL_WIDTH, _LEAN = 0.9, 2.4


@functools.lru_cache(maxsize=64)
def plate_mask(shape: str, width: int, height: int, radius: int, tail: int, at: int) -> Image.Image:
    """rect, round, circle, seal, bubble (its tail hangs `tail` pixels below, inside height, `at`
    pixels from the left) or ticket (notched `at` pixels from the left; 0: at both sides)."""
    if shape == "rect" and not radius:
        return Image.new("L", (width, height), 255)
    fine = Image.new("L", (width * _FINE, height * _FINE))
    draw = ImageDraw.Draw(fine)
    right, bottom = width * _FINE - 1, height * _FINE - 1
    if shape == "circle":
        draw.ellipse((0, 0, right, bottom), fill=255)
    elif shape == "seal":
        draw.polygon(_seal(right + 1), fill=255)
    else:
        draw.rounded_rectangle((0, 0, right, bottom - tail * _FINE), radius * _FINE, fill=255)
    if shape == "bubble":
        _tail(draw, right, bottom, tail * _FINE, at * _FINE)
    if shape == "ticket":
        _notches(draw, right, bottom, at * _FINE, max(radius, 3) * _FINE)
    return fine.reduce(_FINE)


def _seal(side: int) -> list[tuple[float, float]]:
    points = []
    for step in range(720):
        turn = math.tau * step / 720
        far = side / 2 * (1 - _SCALLOP_DEPTH * (1 - math.cos(_SCALLOPS * turn)) / 2)
        points.append((side / 2 + far * math.cos(turn), side / 2 + far * math.sin(turn)))
    return points


def _tail(draw: ImageDraw.ImageDraw, right: int, bottom: int, tail: int, x: int) -> None:
    """A spike below, leaning outwards."""
    top, wide = bottom - tail - 2, tail * _TAIL_WIDTH
    lean = _LEAN * wide * (2 * x / right - 1)
    draw.polygon([(x - wide / 2, top), (x + wide / 2, top), (x + lean, bottom)], fill=255)


def _notches(draw: ImageDraw.ImageDraw, right: int, bottom: int, notch: int, size: int) -> None:
    centres = [(notch, 0), (notch, bottom)] if notch else [(0, bottom / 2), (right, bottom / 2)]
    for x, y in centres:
        draw.ellipse((x - size, y - size, x + size, y + size), fill=0)


@functools.lru_cache(maxsize=32)
def outline_mask(width: int, height: int, thick: float) -> Image.Image:
    """A rectangular line along the inside of width × height."""
    mask = Image.new("L", (width, height))
    ImageDraw.Draw(mask).rectangle(
        (0, 0, width - 1, height - 1), outline=255, width=max(1, round(thick))
    )
    return mask


def dashes(box: tuple[float, float, float, float], kind: str) -> list[tuple[int, int, int, int]]:
    """The strokes of an ornament: one for rule, line and vline, many for dash and dots."""
    left, top, right, bottom = box
    if kind == "dash":
        thick = max(2, round((right - left) * 1.5))
        x, step = round((left + right) / 2 - thick / 2), thick * 4
        count = max(1, round((bottom - top) / step))
        pitch = (bottom - top) / count
        return [
            (x, round(top + i * pitch), x + thick, round(top + i * pitch + pitch / 2))
            for i in range(count)
        ]
    if kind == "dots":
        side = max(2, round(bottom - top))
        count = max(1, int((right - left) / (side * 3)))
        starts = (round(right - (i + 1) * side * 3) for i in range(count))
        return [(x, round(bottom) - side, x + side, round(bottom)) for x in starts]
    x, y = round(left), round(top)
    return [(x, y, x + max(1, round(right - left)), y + max(1, round(bottom - top)))]
