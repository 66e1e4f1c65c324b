"""Run by test_ray_cluster in a process of its own: Ray reads its settings when it is imported."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import psutil

from zit_engine.engine.base import Shot
from zit_engine.engine.remote import build_remote
from zit_engine.engine.z_image import ZImageEngine
from zit_engine.errors import Cancelled, PromptTooLong
from zit_engine.settings import ROOT, load_settings
from zit_engine.styles.catalogue import load_catalogue

LIMIT_S = 120
PROMPT = "딸기 케이크, 분홍색 배경"


def until(is_so) -> None:
    limit = time.monotonic() + LIMIT_S
    while not is_so():
        assert time.monotonic() < limit, "it took too long"
        time.sleep(0.02)


def listening() -> set[str]:
    """Addresses on which this process and those it started listen."""
    me = psutil.Process()
    found = set()
    for process in (me, *me.children(recursive=True)):
        for link in process.net_connections("inet"):
            if link.status == psutil.CONN_LISTEN:
                found.add(link.laddr.ip.removeprefix("::ffff:"))
    return found


def main(folder: Path) -> None:
    settings = load_settings(data_dir=folder, model="pocket", replicas=2, cpu_threads=1)
    engine, stages = build_remote(settings), []
    catalogue = load_catalogue(ROOT / "style_loras")
    shots = [Shot(PROMPT, 128, 128, 7, catalogue[name], 1.0) for name in ("realistic", "anime")]
    engine.warm_up(lambda stage, fraction: stages.append(stage))
    until(lambda: engine.places == 2)
    # Of the first replica only, and the second may be up before it.
    assert stages, "no progress was told"
    assert engine.facts.base == "pocket"

    local = ZImageEngine(settings, catalogue)
    quiet = (lambda done, total: None, lambda: False)
    alike = [local.paint(shot, *quiet) for shot in shots]
    for shot, known in zip(shots, alike, strict=True):
        picture = engine.paint(shot, *quiet)
        assert picture.tobytes() == known.tobytes(), "other pixels from a replica"
        assert picture.info["latents"] == known.info["latents"]
    assert engine.count_tokens(PROMPT) == local.count_tokens(PROMPT)
    assert engine.style_layers() == local.style_layers()
    try:
        engine.paint(Shot("cake " * 600, 128, 128, 7, catalogue["anime"], 1.0), *quiet)
        raise AssertionError("not refused")
    except PromptTooLong as error:
        assert error.values["limit"] == 512
    print("equal")

    assert listening() <= {"127.0.0.1", "::1"}, listening()
    print("loopback")

    stop, steps = threading.Event(), []

    def on_step(done: int, total: int) -> None:
        steps.append(done)
        if done == 3:
            stop.set()

    try:
        engine.paint(shots[1], on_step, stop.is_set)
        raise AssertionError("not stopped")
    except Cancelled:
        assert steps in ([1, 2, 3], [1, 2, 3, 4]), steps
    assert engine.paint(shots[1], *quiet).tobytes() == alike[1].tobytes(), "stopping left a trace"
    print("stopped")

    for _ in range(2):
        steps.clear()

        def kill(done: int, total: int) -> None:
            steps.append(done)
            if len(steps) == 3:
                seat = next(s for s in engine._replicas.seats if s.stage == "busy")
                os.kill(seat.told["pid"], signal.SIGKILL)

        picture = engine.paint(shots[0], kill, lambda: False)
        assert picture.tobytes() == alike[0].tobytes(), "another picture after a death"
        assert steps == [1, 2, 3, 1, 2, 3, 4, 5, 6, 7, 8], steps
        until(lambda: engine.places == 2)
    print("retried")

    pids = {seat.told["pid"] for seat in engine._replicas.seats}
    engine.renew()
    made = 0
    while {seat.told.get("pid") for seat in engine._replicas.seats} & pids:
        assert engine.paint(shots[0], *quiet).tobytes() == alike[0].tobytes()
        made += 1
    until(lambda: engine.places == 2)
    assert made > 1
    print("renewed")
    print([row["rss_mb"] for row in engine.health.as_dict()["replicas"]], file=sys.stderr)

    engine.close()
    assert not [p for p in psutil.Process().children(recursive=True) if "ray" in p.name()]
    assert {path.name for path in folder.iterdir()} <= {"engine.json", "ray"}
    assert not [*(folder / "ray").glob("*")], "a folder of Ray was left"
    print("closed")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
