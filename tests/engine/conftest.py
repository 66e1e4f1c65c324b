"""One loaded pocket engine for the whole folder, and adapter files made to be wrong."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from zit_engine.engine.base import Shot
from zit_engine.engine.resident import Resident
from zit_engine.engine.z_image import ZImageEngine
from zit_engine.settings import ROOT, load_settings
from zit_engine.styles.catalogue import load_catalogue
from zit_engine.styles.style import LoraFile, Style

PROMPT = "딸기 케이크, 분홍색 배경"


@pytest.fixture(scope="session", autouse=True)
def no_persons_data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Engines built without a folder, here or in child processes, leave the person's own alone."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("ZIT_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture(scope="session")
def catalogue() -> Mapping[str, Style]:
    return load_catalogue(ROOT / "style_loras")


@pytest.fixture(scope="session")
def engine(
    catalogue: Mapping[str, Style], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ZImageEngine]:
    settings = load_settings(
        data_dir=tmp_path_factory.mktemp("engine"),
        model="pocket",
        clean_every=5,
        # One thread: beside another busy process two wait for each other longer than they help.
        cpu_threads=1,
    )
    made = ZImageEngine(settings, catalogue)
    yield made
    made.close()


@pytest.fixture(scope="session")
def exact(
    catalogue: Mapping[str, Style], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ZImageEngine]:
    """Another, that paints as plain diffusers does."""
    folder = tmp_path_factory.mktemp("exact")
    made = ZImageEngine(
        load_settings(data_dir=folder, model="pocket", exact=True, cpu_threads=1), catalogue
    )
    yield made
    made.close()


@pytest.fixture(scope="session")
def resident(engine: ZImageEngine) -> Resident:
    return engine._get_resident(lambda stage, fraction: None)


@pytest.fixture
def shot(catalogue: Mapping[str, Style]) -> Callable[..., Shot]:
    """Shots of 256 px, which the pocket model was trained at too, in a quarter of the time."""

    def make(style: str | Style = "realistic", side: int = 256, seed: int = 7) -> Shot:
        chosen = catalogue[style] if isinstance(style, str) else style
        return Shot(PROMPT, side, side, seed, chosen, 1.0)

    return make


@pytest.fixture
def paint(engine: ZImageEngine) -> Callable[[Shot], Image.Image]:
    return lambda shot: engine.paint(shot, lambda done, total: None, lambda: False)


@pytest.fixture(scope="session")
def base(engine: ZImageEngine, catalogue: Mapping[str, Style]) -> bytes:
    """The pixels of the plain shot, painted once: whatever a test does, they must come again."""
    plain = Shot(PROMPT, 256, 256, 7, catalogue["realistic"], 1.0)
    return engine.paint(plain, lambda done, total: None, lambda: False).tobytes()


@pytest.fixture
def style_from(tmp_path: Path) -> Callable[..., Style]:
    """A style whose pocket adapter holds the given tensors (or is the given file)."""

    def make(tensors: dict[str, torch.Tensor] | Path, name: str = "made-up") -> Style:
        path = tensors if isinstance(tensors, Path) else tmp_path / f"{name}.safetensors"
        if not isinstance(tensors, Path):
            save_file(tensors, path)
        lora_file = LoraFile("", "", 1.0, "Apache-2.0", path=str(path))
        return Style(name, "지어낸", "Made up", "", MappingProxyType({"pocket": lora_file}))

    return make
