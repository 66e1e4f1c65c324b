"""app.py on an engine that hangs in its first picture; prints what the person was told."""

import sys
import threading
import time

from tests.fake_engine import FakeEngine
from zit_engine import assembly
from zit_engine.messages import explain
from zit_engine.settings import ROOT, load_settings
from zit_engine.store.files import Files
from zit_engine.store.history import History
from zit_engine.studio import Studio
from zit_engine.styles.catalogue import load_catalogue

settings = load_settings()
engine = FakeEngine(at_step=lambda shot, step: time.sleep(600))
assembly._studio = Studio(
    settings,
    engine,
    load_catalogue(ROOT / "style_loras"),
    Files(settings.data_dir),
    History(settings.data_dir / "history.sqlite3"),
)


def visit() -> None:
    studio = assembly.get_studio()
    while not engine.is_ready:
        time.sleep(0.1)
    jobs = [studio.submit(studio.request({"prompt": "수박"}), letter * 32) for letter in "ab"]
    time.sleep(1)
    engine.health.lose("no step for 120 s")
    for job in jobs:
        for failure in job.wait(30).failures:
            print(type(failure).__name__, explain(failure, "ko"))
    try:
        studio.submit(studio.request({"prompt": "수박"}), "c" * 32)
    except Exception as error:
        print("refused", type(error).__name__)
    sys.stdout.flush()


threading.Thread(target=visit, daemon=True).start()

import app  # noqa: E402 - takes the studio prepared above

app.serve()
