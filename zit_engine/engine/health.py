"""How the engine is: its state, what it fell back to, and whether a step hangs.

Comes in: signs of life and events. Goes out: a Health others read, also as plain data. It knows
nothing of models; only one process restart mends a state of DEFUNCT.
"""

import statistics
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import structlog

log = structlog.get_logger(__name__)

# What the supervisor sees when the process ends itself to be started anew (EX_TEMPFAIL).
EXIT_DEFUNCT = 75
# A step this many times longer than the middle one is not slow but stuck.
HUNG_FACTOR = 10
_KEPT_STEPS = 64
_LOOK_EVERY_S = 1.0


class State(StrEnum):
    STARTING = "starting"
    READY = "ready"
    BUSY = "busy"
    DEFUNCT = "defunct"


@dataclass(frozen=True, slots=True)
class ChainLink:
    """What happened to one arrangement of the model: "taken", "passed over" or "out of memory".
    `at`: seconds since 1970. `reason`: English, for the log."""

    at: float
    residency: str
    event: str
    reason: str


class Health:
    """Safe for many threads. `on_change` is called after every change, on the thread that made
    it, with the same data as `as_dict`."""

    def __init__(self, on_change: Callable[[dict[str, Any]], None] = lambda data: None):
        self._on_change = on_change
        self._lock = threading.Lock()
        self._is_ready = False
        self._painting = 0
        self._lost = ""
        self._facts: dict[str, Any] = {}
        self._chain: list[ChainLink] = []

    @property
    def state(self) -> State:
        with self._lock:
            if self._lost:
                return State.DEFUNCT
            if not self._is_ready:
                return State.STARTING
            return State.BUSY if self._painting else State.READY

    @property
    def chain(self) -> tuple[ChainLink, ...]:
        """Every arrangement tried so far, oldest first."""
        with self._lock:
            return tuple(self._chain)

    @property
    def lost_because(self) -> str:
        """Why the state is DEFUNCT, in English for the log; "" otherwise."""
        return self._lost

    def set_ready(self, is_ready: bool) -> None:
        with self._lock:
            self._is_ready = is_ready
        self._tell()

    def record(self, **facts: object) -> None:
        """Keep facts (residency, estimate, clean_ups …) for whoever asks how the engine is."""
        with self._lock:
            self._facts.update(facts)
        self._tell()

    def link(self, residency: str, event: str, reason: str = "") -> None:
        """Add to the chain; a residency taken becomes the present one."""
        with self._lock:
            self._chain.append(ChainLink(time.time(), residency, event, reason))
            if event == "taken":
                self._facts["residency"] = residency
        log.info("residency", residency=residency, residency_event=event, reason=reason)
        self._tell()

    def lose(self, reason: str) -> None:
        """Declare the engine DEFUNCT; the first reason stays."""
        with self._lock:
            self._lost = self._lost or reason
        self._tell()

    @contextmanager
    def painting(self) -> Iterator[None]:
        """The state is BUSY meanwhile."""
        with self._lock:
            self._painting += 1
        try:
            yield
        finally:
            with self._lock:
                self._painting -= 1

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON: state, reason when defunct, facts, the chain oldest first."""
        state = self.state
        with self._lock:
            chain = [asdict(each) for each in self._chain]
            data = {"state": str(state), **self._facts, "chain": chain}
            return data | ({"lost_because": self._lost} if self._lost else {})

    def _tell(self) -> None:
        self._on_change(self.as_dict())


class Watchdog:
    """Calls `on_hung(seconds)` once when a paint gives no sign of life for `limit_s` seconds, or
    HUNG_FACTOR times the middle step where that is longer. limit_s 0: never."""

    def __init__(self, limit_s: float, on_hung: Callable[[float], None]):
        self._limit_s, self._on_hung = limit_s, on_hung
        self._steps: deque[float] = deque(maxlen=_KEPT_STEPS)
        self._last = 0.0

    def beat(self) -> None:
        """A step ended, or something else moved on."""
        now = time.monotonic()
        self._steps.append(now - self._last)
        self._last = now

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch the block inside. The look-out is a thread of its own: a hung paint cannot."""
        if not self._limit_s:
            yield
            return
        self._last = time.monotonic()
        over = threading.Event()
        threading.Thread(target=self._look, args=(over,), name="watchdog", daemon=True).start()
        try:
            yield
        finally:
            over.set()

    def _look(self, over: threading.Event) -> None:
        while not over.wait(min(_LOOK_EVERY_S, self._limit_s / 4)):
            silent = time.monotonic() - self._last
            middle = statistics.median(self._steps) if len(self._steps) >= 8 else 0.0
            if silent > max(self._limit_s, HUNG_FACTOR * middle):
                self._on_hung(silent)
                return
