"""Tiny material for the training stages: a few invented sprites, a small tokenizer."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import PreTrainedTokenizerFast

from zit_engine.pocket.concepts import Concept, load_concepts, sprite_pyramid
from zit_engine.pocket.supply import Chunk, SceneSupply
from zit_engine.pocket.tokenizer import train_tokenizer

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "assets" / "pocket"


@pytest.fixture(scope="session")
def concepts() -> list[Concept]:
    return load_concepts()


@pytest.fixture(scope="session")
def pyramid(concepts: list[Concept]) -> list[torch.Tensor]:
    """Soft discs of random colours, one an object."""
    generator = torch.Generator().manual_seed(0)
    line = torch.linspace(-1, 1, 256)
    disc = ((line[:, None] ** 2 + line[None] ** 2) < 0.8).float() * 255
    colours = torch.randint(0, 256, (len(concepts), 3, 1, 1), generator=generator)
    levels = []
    for i in range(0, len(concepts), 64):
        part = colours[i : i + 64].expand(-1, -1, 256, 256).float()
        alpha = disc.expand(len(part), 1, 256, 256)
        # all of a disc is its main part; looking for it by hue would take seconds
        levels.append(sprite_pyramid(torch.cat([part, alpha, alpha], 1).byte()))
    return [torch.cat(level) for level in zip(*levels, strict=True)]


@pytest.fixture(scope="session")
def tokenizer(concepts: list[Concept]) -> PreTrainedTokenizerFast:
    return train_tokenizer(concepts, captions=1500, vocabulary=3000)


@pytest.fixture(scope="session")
def chunk(concepts: list[Concept], tokenizer: PreTrainedTokenizerFast) -> Chunk:
    """Eight square scenes at 256 px."""
    return next(iter(SceneSupply(concepts, tokenizer, 8, square=True, seed=1)))
