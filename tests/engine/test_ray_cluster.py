"""Replicas as Ray actors. Skipped where the extra is not installed."""

import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import types
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest

from zit_engine.errors import SettingsError
from zit_engine.settings import ROOT

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason='needs the extra "ray"'
)

LIMIT_S = 300
SCRIPT = Path(__file__).with_name("ray_session.py")
HELD = ["equal", "loopback", "stopped", "retried", "renewed", "closed"]


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    own = {"PYTHONPATH": str(ROOT), "OMP_WAIT_POLICY": "PASSIVE"}
    return subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env=os.environ | own | environment,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )


def test_a_session_with_two_replicas_of_the_embedded_model():
    with tempfile.TemporaryDirectory(prefix="zit") as folder:
        done = run(str(SCRIPT), folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line for line in done.stdout.splitlines() if line in HELD] == HELD


def test_the_measurement_tells_ratios_of_one_run():
    done = run("-c", "import zit_engine.bench.replicas as b; print(b.run((1, 2), 2, 0.8))")
    assert done.returncode == 0, done.stderr
    assert "efficiency_of_2" in done.stdout


@pytest.mark.slow
def test_two_and_four_replicas_paint_twice_and_four_times_as_much():
    done = run("-m", "zit_engine", "bench", "replicas", "--json")
    report = json.loads(done.stdout)
    assert report["efficiency_of_2"] >= 0.95 and report["efficiency_of_4"] >= 0.95


def test_no_cluster_at_the_address_is_told_in_one_line(tmp_path):
    where = {"ZIT_RAY_ADDRESS": "127.0.0.1:1", "RAY_AUTH_TOKEN": "a" * 32}
    done = run("-c", "import app", HOME=str(tmp_path), **where)
    assert done.returncode == 1
    assert "127.0.0.1:1" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("url", "is_refused"), [("10.0.0.5:8265", True), ("127.0.0.1:8265", False), (None, False)]
)
def test_a_cluster_with_a_public_dashboard_is_left_again(settings, monkeypatch, url, is_refused):
    import ray

    from zit_engine.engine.ray_cluster import RayCluster

    left = []
    monkeypatch.setattr(ray, "init", lambda *_, **__: types.SimpleNamespace(dashboard_url=url))
    monkeypatch.setattr(ray, "cluster_resources", dict)
    monkeypatch.setattr(ray, "shutdown", lambda: left.append(True))
    with socket.create_server(("127.0.0.1", 0)) as door:
        address = f"127.0.0.1:{door.getsockname()[1]}"
        cluster = RayCluster(settings.model_copy(update={"ray_address": address}))
        if is_refused:
            with pytest.raises(SettingsError) as refused:
                cluster.connect()
            assert refused.value.message_id == "remote.dashboard"
        else:
            cluster.connect()
    assert bool(left) == is_refused


def test_a_server_on_replicas_ends_cleanly_and_takes_its_replicas_along(tmp_path):
    environment = os.environ | {"ZIT_REPLICAS": "1", "ZIT_MODEL": "pocket", "ZIT_PORT": "17861"}
    server = subprocess.Popen(
        [sys.executable, "app.py"], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
    )
    try:
        limit = time.monotonic() + LIMIT_S
        while time.monotonic() < limit:
            assert server.poll() is None, server.stderr.read()
            try:
                urllib.request.urlopen("http://127.0.0.1:17861/readyz", timeout=5)
                break
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        children = psutil.Process(server.pid).children(recursive=True)
        assert any("Actor" in child.name() or "ray" in child.name() for child in children)
        server.send_signal(signal.SIGTERM)
        assert server.wait(60) == 0
        gone, alive = psutil.wait_procs(children, 20)
        assert not alive
    finally:
        server.kill()
