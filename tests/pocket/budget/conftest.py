"""A start folder of a tiny model with forty objects, as a run takes it along."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from zit_engine.pocket.budget.starting import prepare
from zit_engine.pocket.concepts import load_concepts

FEW = load_concepts()[150:190]  # fruit to hamburgers


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
