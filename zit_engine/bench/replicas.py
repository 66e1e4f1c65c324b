"""Do two replicas paint twice as much as one, and four four times as much?

Comes in: counts of replicas. Goes out: pictures a second of each count through the queue, as shares
of what so many times one replica would paint. The engine is one that only waits, so that the
figure is what crossing the processes costs, on a machine with fewer cores than replicas too.
"""

import tempfile
import time
from pathlib import Path
from typing import Any

from PIL import Image

from zit_engine.engine.base import IsCancelled, ModelFacts, OnProgress, OnStep, Shot
from zit_engine.engine.health import Health
from zit_engine.engine.remote import RemoteEngine, prepare_ray
from zit_engine.errors import Cancelled
from zit_engine.jobs.job import Job
from zit_engine.jobs.job_queue import JobQueue
from zit_engine.settings import ROOT, load_settings
from zit_engine.styles.catalogue import load_catalogue

STEPS, SIDE = 8, 1024
LONGEST_START_S = 120.0


class WaitingEngine:
    """An ImageEngine whose pictures take a set time and no processor."""

    places, is_ready = 1, True

    def __init__(self, seconds: float):
        self._step_s = seconds / STEPS
        self._picture = Image.effect_noise((SIDE, SIDE), 50).convert("RGB")
        self.health = Health()
        self.facts = ModelFacts(
            "pocket", "Waiting", "", "", "cpu", "float32", "", SIDE * SIDE, 1.5, STEPS, 512
        )

    def warm_up(self, on_progress: OnProgress) -> None:
        self.health.set_ready(True)

    def count_tokens(self, model_prompt: str) -> int:
        return len(model_prompt)

    def paint(self, shot: Shot, on_step: OnStep, cancelled: IsCancelled) -> Image.Image:
        due = time.monotonic()
        for step in range(1, STEPS + 1):
            due += self._step_s
            time.sleep(max(0.0, due - time.monotonic()))
            on_step(step, STEPS)
            if step < STEPS and cancelled():
                raise Cancelled()
        return self._picture

    def style_layers(self) -> dict[str, tuple[int, int]]:
        return {}

    def close(self) -> None:
        """Nothing to free."""


def make_waiting_engine(told: dict[str, Any]) -> WaitingEngine:
    """For the replica's process; a picture takes as many seconds as a step may be silent."""
    return WaitingEngine(told["settings"]["step_timeout_s"])


def run(
    counts: tuple[int, ...] = (1, 2, 4), pictures: int = 6, seconds: float = 2.0
) -> dict[str, object]:
    """`pictures` for each replica, of `seconds` each. Raises SettingsError without Ray."""
    rates = {count: _rate(count, count * pictures, seconds) for count in counts}
    first = rates[counts[0]] / counts[0]
    report: dict[str, object] = {"seconds_of_a_picture": seconds, "pictures_a_replica": pictures}
    for count, rate in rates.items():
        report[f"pictures_a_second_of_{count}"] = round(rate, 4)
        report[f"efficiency_of_{count}"] = round(rate / count / first, 4)
    return report


def _rate(replicas: int, pictures: int, seconds: float) -> float:
    prepare_ray("")
    from zit_engine.engine.ray_cluster import RayCluster

    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(
            data_dir=Path(folder), replicas=replicas, ray_address="", step_timeout_s=seconds
        )
        engine = RemoteEngine(settings, RayCluster(settings, make_waiting_engine))
        try:
            engine.warm_up(lambda stage, fraction: None)
            limit = time.monotonic() + LONGEST_START_S
            while engine.places < replicas and time.monotonic() < limit:
                time.sleep(0.05)
            return pictures / _time(engine, pictures)
        finally:
            engine.close()


def _time(engine: RemoteEngine, pictures: int) -> float:
    """Seconds for so many pictures of four owners through the queue."""
    style = next(iter(load_catalogue(ROOT / "style_loras").values()))

    def paint(job: Job[Shot, Image.Image], index: int) -> Image.Image:
        return engine.paint(job.items[index], job.steps_of(index), job.is_cancelled)

    queue = JobQueue(
        paint,
        prepare=lambda: engine.warm_up(lambda stage, fraction: None),
        max_waiting=pictures,
        max_owner_waiting=pictures,
        places=lambda: engine.places,
    )
    shots = [Shot("", SIDE, SIDE, seed, style, 1.0) for seed in range(pictures)]
    jobs: list[Job[Shot, Image.Image]] = [
        Job(f"owner{n}", tuple(shots[n::4])) for n in range(4) if shots[n::4]
    ]
    started = time.monotonic()
    for job in jobs:
        queue.submit(job)
    made = sum(len(job.wait().results) for job in jobs)
    seconds = time.monotonic() - started
    queue.close()
    if made != pictures:
        raise RuntimeError(f"{made} of {pictures} pictures came")
    return seconds
