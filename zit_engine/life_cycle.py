"""From the first visitor to the last delivered picture: taking up, serving, draining.

Comes in: a studio, signals. Goes out: a studio with yesterday's promises in line, and one that has
kept as many as fit before the process ends. It ends no process itself.
"""

import logging
import threading
import time
from collections.abc import Callable

from zit_engine.job_log import JobLog
from zit_engine.promises import Promises
from zit_engine.studio import Studio

# Open pages ask four times a second, the API ten times: each has its picture by then.
FETCH_S = 1.5
_LOOK_EVERY_S = 0.05
_log = logging.getLogger(__name__)


class LifeCycle:
    """One studio from start to end. `clock`: seconds since 1970, for the age of promises."""

    def __init__(self, studio: Studio, clock: Callable[[], float] = time.time):
        self._studio = studio
        self._promises = Promises(studio, clock)
        studio.watchers.add(JobLog())
        self._asked_to_stop = threading.Event()

    def take_up(self) -> int:
        """What earlier processes accepted and did not deliver goes back in line."""
        return self._promises.take_up()

    def ask_to_stop(self) -> bool:
        """True the first time: drain then. Safe in a signal handler."""
        is_first = not self._asked_to_stop.is_set()
        self._asked_to_stop.set()
        return is_first

    def drain(self, limit_s: float) -> bool:
        """Refuse what is new, deliver what was accepted as far as it fits in `limit_s` seconds; the
        rest stays written down for the next process. Returns True when nothing is left; the engine
        is closed then.

        A picture that would not be done in time is not begun. One that takes longer than others did
        is left at the limit, and painted anew by the next process.
        """
        ends = time.monotonic() + limit_s
        queue = self._studio.queue
        queue.refuse("life.draining")
        had_work = not queue.is_idle()
        _log.info("draining, %d pictures waiting", queue.waiting())
        while not queue.is_resting() and (left := ends - FETCH_S - time.monotonic()) > 0:
            next_s = queue.next_s()
            if next_s is not None and next_s > left:
                queue.hold()
            time.sleep(_LOOK_EVERY_S)
        queue.hold()
        is_empty = queue.is_idle()
        _log.info("drained, %s", "nothing left" if is_empty else f"{queue.waiting()} kept")
        # Beside the last visits: an engine that paints on past the limit closes never.
        closing = threading.Thread(target=self._studio.engine.close, daemon=True)
        closing.start()
        if had_work:
            time.sleep(max(0.0, min(FETCH_S, ends - time.monotonic())))
        closing.join(max(0.0, ends - time.monotonic()))
        self._promises.catch_up()
        return is_empty
