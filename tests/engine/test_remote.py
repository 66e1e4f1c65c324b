"""The studio on replicas, and the server that knows nothing of Ray. Without Ray."""

import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.engine.fake_cluster import FakeCluster
from tests.engine.test_replicas import LIMIT_S, until
from tests.fake_engine import FakeEngine
from tests.test_studio import ask
from zit_engine import assembly
from zit_engine.engine import replicas as module
from zit_engine.engine.remote import RemoteEngine, build_remote, prepare_ray, scratch
from zit_engine.errors import SettingsError
from zit_engine.jobs.job import JobState
from zit_engine.messages import explain
from zit_engine.settings import ROOT, load_settings


@pytest.fixture
def remote(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "CHECK_S", 0.02)
    monkeypatch.setattr(module, "PAUSE_S", 0.02)
    made = []

    def make(cluster) -> RemoteEngine:
        made.append(RemoteEngine(load_settings(data_dir=tmp_path, model="pocket"), cluster))
        return made[-1]

    yield make
    for engine in made:
        engine.close()


def test_the_queue_keeps_every_replica_busy_and_never_more(make_studio, remote):
    cluster = FakeCluster(3, lambda number: FakeEngine(0.002))
    studio = make_studio(remote(cluster))
    studio.warm_up()
    until(lambda: studio.engine.places == 3)
    jobs = [studio.submit(ask(owner, count=4), owner) for owner in "abcde"]
    assert all(job.wait(LIMIT_S).state is JobState.DONE for job in jobs)
    assert sum(engine.finished for engine in cluster.engines) == 20
    assert all(engine.most_at_once == 1 and engine.finished for engine in cluster.engines)
    assert all(len(studio.history.list(owner, 9)) == 4 for owner in "abcde")


def test_replicas_dying_all_the_time_lose_no_job(make_studio, remote):
    """Each replica dies at its 13th step, and so do those started in its place; no picture meets
    two deaths."""
    cluster, killed = FakeCluster(3), set()

    def make(number):
        steps = []

        def die(shot, step):
            steps.append(step)
            mine = shot.model_prompt, shot.seed
            if len(steps) >= 13 and mine not in killed:
                killed.add(mine)
                cluster.started[number].die()

        return FakeEngine(0.001, at_step=die)

    cluster._make = make
    studio = make_studio(remote(cluster))
    jobs = [studio.submit(ask(owner, count=4), owner) for owner in "abcde"]
    seen = [job.wait(LIMIT_S) for job in jobs]
    assert [each.state for each in seen] == [JobState.DONE] * 5
    assert sum(len(each.results) for each in seen) == 20
    assert len(cluster.started) > 6


def test_stopped_within_a_step_and_the_replica_goes_on(make_studio, remote):
    cluster = FakeCluster(2, lambda number: FakeEngine(0.02))
    studio = make_studio(remote(cluster))
    studio.warm_up()
    until(lambda: studio.engine.places == 2)
    job = studio.submit(ask("a"), "a")
    until(lambda: job.snapshot().step >= 2)
    studio.cancel(job.id, "a")
    assert job.wait(LIMIT_S).state is JobState.CANCELLED
    assert sum(engine.steps_painted for engine in cluster.engines) < 8
    assert studio.submit(ask("b"), "b").wait(LIMIT_S).state is JobState.DONE
    assert len(cluster.started) == 2


def test_without_replicas_nothing_of_ray_is_imported():
    code = (
        "import sys, app, zit_engine.engine.remote, zit_engine.engine.replicas;"
        "app.STUDIO.engine.facts;"
        "sys.exit([name for name in sys.modules if name.split('.')[0] == 'ray'] or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("more", [{"replicas": 2}, {"ray_address": "10.0.0.5:6379"}])
def test_without_ray_installed_the_error_names_the_extra(settings, monkeypatch, more):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "ray" else find(name)
    )
    with pytest.raises(SettingsError) as refused:
        build_remote(settings.model_copy(update=more))
    for lang in ("ko", "en"):
        assert 'pip install "ray==2.60.0"' in explain(refused.value, lang)
        assert "ZIT_REPLICAS" in explain(refused.value, lang)


def test_the_extra_pins_what_the_error_names():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert 'ray = ["ray==2.60.0"]' in text


@pytest.mark.parametrize("more", [{"replicas": 2}, {"ray_address": "10.0.0.5:6379"}])
def test_the_archived_engine_and_zero_gpu_have_no_replicas(settings, monkeypatch, more):
    asked = settings.model_copy(update={"engine": "legacy-sdxl", **more})
    with pytest.raises(SettingsError) as refused:
        assembly._build_engine(asked, {})
    assert refused.value.message_id == "remote.single"
    monkeypatch.setenv("SPACES_ZERO_GPU", "1")
    with pytest.raises(SettingsError):
        assembly._build_engine(settings.model_copy(update=more), {})


@pytest.mark.parametrize(
    ("name", "value"),
    [("ZIT_REPLICAS", "-1"), ("ZIT_REPLICAS", "two"), ("ZIT_REPLICA_GPUS", "0")]
    + [("ZIT_REPLICA_GPUS", value) for value in ("1.5", "nan", "half")],
)
def test_settings_that_cannot_be_meant_are_refused(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError):
        load_settings()


def test_every_port_wants_a_token_and_those_of_our_own_cluster_are_on_loopback():
    own: dict[str, str] = {}
    prepare_ray("", own)
    assert own["RAY_AUTH_MODE"] == "token" and len(own["RAY_AUTH_TOKEN"]) == 64
    assert own["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] == "0"
    assert own["RAY_USAGE_STATS_ENABLED"] == "0"
    joined = {"RAY_AUTH_MODE": "disabled"}
    prepare_ray("10.0.0.5:6379", joined)
    assert joined["RAY_AUTH_MODE"] == "token" and "RAY_AUTH_TOKEN" not in joined
    assert "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER" not in joined


def test_sockets_lie_in_the_data_folder_where_their_path_is_short_enough(tmp_path):
    with tempfile.TemporaryDirectory(prefix="z") as short:
        inside = scratch(Path(short))
        assert inside.parent == Path(short) / "ray" and inside.stat().st_mode & 0o777 == 0o700
        assert (Path(short) / "ray").stat().st_mode & 0o777 == 0o700
    long = tmp_path / ("folder" * 12)
    outside = scratch(long)
    assert not outside.is_relative_to(long) and outside.stat().st_mode & 0o777 == 0o700
    assert len(str(outside)) + 64 <= 107
    outside.rmdir()
