"""Trials of set type: random shop words over hard pictures, judged from the finished pixels alone.

As a script it runs the full count in a pool and prints what failed:
python -m tests.finish.type_trials [HEADLINES]. Contrast is measured here by a second, independent
way: ink is found by its colour, its surroundings by distance.
"""

import concurrent.futures
import random
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter, ImageOps
from scipy import ndimage

from zit_engine.errors import InvalidRequest
from zit_engine.finish.layouts import load_layouts
from zit_engine.finish.typography import SetBox, Setting, set_type
from zit_engine.request.channels import load_channels
from zit_engine.request.lettering import CORNERS, NO_LABEL, Lettering
from zit_engine.settings import ROOT

# One place for each shape of picture.
PLACES = ("kakao-bizboard", "naver-feed", "instagram-square", "instagram-feed", "instagram-story")
PICTURES = ("noise", "white", "black", "gradient", "checks", "texture", "sample")
_PARTS = tomllib.loads(Path(__file__).with_name("headlines.toml").read_text(encoding="utf-8"))
_WRITING = ("headline", "subline", "price", "contact")
_LEAST = 4.5
# Pixels this near to the ink's colour are ink; its soft edges reach 2 pixels at most.
_SAME, _SOFT, _AROUND = 4, 2, 4
_SMALL = 40


@dataclass(frozen=True, slots=True)
class Trial:
    template: str
    place: str
    picture: str
    lettering: Lettering


def headlines(count: int, seed: int = 6) -> list[str]:
    """`count` different headlines of at most 40 characters."""
    chance, found = random.Random(seed), dict[str, None]()
    while len(found) < count:
        parts = [chance.choice(_PARTS[part]) for part in ("before", "thing", "after")]
        if chance.random() < 0.15:
            parts[1:1] = ["\n"]
        text = " ".join(part for part in parts if part).replace(" \n ", "\n").strip()
        if chance.random() < 0.06:
            text = text.replace(" ", "")
        if len(text) <= 40:
            found[text] = None
    return list(found)


def trials(count: int, seed: int = 6, places: Sequence[str] = PLACES) -> Iterator[Trial]:
    """`count` headlines × every template × every place; the rest by chance."""
    chance = random.Random(seed)
    for headline in headlines(count, seed):
        for template in load_layouts():
            for place in places:
                yield Trial(
                    template, place, chance.choice(PICTURES), _lettering(chance, headline, template)
                )


def _lettering(chance: random.Random, headline: str, template: str) -> Lettering:
    return Lettering(
        headline=headline,
        subline=chance.choice(_PARTS["subline"]),
        price=chance.choice(_PARTS["price"]),
        contact=chance.choice(_PARTS["contact"]),
        template=template,
        colour=chance.choice(("", "", "", "#e4572e", "#ffffff", "#808080")),
        accent=chance.choice(("", "", "", "#1d4ea0", "#ffd43b")),
        logo=chance.random() < 0.3,
        qr=chance.choice(("", "", "https://place.example/42")),
        label=chance.choice((*CORNERS, CORNERS[0], CORNERS[0], NO_LABEL)),
    )


def picture(name: str, width: int, height: int, seed: int = 0) -> Image.Image:
    """A picture that makes words hard to read, or a painted one on its plain backdrop."""
    chance = np.random.default_rng(seed)
    if name in ("white", "black"):
        return Image.new("RGB", (width, height), name)
    if name == "noise":
        return Image.fromarray(chance.integers(0, 256, (height, width, 3), np.uint8))
    if name == "gradient":
        line = np.linspace(0, 255, width, dtype=np.uint8)
        return Image.fromarray(np.repeat(np.repeat(line[None, :, None], height, 0), 3, 2))
    if name == "checks":
        rows, columns = np.indices((height, width)) // 24
        return Image.fromarray(((rows + columns) % 2 * 255).astype(np.uint8)).convert("RGB")
    if name == "texture":
        small = Image.fromarray(chance.integers(0, 256, (40, 40, 3), np.uint8))
        return small.resize((width, height), Image.Resampling.BICUBIC)
    return _sample(width, height, seed)


def _sample(width: int, height: int, seed: int) -> Image.Image:
    files = sorted((ROOT / "assets" / "samples").glob("*.webp"))
    with Image.open(files[seed % len(files)]) as opened:
        painted = opened.convert("RGB")
    page = Image.new("RGB", (width, height), painted.getpixel((2, 2)))
    side = min(width, height)
    edge = Image.new("L", (side, side))
    rim = side // 12
    edge.paste(255, (rim, rim, side - rim, side - rim))
    soft = edge.filter(ImageFilter.GaussianBlur(rim / 3))
    painted = painted.resize((side, side), Image.Resampling.LANCZOS)
    page.paste(painted, ((width - side) // 2, (height - side) // 2), soft)
    return page


def logo() -> Image.Image:
    return ImageOps.expand(Image.new("RGBA", (260, 80), (20, 90, 60, 255)), 20, (0, 0, 0, 0))


def faults(trial: Trial) -> list[str]:
    """What a critic would find wrong with this trial; empty when nothing is."""
    place = load_channels()[trial.place]
    ground = picture(trial.picture, place.width, place.height, len(trial.lettering.headline))
    try:
        setting = set_type(ground, trial.lettering, place.safe, logo())
    except InvalidRequest as refused:
        return [f"refused {refused}"]
    found = [*_outside(setting, place.safe), *_overlaps(setting.boxes)]
    found += [fault for box in setting.boxes for fault in unreadable(setting.image, box)]
    found += _broken_lines(trial.lettering, setting)
    return [*found, *_untold(trial.lettering, setting)]


def _outside(setting: Setting, safe: tuple[int, int, int, int]) -> Iterator[str]:
    width, height = setting.image.size
    top, right, bottom, left = safe
    for box in setting.boxes:
        is_inside = left <= box.left < box.right <= width - right
        if not (is_inside and top <= box.top < box.bottom <= height - bottom):
            yield f"{box.kind} outside {(box.left, box.top, box.right, box.bottom)}"


def _overlaps(boxes: Sequence[SetBox]) -> Iterator[str]:
    for index, one in enumerate(boxes):
        for two in boxes[index + 1 :]:
            across = one.left < two.right and two.left < one.right
            if across and one.top < two.bottom and two.top < one.bottom:
                yield f"{one.kind} over {two.kind}"


def unreadable(image: Image.Image, box: SetBox) -> Iterator[str]:
    """Contrast under 4.5:1 in the finished pixels, or told wrongly."""
    if box.kind not in (*_WRITING, "label"):
        return
    ratio = measured_mark(image, box) if box.kind == "label" else measured(image, box)
    if ratio < _LEAST:
        yield f"{box.kind} contrast {ratio:.2f}"
    if box.contrast is None or box.contrast < _LEAST:
        yield f"{box.kind} told {box.contrast}"


def measured(image: Image.Image, box: SetBox) -> float:
    """WCAG contrast of the box's ink with the worst but 5 % of the pixels around it."""
    rim = _AROUND
    pixels = np.asarray(
        image.crop((box.left - rim, box.top - rim, box.right + rim, box.bottom + rim))
    ).astype(int)
    colour = np.array([int(box.ink[i : i + 2], 16) for i in (1, 3, 5)])
    # Thin strokes of small type have no pixel of their whole colour; two thirds of it will do.
    is_small = (box.bottom - box.top) / len(box.lines) < _SMALL
    apart = np.abs(pixels - colour).max(2)
    same = apart <= (np.median(apart) / 3 if is_small else _SAME)
    # A single pixel of that colour is the picture's, not the type's.
    ink = same & (ndimage.convolve(same.astype(np.uint8), np.ones((3, 3), np.uint8)) > 1)
    assert ink.any(), f"no ink of {box.kind}"
    distance = ndimage.distance_transform_edt(~ink)
    ground = pixels[(distance > _SOFT) & (distance <= _AROUND)]
    return _ratio(ground, colour)


def measured_mark(image: Image.Image, box: SetBox) -> float:
    """The same for the small mark, whose strokes are thinner than a pixel: its plate above and
    below the words."""
    wide, tall = box.right - box.left, box.bottom - box.top
    pixels = np.asarray(image).astype(int)[box.top : box.bottom, box.left : box.right]
    bands = np.concatenate([pixels[tall // 12 : tall // 5], pixels[-tall // 5 : -(tall // 12)]])
    ground = bands[:, wide // 6 : -wide // 6].reshape(-1, 3)
    return _ratio(ground, np.array([int(box.ink[i : i + 2], 16) for i in (1, 3, 5)]))


def _ratio(ground: np.ndarray, colour: np.ndarray) -> float:
    lights, own = _light(ground), float(_light(colour))
    ratios = (np.maximum(lights, own) + 0.05) / (np.minimum(lights, own) + 0.05)
    return float(np.percentile(ratios, 5))


def _light(colours: np.ndarray) -> np.ndarray:
    """Relative luminance of 8-bit RGB in the last axis."""
    shares = colours / 255
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    return linear @ np.array([0.2126, 0.7152, 0.0722])


def _broken_lines(lettering: Lettering, setting: Setting) -> Iterator[str]:
    """Lone syllables, punctuation at the start of a line, words cut, letters lost."""
    for box in setting.boxes:
        if box.kind not in _WRITING:
            continue
        text = getattr(lettering, box.kind)
        if "".join("".join(box.lines).split()) != "".join(text.split()):
            yield f"{box.kind} lost letters: {box.lines}"
        typed_last = text.split("\n")[-1].strip()
        if len(box.lines) > 1 and len(box.lines[-1]) == 1 and typed_last != box.lines[-1]:
            yield f"{box.kind} lone syllable: {box.lines}"
        if any(line[0] in ".,!?…~·)%" for line in box.lines[1:] if line not in text.split("\n")):
            yield f"{box.kind} starts with punctuation: {box.lines}"
        cut = " ".join(box.lines).split() != text.split()
        if cut and max(len(word) for word in text.split()) < 10 and box.kind != "price":
            yield f"{box.kind} cut a word: {box.lines}"


def _untold(lettering: Lettering, setting: Setting) -> Iterator[str]:
    there = {box.kind for box in setting.boxes}
    wanted = {kind for kind in (*_WRITING, "logo", "qr") if getattr(lettering, kind)}
    wanted |= {"label"} if lettering.label != NO_LABEL else set()
    left_out = set(setting.dropped) & {*_WRITING}
    if left_out and setting.image.width < 2.2 * setting.image.height:
        yield f"no room for {sorted(left_out)}"
    if there | set(setting.dropped) != wanted or there & set(setting.dropped):
        yield f"wanted {sorted(wanted)}, set {sorted(there)}, told {setting.dropped}"


def run(given: Sequence[Trial], workers: int = 2) -> list[str]:
    """Faults of all trials, each with its trial."""
    with concurrent.futures.ProcessPoolExecutor(workers) as pool:
        found = pool.map(faults, given, chunksize=40)
        return [
            f"{fault} | {trial}" for trial, each in zip(given, found, strict=True) for fault in each
        ]


if __name__ == "__main__":
    asked = list(trials(int(sys.argv[1]) if len(sys.argv) > 1 else 200))
    failed = run(asked)
    sys.stdout.write("\n".join([*failed, f"{len(asked)} trials, {len(failed)} faults"]) + "\n")
