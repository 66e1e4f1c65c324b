"""Colours for words and plates, taken from the picture or kept as the person chose them.

Comes in: a picture, "#rrggbb" or "". Goes out: a scheme of colours that can be read on each other.
It knows nothing of layouts.
"""

from dataclasses import dataclass

from PIL import Image

from zit_engine.finish.contrast import AIM, Rgb, between
from zit_engine.finish.oklab import Lch, distance, to_lch, to_rgb

WHITE: Rgb = (255, 255, 255)
_SIDE = 64
_COLOURS = 16
# Below this share a colour is a speck, below this chroma a grey.
_LEAST_SHARE = 0.006
_LEAST_CHROMA = 0.06
# An accent nearer than this to the picture's main colour would drown in it.
_LEAST_DISTANCE = 0.16
# A plate of less contrast with the picture is no plate.
_SEEN = 1.6
# Hues (degrees) that turn to mud when darkened: orange-yellow to lime. They stay bright instead.
_BRIGHT_HUES = (52.0, 125.0)
_BRIGHT = (0.84, 0.16)
# Accents for pictures that offer none: a warm red, a warm yellow, a deep blue.
_SPARE: tuple[Rgb, ...] = ((214, 51, 42), (255, 212, 59), (29, 78, 160))


@dataclass(frozen=True, slots=True)
class Scheme:
    """`ink`, `accent`: the person's own, None where automatic. `vivid`: the accent to use;
    `strong`: one that stays itself on paper, where yellow would turn to mud. paper, deep: a light
    and a dark plate in the picture's tone. `main`: the picture's largest colour."""

    ink: Rgb | None
    accent: Rgb | None
    vivid: Rgb
    strong: Rgb
    paper: Rgb
    deep: Rgb
    main: Rgb

    def fill(self, role: str) -> Rgb:
        """A plate's colour: accent, paper or deep; paper for a deep one that would not be seen on
        a dark picture."""
        deep = self.deep if between(self.deep, self.main) >= _SEEN else self.paper
        return {"accent": self.vivid, "paper": self.paper, "deep": deep}[role]

    def on(self, ground: Rgb) -> Rgb:
        """White or the dark tone, whichever reads on `ground`; white where it can."""
        if between(WHITE, ground) >= AIM:
            return WHITE
        return max((WHITE, self.deep), key=lambda ink: between(ink, ground))

    def accent_on(self, ground: Rgb) -> Rgb:
        """The accent on `ground`: as it is where it was chosen by hand, else shifted until it
        reads."""
        if self.accent is not None:
            return self.accent
        is_light = between(ground, (0, 0, 0)) > between(ground, WHITE)
        return readable(self.strong if is_light else self.vivid, ground)


def scheme_of(picture: Image.Image, colour: str, accent: str) -> Scheme:
    """The colours of `picture`, with the person's own in their places."""
    main, candidates = _palette(picture)
    own_ink, own_accent = _parsed(colour), _parsed(accent)
    vivid = own_accent or (candidates[0] if candidates else _spare(main))
    hue = main[2] if main[1] > 0.02 else to_lch(vivid)[2]
    tint = min(main[1], 1.0)
    paper = to_rgb((0.978, min(0.012, tint), hue))
    deep = to_rgb((0.205, min(0.03, tint * 0.5), hue))
    strong = vivid
    if _lives_by_brightness(to_lch(vivid)):
        own = [_as_accent(main)] if main[1] >= _LEAST_CHROMA else []
        strong = next((c for c in [*own, *candidates] if _is_strong(c)), _SPARE[0])
    return Scheme(own_ink, own_accent, vivid, strong, paper, deep, to_rgb(main))


def _is_strong(colour: Rgb) -> bool:
    lch = to_lch(colour)
    return lch[1] >= _LEAST_CHROMA and not _lives_by_brightness(lch)


def _lives_by_brightness(lch: Lch) -> bool:
    return _BRIGHT_HUES[0] <= lch[2] <= _BRIGHT_HUES[1] and lch[0] > 0.6


def suggest_colours(picture: Image.Image) -> list[str]:
    """4 or 5 colours as "#rrggbb": accents of the picture, its dark tone, white."""
    main, candidates = _palette(picture)
    scheme = scheme_of(picture, "", "")
    accents = candidates[:3] or [scheme.vivid]
    if len(accents) < 2:
        accents.append(_spare(to_lch(accents[0])))
    return [hex_of(colour) for colour in dict.fromkeys([*accents, scheme.deep, WHITE])]


def readable(colour: Rgb, ground: Rgb, aim: float = AIM) -> Rgb:
    """`colour` made lighter or darker, its hue kept, until its contrast with `ground` is `aim`."""
    lightness, chroma, hue = to_lch(colour)
    lighter = between(WHITE, ground) > between((0, 0, 0), ground)
    for step in range(21):
        share = step / 20
        moved = lightness + (0.98 - lightness if lighter else 0.12 - lightness) * share
        shown = to_rgb((moved, chroma, hue))
        if between(shown, ground) >= aim:
            return shown
    return WHITE if lighter else (0, 0, 0)


def hex_of(colour: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _parsed(colour: str) -> Rgb | None:
    if not colour:
        return None
    red, green, blue = bytes.fromhex(colour[1:])
    return red, green, blue


def _palette(picture: Image.Image) -> tuple[Lch, list[Rgb]]:
    """The main colour, and accents made of the others, best first, each of another hue."""
    small = picture.resize((_SIDE, _SIDE), Image.Resampling.BOX).convert("RGB")
    few = small.quantize(_COLOURS, Image.Quantize.FASTOCTREE).convert("RGB")
    # Of an RGB picture each colour is three numbers; Pillow's type allows for any mode.
    found: list[tuple[int, Rgb]] = few.getcolors(_COLOURS) or []  # type: ignore[assignment]
    colours = sorted(
        ((count / _SIDE**2, to_lch(colour)) for count, colour in found),
        reverse=True,
    )
    main = colours[0][1]
    ranked = []
    for share, lch in colours:
        accent = _as_accent(lch)
        far = distance(to_lch(accent), main)
        if share >= _LEAST_SHARE and lch[1] >= _LEAST_CHROMA and far >= _LEAST_DISTANCE:
            # Vivid, not a speck (a twentieth of the picture is plenty), unlike the main colour, and
            # rather of another hue than a shade of it.
            other_hue = 0.85 + 0.55 * min(1.0, _turn(lch[2], main[2]) / 60)
            appeal = lch[1] * min(1.0, share * 20) ** 0.5 * (0.3 + min(far, 0.4)) * other_hue
            ranked.append((appeal, accent))
    accents: list[Rgb] = []
    for _, accent in sorted(ranked, reverse=True):
        if all(_turn(to_lch(accent)[2], to_lch(old)[2]) > 25 for old in accents):
            accents.append(accent)
    return main, accents


def _as_accent(lch: Lch) -> Rgb:
    """The colour fit to carry white words, or dark ones where its hue lives by brightness."""
    lightness, chroma, hue = lch
    if _lives_by_brightness(lch):
        return to_rgb((max(lightness, _BRIGHT[0]), max(chroma, _BRIGHT[1]), hue))
    return readable(to_rgb((min(lightness, 0.62), max(chroma, 0.175), hue)), WHITE)


def _spare(main: Lch) -> Rgb:
    return max(_SPARE, key=lambda colour: distance(to_lch(colour), main))


def _turn(one: float, other: float) -> float:
    return abs((one - other + 180) % 360 - 180)
