"""The replicas of a remote engine: which one paints next, and what becomes of those that die.

Comes in: a cluster that starts replicas. Goes out: one replica at a time to whoever asks, in the
order of asking. A free replica that already holds the style is preferred, but nobody waits for one
while another is free. It paints nothing and does not know how a replica is reached.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import structlog

from zit_engine.engine.base import IsCancelled, ModelFacts, OnProgress
from zit_engine.engine.health import State
from zit_engine.errors import Cancelled, DeviceLost, EngineError, ReplicaLost, ZitError
from zit_engine.styles.style import Style

if TYPE_CHECKING:
    from zit_engine.engine.ray_cluster import RayCluster, RayReplica

log = structlog.get_logger(__name__)

# How often somebody who waits looks whether the picture was stopped.
_LOOK_S = 0.05
# How often replicas are asked how they are, and new ones started where room has come.
CHECK_S = 3.0
# A replica that cannot start is tried again so much later, doubled each time.
PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
# Threads end as soon as their replica is closed.
_JOIN_S = 5.0
# What must be the same for the same shot to give the same pixels.
_TOLD = ("pid", "host", "rss_mb", "residency")
_SAME = ("base", "revision", "device", "dtype", "num_inference_steps")


class Stage(StrEnum):
    STARTING = "starting"
    FREE = "free"
    BUSY = "busy"
    FAILED = "failed"


class Seat:
    """A place for a replica; it outlives the replicas on it. `ending`: the present one takes no
    more pictures and goes when it is not BUSY. `told`: what it last said of itself."""

    def __init__(self) -> None:
        self.stage = Stage.STARTING
        self.replica: RayReplica | None = None
        self.error: ZitError = ReplicaLost()
        self.ending = threading.Event()
        self.styles: set[str] = set()
        self.used_at, self.starts = 0.0, 0
        self.told: dict[str, Any] = {}

    @property
    def is_up(self) -> bool:
        return self.stage in (Stage.FREE, Stage.BUSY)

    @property
    def is_free(self) -> bool:
        return self.stage is Stage.FREE and not self.ending.is_set()

    def rank(self, style: Style) -> tuple[bool, float]:
        """The higher the better: one that holds the style, then the one used last, so that a quiet
        day keeps one replica warm."""
        return style.is_base or style.id in self.styles, self.used_at

    def as_dict(self) -> dict[str, Any]:
        told = {name: self.told[name] for name in _TOLD if name in self.told}
        return told | {"stage": self.stage, "starts": self.starts, "styles": len(self.styles)}


class Replicas:
    """Safe for many threads. `on_change` is called after changes, on the thread that made them."""

    def __init__(self, cluster: "RayCluster", on_change: Callable[[], None]):
        self._cluster, self._on_change = cluster, on_change
        self._changed, self._over = threading.Condition(), threading.Event()
        self._waiting: deque[object] = deque()
        self._threads: list[threading.Thread] = []
        self.seats: list[Seat] = []
        self.facts: ModelFacts | None = None

    @property
    def up(self) -> int:
        return sum(seat.is_up for seat in self.seats)

    def start(self, on_progress: OnProgress) -> None:
        """Connect, and start replicas wherever there is room, now and later; tells the progress of
        the first. Raises SettingsError where there is no cluster that may be used."""
        self._cluster.connect()
        self._run(self._fill, on_progress)

    def wait(self, is_there: Callable[[Seat], object], timeout: float | None = None) -> Seat:
        """A seat that is as asked. Raises what keeps all replicas from starting."""
        with self._changed:
            self._changed.wait_for(lambda: any(map(is_there, self.seats)) or self._why(), timeout)
            if (seat := next(filter(is_there, self.seats), None)) is None:
                raise self._why() or ReplicaLost("remote.no_replica")
            return seat

    @contextmanager
    def taken(self, style: Style, cancelled: IsCancelled) -> Iterator["RayReplica"]:
        """The best free replica until the block ends; one that is lost in it is started anew.
        Raises Cancelled, and what keeps all replicas from starting."""
        seat, replica = self._take(style, cancelled)
        try:
            yield replica
        except (ReplicaLost, DeviceLost):
            if seat.replica is replica:
                seat.ending.set()
            raise
        finally:
            with self._changed:
                if seat.replica is replica:
                    seat.stage = Stage.STARTING if seat.ending.is_set() else Stage.FREE
                    seat.used_at = time.monotonic()
                    seat.styles.add(style.id)
                    self._changed.notify_all()

    def renew(self) -> None:
        """Start every replica anew, one after another, while the others paint. Stops at the first
        that does not come back."""
        for seat in [seat for seat in self.seats if seat.is_up]:
            starts = seat.starts
            seat.ending.set()
            with self._changed:
                while seat.starts == starts and seat.stage is not Stage.FAILED:
                    self._changed.wait()
            if seat.stage is Stage.FAILED:
                return

    def close(self) -> None:
        self._over.set()
        with self._changed:
            self._changed.notify_all()
        for seat in self.seats:
            seat.ending.set()
            if seat.replica is not None:
                seat.replica.close()
        for thread in self._threads:
            thread.join(_JOIN_S)
        self._cluster.close()

    def _take(self, style: Style, cancelled: IsCancelled) -> tuple[Seat, "RayReplica"]:
        ticket = object()
        with self._changed:
            self._waiting.append(ticket)
            try:
                while True:
                    free = [each for each in self.seats if each.is_free]
                    if free and self._waiting[0] is ticket:
                        seat = max(free, key=lambda seat: seat.rank(style))
                        assert seat.replica is not None
                        seat.stage = Stage.BUSY
                        return seat, seat.replica
                    if cancelled():
                        raise Cancelled()
                    if error := self._why():
                        raise error
                    self._changed.wait(_LOOK_S)
            finally:
                self._waiting.remove(ticket)
                self._changed.notify_all()

    def _fill(self, on_progress: OnProgress) -> None:
        """A seat for each replica there is room for. Never fewer: a machine may come back."""
        while True:
            while len(self.seats) < self._cluster.room():
                self.seats.append(Seat())
                first = len(self.seats) == 1
                self._run(self._tend, self.seats[-1], on_progress if first else silent)
            if self._over.wait(CHECK_S):
                return

    def _run(self, work: Callable[..., None], *words: object) -> None:
        self._threads.append(threading.Thread(target=work, args=words, name="replica", daemon=True))
        self._threads[-1].start()

    def _tend(self, seat: Seat, on_progress: OnProgress) -> None:
        """One replica after another on `seat`, with growing pauses while none comes up."""
        pause = PAUSE_S
        while not self._over.is_set():
            starts = seat.starts
            try:
                self._live(seat, on_progress)
            except ZitError as error:
                seat.error = error
                if not self._over.is_set():
                    log.warning("replica ended", number=self.seats.index(seat), error=str(error))
            is_back = seat.starts > starts
            self._set(seat, Stage.STARTING if is_back else Stage.FAILED)
            self._over.wait(0 if is_back else pause)
            pause = PAUSE_S if is_back else min(2 * pause, LONGEST_PAUSE_S)

    def _live(self, seat: Seat, on_progress: OnProgress) -> None:
        """One replica from its start to its end. Raises why it ended, if not by our wish."""
        seat.ending.clear()
        replica = self._cluster.start()
        try:
            seat.styles.clear()
            self._set(seat, Stage.STARTING, replica)
            facts = replica.warm_up(on_progress)
            seat.told = replica.ask("report")
            with self._changed:
                self._check_model(facts)
                self.facts, seat.starts = facts, seat.starts + 1
                self._set(seat, Stage.FREE, replica)
            while not seat.ending.wait(CHECK_S):
                seat.told = replica.ask("report")
                if seat.told["state"] == State.DEFUNCT:
                    raise DeviceLost(detail=seat.told.get("lost_because", ""))
                self._on_change()
            with self._changed:
                self._changed.wait_for(lambda: seat.stage is not Stage.BUSY or self._over.is_set())
        finally:
            self._set(seat, Stage.STARTING)
            replica.close()

    def _check_model(self, facts: ModelFacts) -> None:
        """The first one up says which model it is; others would paint other pixels."""
        for name in _SAME if self.up else ():
            found, expected = getattr(facts, name), getattr(self.facts, name)
            if found != expected:
                raise EngineError("remote.other_model", found=found, expected=expected)

    def _set(self, seat: Seat, stage: Stage, replica: "RayReplica | None" = None) -> None:
        with self._changed:
            seat.stage, seat.replica = stage, replica
            self._changed.notify_all()
        self._on_change()

    def _why(self) -> ZitError | None:
        """Why no replica is to be expected; None while one works or is being started."""
        if self._over.is_set():
            return ReplicaLost(detail="closed")
        has_failed = [seat.stage is Stage.FAILED for seat in self.seats]
        return self.seats[0].error if has_failed and all(has_failed) else None


def silent(stage: str, fraction: float) -> None:
    """Nobody watches."""
