"""What many tests need: settings in a folder of their own, a studio with the fake engine."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import hypothesis
import pytest

from tests.fake_engine import FakeEngine
from zit_engine.settings import ROOT, Settings, load_settings
from zit_engine.store.files import Files
from zit_engine.store.history import History
from zit_engine.studio import Studio
from zit_engine.styles.catalogue import load_catalogue
from zit_engine.styles.style import Style

# Cases are counted, not timed: test files run side by side on few cores. The same code is asked the
# same cases, so that what is checked twice answers alike; `tests.check --full` looks for new ones.
hypothesis.settings.register_profile("same", deadline=None, derandomize=True, database=None)
hypothesis.settings.register_profile("search", deadline=None)
hypothesis.settings.load_profile("same")


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the machine's owner reaches a test, and no test their history."""
    for name in ("SPACE_ID", "SPACES_ZERO_GPU", "GRADIO_SERVER_NAME", "GRADIO_SERVER_PORT"):
        monkeypatch.delenv(name, raising=False)
    for field in Settings.model_fields:
        monkeypatch.delenv(f"ZIT_{field.upper()}", raising=False)
    monkeypatch.delenv("ZIT_STEPS", raising=False)
    monkeypatch.setenv("ZIT_DATA_DIR", str(tmp_path / "data"))
    # Started apps would paint their proof beside the tests; it has tests of its own.
    monkeypatch.setenv("ZIT_SELF_TEST", "false")


@pytest.fixture(scope="session")
def catalogue() -> Mapping[str, Style]:
    return load_catalogue(ROOT / "style_loras")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(data_dir=tmp_path / "data", model="pocket")


@pytest.fixture
def make_studio(
    settings: Settings, catalogue: Mapping[str, Style]
) -> Iterator[Callable[..., Studio]]:
    """Studios on this test's folder; each is closed when the test ends."""
    made: list[Studio] = []

    def make(engine: FakeEngine | None = None, **changes: object) -> Studio:
        changed = settings.model_copy(update=changes)
        folder = changed.data_dir
        files, history = Files(folder), History(folder / "history.sqlite3")
        studio = Studio(changed, engine or FakeEngine(), catalogue, files, history)
        made.append(studio)
        return studio

    yield make
    for studio in made:
        studio.close()
        studio.history.close()


@pytest.fixture
def studio(make_studio: Callable[..., Studio]) -> Studio:
    return make_studio()
