"""Tiny material for the training stages: a few invented sprites, a small tokenizer."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import torch
from transformers import PreTrainedTokenizerFast

from zit_engine.pocket.assemble import assemble
from zit_engine.pocket.concepts import Concept, load_concepts, sprite_pyramid
from zit_engine.pocket.sizes import TINY, new_text_encoder, new_transformer, new_vae
from zit_engine.pocket.supply import Chunk, SceneSupply
from zit_engine.pocket.tokenizer import train_tokenizer
from zit_engine.pocket.transformer import initialise
from zit_engine.pocket.vae import fix_latents

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "assets" / "pocket"


@pytest.fixture(autouse=True)
def _same_draws() -> None:
    """What a training draws is the same in every run, whatever ran before."""
    random.seed(0)
    torch.manual_seed(0)


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


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory, tokenizer: PreTrainedTokenizerFast) -> Path:
    """An untrained pipeline folder of the tiny size."""
    torch.manual_seed(0)
    parts, folder = tmp_path_factory.mktemp("parts"), tmp_path_factory.mktemp("model")
    vae, transformer = new_vae(TINY), new_transformer(TINY)
    fix_latents(vae, torch.randint(0, 256, (4, 3, 64, 64), dtype=torch.uint8))
    initialise(transformer)
    vae.save_pretrained(parts / "vae")
    transformer.save_pretrained(parts / "student")
    pad = tokenizer.convert_tokens_to_ids(tokenizer.pad_token)
    new_text_encoder(TINY, len(tokenizer), pad).save_pretrained(parts / "text_encoder")
    tokenizer.save_pretrained(parts / "tokenizer")
    assemble(parts, folder)
    return folder
