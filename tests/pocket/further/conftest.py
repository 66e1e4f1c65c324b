"""Every concept, and a square of its own colour for every look of each."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

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
