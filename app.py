"""Spaces entry: `STUDIO` is the one studio of this process, `demo` the page on it."""

import contextlib
import logging
import os
import signal
import sys
import threading
import time
from typing import NoReturn

from zit_engine.assembly import get_studio
from zit_engine.compare.grids import Grids
from zit_engine.compare.upkeep import prove_when_idle
from zit_engine.engine.health import EXIT_DEFUNCT, State
from zit_engine.engine.remote import RemoteEngine
from zit_engine.errors import ZitError
from zit_engine.host import Host, detect_host
from zit_engine.life_cycle import LifeCycle
from zit_engine.logs import configure_logging
from zit_engine.messages import explain_both
from zit_engine.settings import load_settings
from zit_engine.store.steady_clock import SteadyClock
from zit_engine.web.build import build
from zit_engine.web.theme import launch_options

# Expired pictures may stay an hour too long; the disk is not read for nothing all day.
TIDY_EVERY_S = 3600
# Open pages ask every second or two; in five each has told its person what happened.
LAST_WORDS_S = 5.0
# What a shell reports of a process that SIGTERM ended.
EXIT_AT_ONCE = 128 + signal.SIGTERM

configure_logging()
try:
    STUDIO = get_studio(load_settings())
    if detect_host() is Host.ZERO_GPU:
        # Workers there are forked from this process and must find the model in it.
        STUDIO.warm_up()
    demo = build(STUDIO)
except ZitError as error:
    sys.exit(explain_both(error))


def serve() -> None:
    """Load the model in the background and serve the page until told to stop."""
    clock = SteadyClock(STUDIO.settings.data_dir / "clock.json")
    life = LifeCycle(STUDIO, clock.now)
    signal.signal(signal.SIGTERM, lambda *_: _stop(life))
    if isinstance(STUDIO.engine, RemoteEngine):
        renew = STUDIO.engine.renew
        signal.signal(signal.SIGHUP, lambda *_: renew())
    life.take_up()
    threading.Thread(target=_keep_house, args=(clock,), name="upkeep", daemon=True).start()
    threading.Thread(target=_end_when_lost, name="supervision", daemon=True).start()
    options = launch_options(STUDIO)
    code = 0
    try:
        with contextlib.suppress(KeyboardInterrupt, SystemExit):
            demo.launch(**options)
    except OSError as error:
        place = {"host": options["server_name"], "port": options["server_port"]}
        refusal = ZitError("error.port_taken", **place)
        sys.stderr.write(f"{explain_both(refusal)} ({type(error).__name__})\n")
        code = 1
    finally:
        STUDIO.close()
    _leave(code)


def _stop(life: LifeCycle) -> None:
    """The first SIGTERM lets pictures be delivered, the second does not; files are whole always."""
    if not life.ask_to_stop():
        os._exit(EXIT_AT_ONCE)
    threading.Thread(target=_drain, args=(life,), name="drain", daemon=True).start()


def _drain(life: LifeCycle) -> None:
    life.drain(STUDIO.settings.drain_s)
    _leave(0)


def _leave(code: int) -> NoReturn:
    """End now, everything being closed. The interpreter's own way out ends threads wherever they
    are, and one that is inside the model's C++ code then aborts the whole process."""
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):  # a full disk is no reason to stay
            stream.flush()
    os._exit(code)


def _keep_house(clock: SteadyClock) -> None:
    """Warm up, then clear what is out of date, for as long as the process lives."""
    log = logging.getLogger("app")
    try:
        STUDIO.warm_up()
        if STUDIO.settings.self_test:
            threading.Thread(target=prove_when_idle, args=(STUDIO,), daemon=True).start()
    except ZitError as failure:
        log.error("%s", failure)
    while True:
        try:
            now = clock.now()
            STUDIO.tidy(now)
            Grids(STUDIO.settings.data_dir).expire(STUDIO.settings.keep_days, now)
        except Exception:
            # Whatever it was, pictures must still be deleted on time an hour later.
            log.exception("clearing up failed")
        time.sleep(TIDY_EVERY_S)


def _end_when_lost() -> None:
    """When the card is lost or a step hangs, tell everybody and end with a code that asks the
    supervisor for a new process. Nothing gentler ends a thread inside a driver."""
    while STUDIO.engine.health.state is not State.DEFUNCT:
        time.sleep(1.0)
    STUDIO.give_up()
    log = logging.getLogger("app")
    log.critical("engine lost: %s; exit %d", STUDIO.engine.health.lost_because, EXIT_DEFUNCT)
    time.sleep(LAST_WORDS_S)
    os._exit(EXIT_DEFUNCT)


if __name__ == "__main__":
    serve()
