"""Replicas as Ray actors, on this machine alone or on the machines of a cluster.

Comes in: settings. Goes out: handles of replicas, each a process with one resident engine that is
built as the local one is. Plain data crosses (see crossing). It does not choose who paints.
"""

import contextlib
import math
import os
import shutil
import socket
from collections.abc import Callable, Generator, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil
import ray
from PIL import Image
from ray.exceptions import RayError

from zit_engine.engine import crossing
from zit_engine.engine.base import ImageEngine, IsCancelled, ModelFacts, OnProgress, OnStep, Shot
from zit_engine.engine.crossing import Fields, Item, streamed
from zit_engine.engine.health import Health
from zit_engine.engine.memory import prepare_allocator
from zit_engine.engine.remote import scratch
from zit_engine.engine.residency import GIB
from zit_engine.engine.z_image import ZImageEngine
from zit_engine.errors import ReplicaLost, SettingsError, ZitError
from zit_engine.settings import Settings, load_settings

MakeEngine = Callable[[Fields], ImageEngine]

# How often a stream is left to see whether the picture was stopped; a step takes longer.
_LOOK_S = 0.02
# A replica answers beside its painting; silent for so long, it hangs.
_ANSWER_S = 60.0
# One picture at a time crosses for each replica: 2048² as RGB is 12 MB.
_STORE_BYTES = 128 * 2**20
_QUIET = {"log_to_driver": False, "configure_logging": False, "logging_level": "error"}
# What every replica must do alike; the rest is the business of its machine.
_SHARED = {
    *("model", "model_revision", "num_inference_steps", "clean_every", "fp8", "gpu_gib"),
    *("style_gib", "step_timeout_s", "cpu_threads", "exact", "compiled"),
}


def build_engine(told: Fields) -> ImageEngine:
    """The engine of one replica, in its process."""
    prepare_allocator()
    changed, share = dict(told["settings"]), told["gpus"]
    if ray.get_runtime_context().get_node_id() == told["node_id"]:
        changed["data_dir"] = told["data_dir"]
    if not share and not changed["cpu_threads"]:
        changed["cpu_threads"] = max(1, len(os.sched_getaffinity(0)) // told["neighbours"])
    if 0 < share < 1 and not changed["gpu_gib"]:
        import torch

        changed["gpu_gib"] = share * torch.cuda.get_device_properties(0).total_memory / GIB
    engine = ZImageEngine(load_settings(**changed), {})
    engine.health = Health()  # the file in the data folder tells of the asking process
    return engine


class Actor:
    """One engine in a process of its own. `warm_up` and `paint` run one at a time; the rest answer
    beside them."""

    def __init__(self, make_engine: MakeEngine, told: Fields):
        self._engine = make_engine(told)
        self._stopped = 0

    def warm_up(self) -> Iterator[Item]:
        def work(put: Callable[[Item], None], is_stopped: IsCancelled) -> Item:
            self._engine.warm_up(lambda stage, fraction: put(("progress", stage, fraction)))
            return self.ask("facts")

        yield from streamed(work)

    def paint(self, number: int, fields: Fields) -> Iterator[Item]:
        work = crossing.painting(self._engine.paint, fields)
        yield from streamed(work, lambda: self._stopped >= number)

    @ray.method(concurrency_group="beside")
    def stop(self, number: int) -> None:
        """Stop painting number `number`; later ones go on."""
        self._stopped = max(self._stopped, number)

    @ray.method(concurrency_group="beside")
    def ask(self, what: str, *words: str) -> Item:
        """("answer", plain data) or ("error", fields)."""
        try:
            if what == "facts":
                facts = self._engine.facts
                return "answer", {**asdict(facts), "reason_values": dict(facts.reason_values)}
            if what == "report":
                mb = psutil.Process().memory_info().rss // 10**6
                ours = {"pid": os.getpid(), "host": socket.gethostname(), "rss_mb": mb}
                return "answer", {**self._engine.health.as_dict(), **ours}
            return "answer", getattr(self._engine, what)(*words)
        except ZitError as error:
            return "error", crossing.error_fields(error)


class RayReplica:
    """The handle of one actor. Every call raises ReplicaLost when its process or machine died."""

    def __init__(self, actor: Any):
        self._actor, self._number = actor, 0

    def warm_up(self, on_progress: OnProgress) -> ModelFacts:
        """Raises EngineError as loading does."""
        for kind, *rest in _items(self._actor.warm_up.remote()):
            if kind == "progress":
                on_progress(*rest)
            elif kind == "error":
                raise crossing.error_of(rest[0])
        return self.facts()

    def paint(self, shot: Shot, on_step: OnStep, cancelled: IsCancelled) -> Image.Image:
        return crossing.collected(self._painted(crossing.shot_fields(shot)), on_step, cancelled)

    def facts(self) -> ModelFacts:
        return ModelFacts(**self.ask("facts"))

    def ask(self, what: str, *words: str) -> Any:
        """facts, report (pid, host, rss_mb, its Health), count_tokens or style_layers; it comes
        while a picture is being painted, too."""
        with _as_lost():
            kind, told = ray.get(self._actor.ask.remote(what, *words), timeout=_ANSWER_S)
        if kind == "error":
            raise crossing.error_of(told)
        return told

    def close(self) -> None:
        """End its process now. Harmless twice or when it is dead."""
        with contextlib.suppress(RayError):
            ray.kill(self._actor)

    def _painted(self, fields: Fields) -> Generator[Item, None, None]:
        """Closed early, it returns when the replica has stopped: until then it is not free."""
        self._number += 1
        stream = self._actor.paint.remote(self._number, fields)
        try:
            yield from _items(stream)
        finally:
            self._actor.stop.remote(self._number)
            with contextlib.suppress(ReplicaLost):
                for _ in _items(stream):
                    pass


class RayCluster:
    """`make_engine` builds a replica's engine in its process; it must be importable there."""

    def __init__(self, settings: Settings, make_engine: MakeEngine = build_engine):
        self._settings, self._make_engine = settings, make_engine
        self._folder: Path | None = None
        self._gpus = 0.0

    def connect(self) -> None:
        """Raises SettingsError where there is no cluster, or one with a public dashboard."""
        address = self._settings.ray_address
        try:
            context = self._join(address) if address else self._start_here()
        except (RayError, RuntimeError, ValueError, OSError) as error:
            place = address or "127.0.0.1"
            raise SettingsError("remote.no_cluster", address=place, detail=repr(error)) from error
        dashboard = context.dashboard_url or "127."
        if not dashboard.startswith(("127.", "localhost:")):
            self.close()
            raise SettingsError("remote.dashboard", dashboard=dashboard)
        if ray.cluster_resources().get("GPU"):
            self._gpus = self._settings.replica_gpus

    def room(self) -> int:
        """How many replicas there should be now: as set, else as many as fit. 0: nobody knows."""
        if self._settings.replicas:
            return self._settings.replicas
        with contextlib.suppress(RayError):
            cards = [node["Resources"].get("GPU", 0.0) for node in _nodes()]
            return sum(int(n / self._gpus + 1e-6) for n in cards) if self._gpus else len(cards)
        return 0

    def start(self) -> RayReplica:
        """A replica whose process comes up as soon as there is room for it."""
        actor = ray.remote(
            num_cpus=0,  # its threads are set in build_engine, not by Ray's reckoning
            num_gpus=self._gpus,
            max_restarts=0,  # Replicas starts another, with its model
            concurrency_groups={"beside": 2},
            scheduling_strategy="SPREAD",
        )(Actor)
        with _as_lost():
            told = {
                "settings": self._settings.model_dump(include=_SHARED),
                "node_id": ray.get_runtime_context().get_node_id(),
                "data_dir": self._settings.data_dir,
                "gpus": self._gpus,
                "neighbours": math.ceil(self.room() / max(1, len(_nodes()))),
            }
            return RayReplica(actor.remote(self._make_engine, told))

    def close(self) -> None:
        ray.shutdown()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _join(self, address: str) -> Any:
        host, _, port = address.rpartition(":")
        socket.create_connection((host, int(port)), 10).close()  # Ray would try for minutes
        return ray.init(address, **_QUIET)

    def _start_here(self) -> Any:
        self._folder = scratch(self._settings.data_dir)
        return ray.init(
            include_dashboard=False,
            num_cpus=os.cpu_count(),
            object_store_memory=_STORE_BYTES,
            _temp_dir=str(self._folder),
            _system_config={"enable_metrics_collection": False},
            **_QUIET,
        )


def _nodes() -> list[dict[str, Any]]:
    return [node for node in ray.nodes() if node["Alive"]]


def _items(stream: Any) -> Iterator[Item]:
    """The items of a Ray stream as they come, and ("tick",) in between."""
    with _as_lost():
        while True:
            if not ray.wait([stream], timeout=_LOOK_S)[0]:
                yield ("tick",)
                continue
            try:
                item = ray.get(next(stream))
            except StopIteration:
                return
            yield item


@contextlib.contextmanager
def _as_lost() -> Iterator[None]:
    try:
        yield
    except RayError as error:
        raise ReplicaLost(detail=repr(error)) from error
