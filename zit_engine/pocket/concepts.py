"""The objects the model knows: their names, and their pictures out of an unpacked package.

In: concepts.json beside this file (493 objects), colourable.json (which of them a colour word
suits, chosen by eye), the folder holding the unpacked @lobehub/fluent-emoji-3d package.
Out: Concept records, a pyramid of sprites.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from zit_engine.pocket.recolour import main_parts

CONCEPTS_FILE = Path(__file__).with_name("concepts.json")
COLOURABLE_FILE = Path(__file__).with_name("colourable.json")
SPRITE_PX = 256
PYRAMID_LEVELS = 5  # 256, 128, 64, 32, 16 px

# how often a group is drawn: faces and people rarely, food often
GROUP_WEIGHTS = {0: 0.5, 1: 0.5, 3: 0.8, 4: 1.3, 5: 0.7, 6: 0.9, 7: 0.8}
SHOP_WORD_WEIGHT = 2.2  # objects that shop owners have their own words for


@dataclass(frozen=True)
class Concept:
    """One object. Names: language ("ko", "en") to words, the dictionary's name first."""

    code: str
    group: int
    names: dict[str, tuple[str, ...]]
    shop_words: dict[str, tuple[str, ...]]
    tags: dict[str, tuple[str, ...]]
    colourable: bool = False  # a colour word on it can be made true in the picture
    looks: int = 1  # sprites of it to choose from

    @property
    def weight(self) -> float:
        shop = any(self.shop_words.values())
        return GROUP_WEIGHTS[self.group] * (SHOP_WORD_WEIGHT if shop else 1.0)

    @property
    def drawn(self) -> bool:
        """Drawn by this package, not taken from the picture package."""
        return self.code.startswith("shop-")

    def every_word(self) -> list[str]:
        """All names, shop words and tags in both languages."""
        kinds = (self.names, self.tags, self.shop_words)
        return [word for kind in kinds for language in ("en", "ko") for word in kind[language]]


def load_concepts(file: Path = CONCEPTS_FILE) -> list[Concept]:
    """Read the concept list; its order is the numbering used everywhere."""
    rows = json.loads(file.read_text(encoding="utf-8"))["concepts"]
    codes = json.loads(COLOURABLE_FILE.read_text(encoding="utf-8"))["colourable"]
    return [_concept(row, set(codes)) for row in rows]


def _concept(row: dict, colourable: set[str]) -> Concept:
    def words(ending: str) -> dict[str, tuple[str, ...]]:
        return {language: tuple(row[language + ending]) for language in ("ko", "en")}

    names, shop_words, tags = words(""), words("_x"), words("_tags")
    return Concept(row["hex"], row["group"], names, shop_words, tags, row["hex"] in colourable)


def sprite_file(packages: Path, code: str) -> Path:
    """Find an object's picture below `packages`. Raises FileNotFoundError."""
    code = code.lower()
    for name in (code, f"{code}-fe0f", code.replace("-fe0f", "")):
        for file in packages.glob(f"**/assets/{name}.webp"):
            return file
    raise FileNotFoundError(f"no picture {code}.webp in an assets folder below {packages}")


def load_sprite(file: Path | BinaryIO) -> torch.Tensor:
    """One picture as uint8 [4, 256, 256], RGBA."""
    with Image.open(file) as image:
        square = image.convert("RGBA").resize((SPRITE_PX, SPRITE_PX))
    return torch.from_numpy(np.array(square)).permute(2, 0, 1)


def sprite_pyramid(sprites: torch.Tensor) -> list[torch.Tensor]:
    """uint8 RGBA [N, 4, 256, 256] to premultiplied uint8 levels [N, 5, ...], each half the last.

    Premultiplied so that averaging does not bleed the colour of transparent pixels. The fifth
    channel is the main part, found by hue unless the sprites bring it.
    """
    rgba = sprites.float()
    part = rgba[:, 4:] if sprites.shape[1] > 4 else main_parts(sprites) * 255
    level = torch.cat([rgba[:, :3] * rgba[:, 3:4] / 255, rgba[:, 3:4], part], 1)
    levels = [level]
    for _ in range(PYRAMID_LEVELS - 1):
        levels.append(F.avg_pool2d(levels[-1], 2))
    return [each.round().byte() for each in levels]


def load_pyramid(packages: Path, concepts: list[Concept]) -> list[torch.Tensor]:
    """Sprites of all concepts, in their order, as a pyramid on the CPU."""
    files = [load_sprite(sprite_file(packages, concept.code)) for concept in concepts]
    chunks = [sprite_pyramid(torch.stack(files[i : i + 64])) for i in range(0, len(files), 64)]
    return [torch.cat(levels) for levels in zip(*chunks, strict=True)]
