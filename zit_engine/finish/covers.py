"""What makes words readable that stand on the picture itself: nothing, a shadow, a scrim, a plate.

Comes in: the picture, groups of ink, colours. Goes out: the ink coloured, and the gentlest cover
that reaches the contrast aimed at. It knows nothing of layouts' other parts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFilter, ImageOps

from zit_engine.finish.boxes import Box
from zit_engine.finish.colours import WHITE, Scheme, readable
from zit_engine.finish.contrast import AIM, Rgb, around, between, luminance, near, worst
from zit_engine.finish.fitting import Placed
from zit_engine.finish.ink import Ink, coloured
from zit_engine.finish.oklab import distance, to_lch

# Strengths tried, gentlest first. A scrim of 0.58 makes white words hold on white (4.5:1).
_STRENGTHS = {
    "bare": (0.0,),
    "shadow": (0.5, 0.75, 1.0),
    "scrim": (0.3, 0.4, 0.5, 0.6, 0.7, 0.8),
}
_MOST_FOR_MIDDLING = 3
# Contrast of words with the colour of what covers: what lies on the picture in part must still do.
_SHADES = {"bare": 1.0, "shadow": 15.0, "scrim": 9.0}
# Colours nearer than this (OKLCh) are taken for one backdrop.
_SAME_BACKDROP = 0.2
# White words are kept down to this contrast with the picture's middle: a scrim does the rest.
_WHITE_HOLDS = 2.5
# Blur and gain of a shadow: soft, yet nearly whole right beside the ink.
_SHADOW_BLUR = 0.13
_SHADOW_GAIN = 2.2
# How far a scrim fades out beyond the words, as a share of the picture's side.
_FADE = 0.2
# Words in the middle of a part that ends before this share of the width stand beside something.
_BESIDE = 0.66
_MOST_SAMPLES = 4000


@dataclass(frozen=True, slots=True)
class Spot:
    """Some pixels under and around a line, evenly spread: their rows and columns in its mask, their
    colours (N × 3), and which of them the ink leaves to be seen."""

    ink: Ink
    rows: NDArray
    columns: NDArray
    pixels: NDArray
    beside: NDArray

    def holds(self, ground: NDArray, colour: Rgb) -> bool:
        """Both with the pixels beneath and with those that stay to be seen."""
        return min(worst(ground, colour), worst(ground[self.beside], colour)) >= AIM


def spot_of(picture: Image.Image, ink: Ink) -> Spot:
    rows, columns = np.nonzero(near(ink.mask, ink.line.height))
    step = max(1, len(rows) // _MOST_SAMPLES)
    rows, columns = rows[::step], columns[::step]
    beside = around(ink.mask, ink.line.height)[rows, columns]
    pixels = np.asarray(picture.crop(ink.box))[rows, columns]
    return Spot(ink, rows, columns, pixels, beside)


def light_words(picture: Image.Image, inks: Sequence[Ink], scheme: Scheme) -> bool:
    """True where white words suit the places of `inks` better than dark ones. One answer for a
    picture: light words here and dark ones there look like two adverts."""
    if scheme.ink is not None:
        return between(scheme.ink, (0, 0, 0)) > between(scheme.ink, WHITE)
    parts = [picture.crop(ink.box).reduce(4) for ink in inks]
    grounds = [luminance(np.asarray(part).reshape(-1, 3)) for part in parts]
    middle = float(np.median(np.concatenate(grounds)))
    return 1.05 / (middle + 0.05) >= _WHITE_HOLDS


def cover(
    picture: Image.Image, group: Placed, inks: Sequence[Ink], scheme: Scheme, light: bool
) -> list[Ink]:
    """Paints the gentlest cover that makes `inks` (of `group`) readable, nothing where none does.
    Returns the ink in its colours."""
    main = scheme.ink or (WHITE if light else scheme.deep)
    spots = [spot_of(picture, ink) for ink in inks]
    shades = {kind: _shade(spots, main, scheme, aim) for kind, aim in _SHADES.items()}
    # A middling colour needs so dark a scrim that little is left of the picture: a plate does less
    # harm then.
    reads = max(between(main, WHITE), between(main, (0, 0, 0)))
    most = None if reads >= _SHADES["scrim"] else _MOST_FOR_MIDDLING
    kind, strength, grounds = "bare", 0.0, [spot.pixels for spot in spots]
    # A pale glow around dark words looks like fog; they get a pale scrim at once.
    for kind in (kind for kind in group.group.covers if light or kind != "shadow"):
        amounts = _amounts(kind, picture.size, group, spots)
        for strength in _STRENGTHS[kind][:most]:
            grounds = [
                _mixed(spot.pixels, shades[kind], np.minimum(amount * strength, 1.0), light)
                for spot, amount in zip(spots, amounts, strict=True)
            ]
            if all(spot.holds(g, main) for spot, g in zip(spots, grounds, strict=True)):
                break
        else:
            continue
        break
    else:
        kind, grounds = "bare", [spot.pixels for spot in spots]
    _paint(picture, kind, strength, group, spots, shades[kind], light)
    return [
        coloured(spot.ink, _role_colour(spot, group, scheme, main, shades["scrim"], ground))
        for spot, ground in zip(spots, grounds, strict=True)
    ]


def _shade(spots: Sequence[Spot], ink: Rgb, scheme: Scheme, aim: float) -> Rgb:
    """The colour of a shadow or scrim: the backdrop's where the words mostly stand on it, else that
    of the place, each darker or lighter. It looks like light then and not like fog."""
    middle = np.median(np.concatenate([spot.pixels for spot in spots]), axis=0)
    red, green, blue = middle.round().astype(int).tolist()
    local = (red, green, blue)
    is_backdrop = distance(to_lch(local), to_lch(scheme.main)) < _SAME_BACKDROP
    return readable(scheme.main if is_backdrop else local, ink, aim)


def _role_colour(
    spot: Spot, group: Placed, scheme: Scheme, main: Rgb, shade: Rgb, ground: NDArray
) -> Rgb:
    """The accent where the layout asks for it and it reads; a person's own accent always."""
    if group.group.inks.get(spot.ink.line.kind) != "accent":
        return main
    if scheme.accent is not None:
        return scheme.accent
    is_light = between(shade, (0, 0, 0)) > between(shade, WHITE)
    accent = readable(scheme.strong if is_light else scheme.vivid, shade)
    return accent if spot.holds(ground, accent) else main


def _amounts(
    kind: str, size: tuple[int, int], group: Placed, spots: Sequence[Spot]
) -> list[NDArray]:
    """How much of the shade lies on the spots' pixels at full strength."""
    if kind == "bare":
        return [np.zeros(len(spot.rows), np.float32) for spot in spots]
    if kind == "shadow":
        return [_shadow_at(spot) for spot in spots]
    across, profile = _scrim(size, group.words, group.group.anchor)
    found = []
    for spot in spots:
        at = spot.columns + spot.ink.x if across else spot.rows + spot.ink.y
        found.append(profile[np.clip(at, 0, len(profile) - 1)])
    return found


def _mixed(pixels: NDArray, shade: Rgb, share: NDArray, light: bool) -> NDArray:
    """A cover beneath light words only ever darkens, beneath dark ones only lightens: anything else
    would be haze."""
    mixed = pixels * (1 - share[:, None]) + np.array(shade, np.float32) * share[:, None]
    mixed = np.rint(mixed).astype(np.uint8)
    return np.minimum(mixed, pixels) if light else np.maximum(mixed, pixels)


def _soft(ink: Ink) -> tuple[Image.Image, int]:
    """A soft copy of the ink, and by how much it is larger than the ink's mask on every side."""
    blur = max(2.0, _SHADOW_BLUR * ink.line.height)
    rim = round(3 * blur)
    return ImageOps.expand(ink.mask, rim).filter(ImageFilter.GaussianBlur(blur)), rim


def _shadow_at(spot: Spot) -> NDArray:
    soft, rim = _soft(spot.ink)
    values = np.asarray(soft)[spot.rows + rim, spot.columns + rim].astype(np.float32)
    return values * (_SHADOW_GAIN / 255)


def _scrim(size: tuple[int, int], words: Box, anchor: tuple[str, str]) -> tuple[bool, NDArray]:
    """Whether the scrim changes from left to right, and its strength along that side: whole from
    the words' edge of the picture to the words' far end, then fading; everywhere for words in the
    middle that reach over most of the width."""
    width, height = size
    if anchor[1] in ("top", "bottom"):
        across, length, near_end = False, height, anchor[1] == "top"
        reach = words[3] if near_end else height - words[1]
    elif anchor[0] in ("left", "right"):
        across, length, near_end = True, width, anchor[0] == "left"
        reach = words[2] if near_end else width - words[0]
    elif words[2] < _BESIDE * width or words[0] > (1 - _BESIDE) * width:
        across, length, near_end = True, width, words[2] < _BESIDE * width
        reach = words[2] if near_end else width - words[0]
    else:
        return False, np.ones(height, np.float32)
    fade = _FADE * length
    along = np.clip((reach + 0.25 * fade + fade - np.arange(length)) / fade, 0, 1)
    profile = (along * along * (3 - 2 * along)).astype(np.float32)
    return across, profile if near_end else profile[::-1]


def _paint(
    picture: Image.Image,
    kind: str,
    strength: float,
    group: Placed,
    spots: Sequence[Spot],
    shade: Rgb,
    light: bool,
) -> None:
    if kind == "scrim":
        across, profile = _scrim(picture.size, group.words, group.group.anchor)
        shown = np.flatnonzero(profile)
        first, last = int(shown[0]), int(shown[-1]) + 1
        line = np.rint(profile[first:last] * strength * 255).astype(np.uint8)
        small = Image.fromarray(line[None, :] if across else line[:, None])
        size = (last - first, picture.height) if across else (picture.width, last - first)
        at = (first, 0) if across else (0, first)
        _shaded(picture, small.resize(size), at, shade, light)
    gain = _SHADOW_GAIN * strength
    for spot in spots if kind == "shadow" else ():
        soft, rim = _soft(spot.ink)
        shadow = soft.point([min(255, round(value * gain)) for value in range(256)])
        _shaded(picture, shadow, (spot.ink.x - rim, spot.ink.y - rim), shade, light)


def _shaded(
    picture: Image.Image, mask: Image.Image, at: tuple[int, int], shade: Rgb, light: bool
) -> None:
    """The shade through `mask`, only where it darkens (beneath light words) or lightens."""
    part = picture.crop((*at, at[0] + mask.width, at[1] + mask.height))
    mixed = part.copy()
    mixed.paste(shade, (0, 0), mask)
    picture.paste((ImageChops.darker if light else ImageChops.lighter)(part, mixed), at)
