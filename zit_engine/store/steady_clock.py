"""Which moment it is when ages are judged: the wall clock, unless that jumped.

Comes in: two clocks, a small file. Goes out: seconds since 1970. Deleting is the one thing a wrong
clock does for good: a year ahead, every picture is too old. So a jump forward of more than a day is
believed only when the clock has stood by it for a day of running; until then time goes on from
where it was. Set back, it is believed at once: that deletes nothing early.
"""

import contextlib
import json
import logging
import os
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path

from zit_engine.store.disk import FILE_MODE

DAY_S = 86400.0
# The file is for the next process; so much of the waiting may be lost with this one.
_WRITE_EVERY_S = 60.0
_log = logging.getLogger(__name__)


def running_s() -> float:
    """Seconds the machine has been on, sleep included where the system tells."""
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime(clock)


class SteadyClock:
    """`path`: where the moment is kept between processes. `wall` and `running` are for tests."""

    def __init__(
        self,
        path: Path,
        wall: Callable[[], float] = time.time,
        running: Callable[[], float] = running_s,
    ):
        self._path = path
        self._wall, self._running = wall, running
        self._lock = threading.Lock()
        self._last_running = running()
        self._last_written: float | None = None
        self._trusted, self._doubted_s = self._read()

    def now(self) -> float:
        """Seconds since 1970, by the wall clock while it can be believed."""
        with self._lock:
            wall, running = self._wall(), self._running()
            passed = max(0.0, running - self._last_running)
            self._last_running = running
            expected = wall if self._trusted is None else self._trusted + passed
            if wall <= expected + DAY_S:
                self._trusted, self._doubted_s = wall, 0.0
            else:
                self._doubt(wall, expected, passed)
            self._write(running)
            return self._trusted or wall

    def _doubt(self, wall: float, expected: float, passed: float) -> None:
        if not self._doubted_s:
            _log.warning("the clock is %.1f days ahead", (wall - expected) / DAY_S)
        self._doubted_s += passed
        is_believed = self._doubted_s >= DAY_S
        self._trusted = wall if is_believed else expected
        if is_believed:
            self._doubted_s = 0.0

    def _read(self) -> tuple[float | None, float]:
        try:
            kept = json.loads(self._path.read_text(encoding="ascii"))
            return float(kept["trusted"]), float(kept["doubted_s"])
        except (OSError, ValueError, TypeError, KeyError):
            return None, 0.0  # the first start, or a file somebody damaged

    def _write(self, running: float) -> None:
        if self._last_written is not None and running - self._last_written < _WRITE_EVERY_S:
            return
        part = self._path.with_name(f".{self._path.name}.{secrets.token_hex(4)}.part")
        try:
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                json.dump({"trusted": self._trusted, "doubted_s": self._doubted_s}, file)
            os.replace(part, self._path)
            self._last_written = running
        except OSError as error:
            _log.warning("the moment could not be kept: %s", error)
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
