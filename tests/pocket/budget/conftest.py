"""A start folder of a tiny model with forty objects, as a run takes it along."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image
from transformers import PreTrainedTokenizerFast

from zit_engine.pocket.assemble import assemble
from zit_engine.pocket.budget.starting import prepare
from zit_engine.pocket.concepts import load_concepts
from zit_engine.pocket.sizes import TINY, new_text_encoder, new_transformer, new_vae
from zit_engine.pocket.transformer import initialise
from zit_engine.pocket.vae import fix_latents

FEW = load_concepts()[150:190]  # fruit to hamburgers


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


@pytest.fixture(scope="session")
def start(tmp_path_factory: pytest.TempPathFactory, model: Path) -> Path:
    packages = tmp_path_factory.mktemp("packages")
    (packages / "assets").mkdir()
    for i, concept in enumerate(FEW):
        picture = Image.new("RGBA", (16, 16), (i % 256, 80, 255 - i % 256, 255))
        picture.save(packages / "assets" / f"{concept.code.lower()}.webp", lossless=True)
    folder = tmp_path_factory.mktemp("start")
    prepare(model, None, packages, FEW, folder)
    return folder
