"""The real server of app.py on the stand-in engine: `python -m zit_engine.bench.load.server`.

Comes in: --seconds a picture, --fails, --settings by field name, over those of the environment.
Goes out: a served page. Nothing of the service is replaced but the engine, with --real not even
that.
"""

import argparse
import json

from zit_engine import assembly
from zit_engine.bench.load.stand_in import StandInEngine
from zit_engine.settings import ROOT, Settings, load_settings
from zit_engine.store.files import Files
from zit_engine.store.history import History
from zit_engine.studio import Studio
from zit_engine.styles.catalogue import load_catalogue


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=0.2)
    parser.add_argument("--fails", type=float, default=0.0)
    parser.add_argument("--real", action="store_true")
    parser.add_argument("--settings", type=json.loads, default={})
    asked = parser.parse_args()
    settings = load_settings(**asked.settings)
    assembly._studio = assembly.build_studio(settings) if asked.real else _stand_in(settings, asked)
    import app  # takes the studio prepared above

    app.serve()


def _stand_in(settings: Settings, asked: argparse.Namespace) -> Studio:
    folder = settings.data_dir
    return Studio(
        settings,
        StandInEngine(asked.seconds, asked.fails),
        load_catalogue(ROOT / "style_loras"),
        Files(folder, settings.least_free_mb),
        History(folder / "history.sqlite3"),
    )


if __name__ == "__main__":
    main()
