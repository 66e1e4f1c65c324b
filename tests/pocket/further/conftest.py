"""Every concept, a square of its own colour for every look of each, and a tiny model."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from diffusers import ZImagePipeline
from torch import Tensor

from zit_engine.pocket.assemble import load_pipeline
from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.vocabulary import every_concept


@pytest.fixture(scope="session")
def vocabulary() -> list[Concept]:
    return every_concept()


@pytest.fixture(scope="session")
def sprites(vocabulary: list[Concept]) -> list[Tensor]:
    rows = sum(concept.looks for concept in vocabulary)
    torch.manual_seed(0)
    colours = torch.randint(0, 256, (rows, 5, 1, 1), dtype=torch.uint8)
    colours[:, 3:] = 255
    return [colours.expand(rows, 5, side, side).contiguous() for side in (256, 128, 64, 32, 16)]


@pytest.fixture()
def pipe(model: Path) -> ZImagePipeline:
    """A tiny model that says something: an untrained one's last layer holds zeros."""
    pipe = load_pipeline(model)
    torch.manual_seed(5)
    for final in pipe.transformer.all_final_layer.values():
        torch.nn.init.normal_(final.linear.weight, std=0.1)
    return pipe
