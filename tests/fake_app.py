"""app.py on the fake engine: a real server process without a model. ZIT_FAKE_STEP_S: seconds a
step of a picture takes."""

import os

from tests.fake_engine import FakeEngine
from zit_engine import assembly
from zit_engine.settings import ROOT, load_settings
from zit_engine.store.files import Files
from zit_engine.store.history import History
from zit_engine.studio import Studio
from zit_engine.styles.catalogue import load_catalogue

settings = load_settings()
assembly._studio = Studio(
    settings,
    FakeEngine(seconds_a_step=float(os.environ.get("ZIT_FAKE_STEP_S", "0"))),
    load_catalogue(ROOT / "style_loras"),
    Files(settings.data_dir),
    History(settings.data_dir / "history.sqlite3"),
)

import app  # noqa: E402 - takes the studio prepared above

app.serve()
