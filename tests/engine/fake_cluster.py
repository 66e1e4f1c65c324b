"""Replicas without Ray: fake engines in this process that can die, hang and refuse to start."""

import threading

from tests.fake_engine import FakeEngine
from zit_engine.errors import ReplicaLost


class FakeReplica:
    """A FakeEngine behind a replica's methods. `die()` is kill -9."""

    def __init__(self, engine: FakeEngine, fails: Exception | None, gate: threading.Event | None):
        self.engine, self._fails, self._gate = engine, fails, gate
        self.dead = threading.Event()
        self.is_hung = False
        self.defunct = ""

    def warm_up(self, on_progress):
        if self._gate is not None:
            while not self._gate.wait(0.01):
                self._alive()
        if self._fails:
            raise self._fails
        self.engine.warm_up(on_progress)
        return self.facts()

    def facts(self):
        self._alive()
        return self.engine.facts

    def paint(self, shot, on_step, cancelled):
        def step(done, total):
            self._alive()
            on_step(done, total)
            self._alive()

        return self.engine.paint(shot, step, cancelled)

    def ask(self, what, *words):
        self._alive()
        if what == "report":
            if self.is_hung:
                raise ReplicaLost(detail="no answer")
            state = {"state": "defunct", "lost_because": "card"} if self.defunct else {}
            return {"state": "ready", "pid": id(self) % 99999, **state}
        return getattr(self.engine, what)(*words)

    def die(self):
        self.dead.set()

    close = die

    def _alive(self):
        if self.dead.is_set():
            raise ReplicaLost(detail="died")


class FakeCluster:
    """`make(number)` gives the engine of start `number`; `fails(number)` what its start raises;
    `gates[number]` holds a start back."""

    def __init__(self, count, make=lambda number: FakeEngine(), fails=lambda number: None):
        self.count, self._make, self._fails = count, make, fails
        self.gates: dict[int, threading.Event] = {}
        self.started: list[FakeReplica] = []
        self.is_closed = False
        self._lock = threading.Lock()

    def connect(self):
        """Always there."""

    def room(self):
        return self.count

    def start(self):
        with self._lock:
            number = len(self.started)
            replica = FakeReplica(self._make(number), self._fails(number), self.gates.get(number))
            self.started.append(replica)
        return replica

    def close(self):
        self.is_closed = True

    @property
    def engines(self):
        return [replica.engine for replica in self.started]
