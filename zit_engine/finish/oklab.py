"""Colours as the eye orders them: lightness, chroma and hue (OKLCh).

Comes in: sRGB. Goes out: OKLCh and back. Formulas and numbers: Björn Ottosson, "A perceptual color
space for image processing", 2020. It knows nothing of pictures.
"""

import math

Rgb = tuple[int, int, int]
Lch = tuple[float, float, float]


def to_lch(colour: Rgb) -> Lch:
    """Lightness 0..1, chroma 0..about 0.33, hue in degrees."""
    red, green, blue = (_linear(value / 255) for value in colour)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    middle = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short
    return lightness, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360


def to_rgb(colour: Lch) -> Rgb:
    """The nearest colour of that lightness and hue a screen can show: chroma gives way."""
    lightness, chroma, hue = colour
    low, high = 0.0, chroma
    if _fits(_unclipped(lightness, chroma, hue)):
        low = chroma
    else:
        for _ in range(12):
            middle = (low + high) / 2
            if _fits(_unclipped(lightness, middle, hue)):
                low = middle
            else:
                high = middle
    red, green, blue = (
        round(255 * _encoded(min(1.0, max(0.0, value))))
        for value in _unclipped(lightness, low, hue)
    )
    return red, green, blue


def distance(one: Lch, other: Lch) -> float:
    """How different two colours look; 0.02 is just seen."""
    turn = math.radians(one[2] - other[2])
    hue = 2 * math.sqrt(one[1] * other[1]) * abs(math.sin(turn / 2))
    return math.sqrt((one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2 + hue**2)


def _unclipped(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )


def _fits(linear: tuple[float, float, float]) -> bool:
    return all(-0.002 <= value <= 1.002 for value in linear)


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _encoded(value: float) -> float:
    return value * 12.92 if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
