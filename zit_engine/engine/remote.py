"""One engine made of many replicas, each a whole engine in a process of its own, here or elsewhere.

Comes in: Shots, from as many threads as there are replicas. Goes out: pictures. A picture whose
replica dies is painted once more on another. Ray is imported only where replicas are asked for.
"""

import importlib.util
import os
import secrets
import tempfile
import threading
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from zit_engine.engine.base import IsCancelled, ModelFacts, OnProgress, OnStep, Shot
from zit_engine.engine.health import Health
from zit_engine.engine.health_file import HealthFile
from zit_engine.engine.replicas import Replicas, silent
from zit_engine.errors import DeviceLost, ReplicaLost, SettingsError, ZitError
from zit_engine.settings import Settings

if TYPE_CHECKING:
    from zit_engine.engine.ray_cluster import RayCluster, RayReplica

# How long the first word of a replica may take: its process and torch, not its model.
_FIRST_WORD_S = 120.0
# A socket's path has at most 107 bytes; Ray adds 64 to its folder's, we add 9.
_LONGEST_FOLDER = 107 - 64 - 9


class RemoteEngine:
    """ImageEngine over replicas. Never more than one shot a replica; who waits is served in
    order."""

    def __init__(self, settings: Settings, cluster: "RayCluster"):
        self.health = Health(HealthFile(settings.data_dir).write)
        self._replicas = Replicas(cluster, self._tell)
        self._starting, self._telling = threading.Lock(), threading.Lock()
        self._renewing, self._is_started = threading.Lock(), False
        self._on_progress: OnProgress = silent  # told of the first replica, whoever started it

    @property
    def facts(self) -> ModelFacts:
        """Waits for the process of the first replica, not for its model. May change once: see
        ZImageEngine."""
        if self._replicas.facts is None:
            told = self._anybody().facts()
            self._replicas.facts = self._replicas.facts or told
        return self._replicas.facts

    @property
    def is_ready(self) -> bool:
        return self._replicas.up > 0

    @property
    def places(self) -> int:
        return max(1, self._replicas.up)

    def warm_up(self, on_progress: OnProgress) -> None:
        """Waits for the first replica; the others follow. Raises what kept all of them from it."""
        self._on_progress = on_progress
        self._start()
        self._replicas.wait(lambda seat: seat.is_up)

    def count_tokens(self, model_prompt: str) -> int:
        return int(self._anybody().ask("count_tokens", model_prompt))

    def paint(self, shot: Shot, on_step: OnStep, cancelled: IsCancelled) -> Image.Image:
        """Also raises ReplicaLost, when a second replica died of the same picture."""
        self._start()
        lost: ZitError = ReplicaLost()
        for _ in range(2):
            try:
                with self._replicas.taken(shot.style, cancelled) as replica, self.health.painting():
                    return replica.paint(shot, on_step, cancelled)
            except (ReplicaLost, DeviceLost) as error:
                lost = error
        raise ReplicaLost(detail=lost.detail) from lost

    def style_layers(self) -> Mapping[str, tuple[int, int]]:
        layers: Mapping[str, tuple[int, int]] = self._anybody().ask("style_layers")
        return layers

    def renew(self) -> None:
        """Start every replica anew, one after another, in the background; nothing when that is
        going on."""
        threading.Thread(target=self._renew, name="renewal", daemon=True).start()

    def close(self) -> None:
        self._replicas.close()
        self.health.set_ready(False)

    def _start(self) -> None:
        with self._starting:
            if not self._is_started:
                self._replicas.start(lambda stage, done: self._on_progress(stage, done))
                self._is_started = True

    def _anybody(self) -> "RayReplica":
        """A replica for small questions, preferably one that paints already."""
        self._start()
        is_there = (lambda seat: seat.is_up) if self.is_ready else (lambda seat: seat.replica)
        replica = self._replicas.wait(is_there, _FIRST_WORD_S).replica
        if replica is None:
            raise ReplicaLost()
        return replica

    def _renew(self) -> None:
        if self._renewing.acquire(blocking=False):
            try:
                self._replicas.renew()
            finally:
                self._renewing.release()

    def _tell(self) -> None:
        with self._telling:
            self.health.record(replicas=[seat.as_dict() for seat in self._replicas.seats])
            self.health.set_ready(self.is_ready)


def build_remote(settings: Settings) -> RemoteEngine:
    """Starts nothing yet. Raises SettingsError where Ray is not installed."""
    if importlib.util.find_spec("ray") is None:
        raise SettingsError("remote.no_ray")
    prepare_ray(settings.ray_address)
    from zit_engine.engine.ray_cluster import RayCluster

    return RemoteEngine(settings, RayCluster(settings))


def prepare_ray(address: str, environment: MutableMapping[str, str] | None = None) -> None:
    """What Ray reads when it is imported. Whoever reaches a port of a Ray cluster runs code on it:
    every port wants a token, and the ports of a cluster of our own are on loopback only."""
    env = os.environ if environment is None else environment
    env["RAY_USAGE_STATS_ENABLED"] = "0"  # no outside host is contacted
    env["RAY_ENABLE_AUTO_CONNECT"] = "0"  # nothing is started after closing
    env["RAY_AUTH_MODE"] = "token"
    if not address:
        # The one switch that keeps Ray from looking for the machine's own address, on Linux too.
        env["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
        env.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))


def scratch(data_dir: Path) -> Path:
    """A folder for Ray's sockets and logs, owner-only: in the data folder, or among the system's
    temporary ones where that path would be too long for a socket."""
    inside = data_dir.resolve() / "ray"
    if len(str(inside)) > _LONGEST_FOLDER:
        return Path(tempfile.mkdtemp(prefix="zit-ray-"))
    inside.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(dir=inside))
