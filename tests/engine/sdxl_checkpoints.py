"""Three toy SDXL checkpoints, built once for a test file, and engines that paint with them."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from zit_engine.bench.tiny_sdxl import build_checkpoints
from zit_engine.engine.base import Shot
from zit_engine.engine.legacy_sdxl import LegacySdxlEngine
from zit_engine.settings import Settings, load_settings
from zit_engine.styles.style import Style

# Each becomes one token, so that a test can count places.
WORDS = ("cake", "melon", "pink", "table", "warm")


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory, catalogue: Mapping[str, Style]) -> Path:
    """realistic/, semi-realistic/ and anime/, each with weights of its own; read only."""
    root = tmp_path_factory.mktemp("sdxl")
    build_checkpoints(root, catalogue, WORDS)
    return root


@pytest.fixture(scope="module")
def legacy_settings(checkpoints: Path) -> Settings:
    return load_settings(
        engine="legacy-sdxl", legacy_checkpoints=str(checkpoints), cpu_threads=1, data_dir="unused"
    )


@pytest.fixture
def make_engine(
    legacy_settings: Settings, catalogue: Mapping[str, Style]
) -> Iterator[Callable[..., LegacySdxlEngine]]:
    """Engines of few steps; each is closed when the test ends."""
    made: list[LegacySdxlEngine] = []

    def make(root: Path | None = None, steps: int = 2, **options: bool) -> LegacySdxlEngine:
        settings = legacy_settings
        if root is not None:
            settings = settings.model_copy(update={"legacy_checkpoints": str(root)})
        made.append(LegacySdxlEngine(settings, catalogue, num_inference_steps=steps, **options))
        return made[-1]

    yield make
    for engine in made:
        engine.close()


@pytest.fixture
def shot_of(catalogue: Mapping[str, Style]) -> Callable[..., Shot]:
    def make(prompt: str = "pink cake", style: str = "realistic", seed: int = 7) -> Shot:
        return Shot(prompt, 64, 64, seed, catalogue[style], 0.0)

    return make
