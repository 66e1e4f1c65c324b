"""States, the chain of arrangements, the look-out for a hung step, the file `doctor` reads."""

import threading
import time

import pytest

from zit_engine.engine.health import Health, State, Watchdog
from zit_engine.engine.health_file import NAME, HealthFile


def test_states_in_a_life():
    health = Health()
    assert health.state is State.STARTING
    health.set_ready(True)
    assert health.state is State.READY
    with health.painting():
        assert health.state is State.BUSY
    assert health.state is State.READY
    health.lose("CUDA error: an illegal memory access was encountered")
    health.lose("another")
    assert health.state is State.DEFUNCT
    assert "illegal" in health.lost_because
    health.set_ready(True)
    assert health.state is State.DEFUNCT


def test_the_chain_is_kept_in_order_with_the_present_arrangement():
    health = Health()
    health.link("full", "passed over", "needs 23.5 GiB")
    health.link("tiled", "taken")
    health.link("tiled", "out of memory", "CUDA out of memory")
    told = health.as_dict()
    assert [(c["residency"], c["event"]) for c in told["chain"]] == [
        ("full", "passed over"),
        ("tiled", "taken"),
        ("tiled", "out of memory"),
    ]
    assert told["residency"] == "tiled"
    assert told["chain"][0]["reason"] == "needs 23.5 GiB"


def test_listeners_hear_every_change():
    heard = []
    health = Health(heard.append)
    health.set_ready(True)
    health.record(clean_ups=3)
    health.lose("gone")
    assert [h["state"] for h in heard] == ["ready", "ready", "defunct"]
    assert heard[-1]["clean_ups"] == 3 and heard[-1]["lost_because"] == "gone"


def test_a_silent_paint_is_told_once():
    hung = threading.Event()
    watchdog = Watchdog(0.1, lambda seconds: hung.set())
    with watchdog.watching():
        assert hung.wait(5)


def test_signs_of_life_keep_it_quiet():
    hung = []
    watchdog = Watchdog(0.6, hung.append)
    with watchdog.watching():
        for _ in range(12):
            time.sleep(0.1)
            watchdog.beat()
    assert hung == []


def test_slow_steps_raise_the_limit():
    hung = []
    watchdog = Watchdog(0.05, hung.append)
    with watchdog.watching():
        watchdog._steps.extend([1.0] * 8)  # this machine takes a second a step
        time.sleep(0.5)
    assert hung == []


def test_nothing_is_watched_between_paints_or_when_switched_off():
    hung = []
    for watchdog in (Watchdog(0.05, hung.append), Watchdog(0.0, hung.append)):
        with watchdog.watching():
            pass
        time.sleep(0.2)
    with Watchdog(0.0, hung.append).watching():
        time.sleep(0.2)
    assert hung == []


def test_the_file_is_whole_and_for_its_owner(tmp_path):
    file = HealthFile(tmp_path / "data")
    assert file.read() is None
    health = Health(file.write)
    health.link("full", "taken")
    read = file.read()
    assert read["residency"] == "full" and read["pid"] > 0
    path = tmp_path / "data" / NAME
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == [NAME]


@pytest.mark.parametrize("text", ["", "[1]", "{", "\udc00"])
def test_an_unreadable_file_is_none(text, tmp_path):
    (tmp_path / NAME).write_bytes(text.encode("utf-8", "surrogatepass"))
    assert HealthFile(tmp_path).read() is None


def test_a_folder_that_cannot_be_written_does_not_stop_the_work(tmp_path):
    (tmp_path / "data").write_text("a file where a folder should be")
    Health(HealthFile(tmp_path / "data").write).set_ready(True)
