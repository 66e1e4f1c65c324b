"""The service in numbers for Prometheus: line, waits, painting, stages, failures, memory.

Comes in: moments of jobs, a studio to ask. Goes out: the text a scraper reads. No prompt, owner or
file name is in it: labels are error kinds, message ids and stages, all from the code.
"""

import contextlib
import time
from collections.abc import Callable
from threading import Lock

import psutil
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from zit_engine.engine.health import State
from zit_engine.errors import SaveFailed, ZitError
from zit_engine.jobs.watching import AnyJob, Watcher
from zit_engine.studio import DRAINING, Studio

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
# From a picture of the embedded model on a fast machine to one in a long line.
_SECONDS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500)
_STAGES = (0.001, 0.005, 0.02, 0.1, 0.5, 1, 2, 5, 10, 20, 50)


class Meters(Watcher):
    """Counts from when it was made; add it to the studio's watchers."""

    def __init__(self, studio: Studio):
        self._studio = studio
        self._registry = CollectorRegistry()
        self._since: dict[str, float] = {}
        self._lock = Lock()
        self._last_style: str | None = None
        self._count()
        self._gauge()

    def text(self) -> bytes:
        """Everything as the text exposition format, of CONTENT_TYPE."""
        now = self._studio.state
        for state in (*State, DRAINING):
            self._state.labels(str(state)).set(now == state)
        return generate_latest(self._registry)

    def accepted(self, job: AnyJob) -> None:
        self._jobs.labels(job.kind).inc()
        with self._lock:
            self._since[job.id] = time.monotonic()

    def begun(self, job: AnyJob, index: int) -> None:
        with self._lock:
            since = self._since.pop(job.id, None)
        if since is not None:
            self._wait.observe(time.monotonic() - since)
        style = job.items[index].shot.style.id
        if self._last_style not in (None, style):
            self._switches.inc()
        self._last_style = style

    def settled(self, job: AnyJob, index: int, outcome: object, seconds: float) -> None:
        if isinstance(outcome, ZitError):
            self._failures.labels(type(outcome).__name__).inc()
        else:
            self._paint.observe(seconds)

    def over(self, job: AnyJob) -> None:
        with self._lock:
            self._since.pop(job.id, None)

    dropped = over

    def refused(self, error: ZitError) -> None:
        self._refused.labels(error.message_id).inc()

    def stage(self, name: str, seconds: float) -> None:
        self._stages.labels(name).observe(seconds)

    def _count(self) -> None:
        home = self._registry
        self._jobs = Counter("zit_jobs_accepted", "Jobs let in.", ["kind"], registry=home)
        self._wait = _times("zit_wait_seconds", "From the press to the first picture.", home)
        self._paint = _times("zit_paint_seconds", "One picture, from its turn to its row.", home)
        self._stages = Histogram(
            "zit_stage_seconds", "Part of a picture.", ["stage"], buckets=_STAGES, registry=home
        )
        self._switches = Counter("zit_style_switches", "Changes of style.", registry=home)
        self._failures = Counter("zit_failures", "Pictures that failed.", ["kind"], registry=home)
        self._refused = Counter("zit_refused", "People turned away.", ["reason"], registry=home)

    def _gauge(self) -> None:
        home, studio = self._registry, self._studio
        self._state = Gauge("zit_state", "1 for the present state.", ["state"], registry=home)
        facts = studio.engine.facts
        names = ["model", "revision", "device"]
        about = Gauge("zit_model_info", "What paints.", names, registry=home)
        about.labels(facts.title, facts.revision, facts.device).set(1)
        asked: dict[str, tuple[str, Callable[[], float]]] = {
            "zit_queue_pictures": ("Pictures in line.", studio.queue.waiting),
            "zit_disk_free_bytes": ("Free where pictures are kept.", self._disk_free),
            "zit_process_rss_bytes": ("Host memory of this process.", rss_bytes),
            "zit_gpu_reserved_bytes": ("Card memory of this process.", self._gpu_bytes),
        }
        for name, (meaning, ask) in asked.items():
            Gauge(name, meaning, registry=home).set_function(ask)

    def _disk_free(self) -> float:
        with contextlib.suppress(SaveFailed):
            return float(self._studio.files.free_bytes())
        return float("nan")

    def _gpu_bytes(self) -> float:
        if self._studio.engine.facts.device != "cuda":
            return 0.0
        # Here: importing torch takes seconds, and a process without a card never needs it.
        from zit_engine.engine.memory import memory_report

        return memory_report().get("gpu_ours_gib", 0.0) * 2**30


def rss_bytes() -> float:
    """Host memory of this process."""
    return float(psutil.Process().memory_info().rss)


def _times(name: str, meaning: str, home: CollectorRegistry) -> Histogram:
    return Histogram(name, meaning, buckets=_SECONDS, registry=home)
