"""Spaces entry: `STUDIO` is the one engine of this process, `demo` the page on it."""

import contextlib
import logging
import signal
import sys
import threading

from zit_engine.errors import ZitError
from zit_engine.host import Host, detect_host
from zit_engine.logs import configure_logging
from zit_engine.messages import explain_both
from zit_engine.settings import load_settings
from zit_engine.studio import get_studio
from zit_engine.web.build import build
from zit_engine.web.theme import launch_options

configure_logging()
try:
    STUDIO = get_studio(load_settings())
except ZitError as error:
    sys.exit(explain_both(error))
demo = build(STUDIO)


def serve() -> None:
    """Warm the model up in the background and serve the page until told to stop."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if detect_host() is not Host.ZERO_GPU:  # there the engine loads at import
        threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()
    try:
        with contextlib.suppress(KeyboardInterrupt):
            demo.launch(**launch_options(STUDIO))
    except OSError as error:
        options = launch_options(STUDIO)
        failure = ZitError(
            "error.port_taken", host=options["server_name"], port=options["server_port"]
        )
        sys.exit(f"{explain_both(failure)} ({error.__class__.__name__})")
    finally:
        STUDIO.close()


def _warm_up() -> None:
    try:
        STUDIO.tidy()
        STUDIO.warm_up()
    except ZitError as error:
        logging.getLogger(__name__).error("%s", error)


if __name__ == "__main__":
    serve()
