"""Regression watch: a fixed set of pictures, painted again and compared with a stored one.

Comes in: the studio and a folder. Goes out: a stored set on the first run, later one score a cell.
Scores are structural similarity (SSIM) of the whole picture, 1 for the same.
"""

import dataclasses
import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from skimage.metrics import structural_similarity

from zit_engine.engine.base import Shot
from zit_engine.errors import RequestError
from zit_engine.plan import composed
from zit_engine.request.trades import load_trades
from zit_engine.studio import Studio

FILE_NAME = "baseline.json"
MOST_PROMPTS = 4
SEEDS = (7,)
# Measured on the embedded model at 128 and 256 px, 3 prompts x 5 styles: an adapter at 0.8 or 1.2
# times its strength scores 0.944 to 0.995; the same picture with another number of threads,
# which rounds differently, 0.9999998.
THRESHOLD = 0.997

Key = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Cell:
    """One compared picture. `score` is None where one of the two is missing: a style that is new
    or gone since. `picture` and `stored` are file names in the folder of this run and the set's."""

    prompt: str
    style: str
    seed: int
    score: float | None
    picture: str
    stored: str

    @property
    def is_same(self) -> bool:
        return self.score is not None and self.score >= THRESHOLD


def standard_prompts() -> list[str]:
    """The first Korean example of the first trades: what owners are shown to start from, in words
    every model reads."""
    first = [trade.pocket_examples[0].ko for trade in load_trades().values()]
    return first[:MOST_PROMPTS]


def has_set(folder: Path) -> bool:
    return (folder / FILE_NAME).is_file()


def paint_set(
    studio: Studio,
    folder: Path,
    prompts: Sequence[str] = (),
    seeds: Sequence[int] = SEEDS,
    on_cell: Callable[[int, int], None] = lambda done, total: None,
) -> dict[Key, str]:
    """Paint every prompt (none: the first example of each trade), style and seed into `folder` as
    PNG and write down which is which.

    Pictures are half the model's own side, before any finishing. Raises EngineError, OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shots = list(_shots(studio, prompts or standard_prompts(), seeds))
    names: dict[Key, str] = {}
    for number, (key, shot) in enumerate(shots):
        name = f"cell-{number:03d}.png"
        picture = studio.engine.paint(shot, lambda done, total: None, lambda: False)
        picture.info = {}
        picture.save(folder / name, "PNG")
        names[key] = name
        on_cell(number + 1, len(shots))
    facts = studio.engine.facts
    document = {
        "model": facts.title,
        "revision": facts.revision,
        "cells": [
            {"prompt": prompt, "style": style, "seed": seed, "file": file}
            for (prompt, style, seed), file in names.items()
        ],
    }
    # Last, so that a set without it is one that was never finished.
    text = json.dumps(document, ensure_ascii=False, indent=1)
    (folder / FILE_NAME).write_text(text, encoding="utf-8")
    return names


def _shots(
    studio: Studio, prompts: Sequence[str], seeds: Sequence[int]
) -> Iterator[tuple[Key, Shot]]:
    facts = studio.engine.facts
    side = math.isqrt(facts.render_area) // 2
    for style in studio.available_styles():
        lora = style.files.get(facts.base)
        weight = 0.0 if lora is None else lora.adapter_weight
        for prompt in prompts:
            for seed in seeds:
                text = composed(prompt, style, facts.base)
                yield (prompt, style.id, seed), Shot(text, side, side, seed, style, weight)


def read_set(folder: Path) -> dict[Key, str]:
    """The cells of a stored set. Raises RequestError for a folder that holds none."""
    try:
        document = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
        return {
            (cell["prompt"], cell["style"], cell["seed"]): str(cell["file"])
            for cell in document["cells"]
        }
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise RequestError("error.baseline_unreadable", path=folder, detail=repr(error)) from error


def compared(
    stored: Path, painted: Path, stored_names: dict[Key, str], names: dict[Key, str]
) -> list[Cell]:
    """Each cell of either set with its score, in the painted order, gone ones last."""
    keys = [*names, *(key for key in stored_names if key not in names)]
    cells = []
    for key in keys:
        score = None
        if key in names and key in stored_names:
            score = similarity(stored / stored_names[key], painted / names[key])
        prompt, style, seed = key
        picture, old = names.get(key, ""), stored_names.get(key, "")
        cells.append(Cell(prompt, style, seed, score, picture, old))
    return cells


def similarity(one: Path, other: Path) -> float:
    """SSIM of two picture files, from -1 to 1; -1 where the sizes differ. Raises RequestError."""
    try:
        with Image.open(one) as first, Image.open(other) as second:
            pixels = [np.asarray(picture.convert("RGB")) for picture in (first, second)]
    except OSError as error:
        raise RequestError("error.baseline_unreadable", path=one, detail=repr(error)) from error
    if pixels[0].shape != pixels[1].shape:
        return -1.0
    return round(float(structural_similarity(*pixels, channel_axis=2, data_range=255)), 6)


def as_rows(cells: Sequence[Cell]) -> list[dict[str, object]]:
    return [{**dataclasses.asdict(cell), "is_same": cell.is_same} for cell in cells]
