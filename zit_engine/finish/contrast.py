"""How well words stand out, by the rule of WCAG 2.2 (relative luminance, contrast ratio).

Comes in: colours, pixels and the coverage of a line. Goes out: ratios from 1 to 21. It knows
nothing of words or layouts.

A line is measured against the pixels its glyphs cover and those within a short reach around them.
Of these the worst 5 % are left out: single specks neither help nor hinder reading.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

LEAST = 4.5
# What is chosen must hold after JPEG and rounding: measured loss is under 0.2.
AIM = 4.8
_WORST = 5.0
# How far around the ink is looked, in heights of Hangul; never under 3 pixels.
_REACH = 0.06

Rgb = tuple[int, int, int]
_VALUES = np.arange(256) / 255
_LINEAR = np.where(_VALUES <= 0.04045, _VALUES / 12.92, ((_VALUES + 0.055) / 1.055) ** 2.4)
_LINEAR = _LINEAR.astype(np.float32)
_WEIGHTS = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)


def luminance(pixels: NDArray) -> NDArray:
    """Relative luminance 0..1 of 8-bit RGB in the last axis."""
    return _LINEAR[pixels] @ _WEIGHTS


def luminance_of(colour: Rgb) -> float:
    return float(luminance(np.array(colour, dtype=np.uint8)))


def ratio(one: float, other: float) -> float:
    """Contrast of two luminances."""
    light, dark = max(one, other), min(one, other)
    return (light + 0.05) / (dark + 0.05)


def between(one: Rgb, other: Rgb) -> float:
    """Contrast of two colours."""
    return ratio(luminance_of(one), luminance_of(other))


def worst(pixels: NDArray, ink: Rgb) -> float:
    """Contrast of `ink` with all but the worst 5 % of `pixels` (N × 3, 8 bit)."""
    if not len(pixels):
        return 21.0
    ground = luminance(pixels)
    own = luminance_of(ink)
    ratios = (np.maximum(ground, own) + 0.05) / (np.minimum(ground, own) + 0.05)
    return float(np.percentile(ratios, _WORST))


def reach(height: float) -> int:
    """How far around the ink of Hangul `height` pixels tall is looked, in pixels."""
    return max(3, round(_REACH * height))


def near(mask: Image.Image, height: float) -> NDArray:
    """Where the ink is or is near, True or False. The mask must leave `reach` around its ink."""
    blurred = mask.filter(ImageFilter.BoxBlur(reach(height)))
    return np.asarray(blurred) > 0


def around(mask: Image.Image, height: float) -> NDArray:
    """Near the ink but untouched by it and its soft edge: what a finished picture still shows."""
    touched = np.asarray(mask.filter(ImageFilter.BoxBlur(1))) > 0
    return near(mask, height) & ~touched
