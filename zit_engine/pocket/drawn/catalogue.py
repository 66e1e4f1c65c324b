"""The drawn subjects: their names from subjects.json, their sprites from the functions beside.

In: nothing but a number of looks. Out: Concept records and uint8 sprites [N, 5, 256, 256]. Every
look is the same drawing with other crockery, cloth or places, from a seed of its own.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import TypeVar

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import Tensor

from zit_engine.pocket.concepts import SPRITE_PX, Concept
from zit_engine.pocket.drawn import bowls, gifts, goods, home, snacks
from zit_engine.pocket.drawn.sketch import Sheet

FOLDER = Path(__file__).parent
T = TypeVar("T")
PREFIX = "shop-"  # before a subject's id, so that it is no package's code
LOOKS = 4
# As the package's sprites: they fill their square, and stand 0.46 of it below the middle.
FILLED, FOOT = 0.94, 0.97
_MODULES = (bowls, gifts, goods, home, snacks)


def drawer(code: str) -> Callable[[Sheet, Random], None]:
    """The function that draws a subject, named as its id."""
    name = code.removeprefix(PREFIX).replace("-", "_")
    return next(getattr(module, name) for module in _MODULES if hasattr(module, name))


def load_drawn(looks: int = LOOKS) -> list[Concept]:
    """The subjects in the order of their file."""
    rows = json.loads((FOLDER / "subjects.json").read_text(encoding="utf-8"))["subjects"]
    return [_concept(row, looks) for row in rows]


def _concept(row: dict, looks: int) -> Concept:
    names = {language: tuple(row[language]) for language in ("ko", "en")}
    words = {language: tuple(row[language + "_x"]) for language in ("ko", "en")}
    tags: dict[str, tuple[str, ...]] = {"ko": (), "en": ()}
    code = PREFIX + row["id"]
    return Concept(code, row["group"], names, words, tags, row["colourable"], looks)


class _Looks(Random):
    """A drawing's random stream whose first choice, the colours, goes through them in turn."""

    def __init__(self, look: int) -> None:
        super().__init__(look * 7919 + 1)
        self.look: int | None = look

    # Narrower than Random's, which takes anything with a length: drawings choose from sequences.
    def choice(self, seq: Sequence[T]) -> T:  # type: ignore[override]
        if self.look is None:
            return super().choice(seq)
        first, self.look = seq[self.look % len(seq)], None
        return first


def draw(code: str, look: int, side: int = SPRITE_PX) -> Tensor:
    """One look of a subject as uint8 [5, side, side]: RGBA and its main part."""
    sheet = Sheet()
    drawer(code)(sheet, _Looks(look))
    return torch.from_numpy(_fitted(sheet.image(), side)).permute(2, 0, 1).contiguous()


def _fitted(drawn: np.ndarray, side: int) -> np.ndarray:
    """Cut to what was drawn, scaled to fill the square, stood on its foot.

    Premultiplied while it is scaled, so that rims keep their colour.
    """
    rows, columns = np.nonzero(drawn[..., 3].any(1))[0], np.nonzero(drawn[..., 3].any(0))[0]
    cut = drawn[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.float32)
    opaque = cut[..., 3:4] / 255
    cut[..., :3] *= opaque
    scale = FILLED * side / max(cut.shape[:2])
    width, height = round(cut.shape[1] * scale), round(cut.shape[0] * scale)
    planes = [
        np.asarray(Image.fromarray(cut[..., k]).resize((width, height), Image.Resampling.BOX))
        for k in range(5)
    ]
    left, low = (side - width) // 2, round(FOOT * side)
    fitted = np.zeros((side, side, 5), np.float32)
    fitted[low - height : low, left : left + width] = np.stack(planes, 2)
    fitted[..., :3] /= np.maximum(fitted[..., 3:4] / 255, 1e-3)
    return fitted.clip(0, 255).round().astype(np.uint8)


def drawn_sprites(concepts: list[Concept], cache: Path | None = None) -> Tensor:
    """All looks of drawn concepts, uint8 [sum of looks, 5, 256, 256], concept by concept.

    Drawing takes a second each; `cache` is a folder that keeps them until a drawing changes.
    """
    # as parsed, so that a new line break draws nothing again
    sources = "".join(ast.dump(ast.parse(file.read_text())) for file in sorted(FOLDER.glob("*.py")))
    wanted = "".join(f"{concept.code} {concept.looks};" for concept in concepts)
    mark = hashlib.sha256((sources + wanted).encode()).hexdigest()[:16]
    file = cache / f"drawn-{mark}.safetensors" if cache else None
    if file and file.exists():
        return load_file(file)["sprites"]
    made = [draw(each.code, look) for each in concepts for look in range(each.looks)]
    sprites = torch.stack(made)
    if file:
        save_file({"sprites": sprites}, str(file))
    return sprites
