"""The server's own duties: a lost engine ends the process, with a code and with a word."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from zit_engine.engine.health import EXIT_DEFUNCT
from zit_engine.settings import ROOT


@pytest.fixture
def port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run(script: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, script],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_lost_engine_tells_everybody_and_ends_with_its_code(tmp_path: Path, port: int) -> None:
    env = os.environ | {"ZIT_PORT": str(port), "ZIT_MODEL": "pocket", "PYTHONPATH": str(ROOT)}
    done = run("tests/lost_engine_app.py", env)
    assert done.returncode == EXIT_DEFUNCT, done.stderr
    told = done.stdout.splitlines()
    assert sum(line.startswith("DeviceLost 그림 그리는 장치가 멈춰서") for line in told) == 2
    assert "refused DeviceLost" in told
    assert f"exit {EXIT_DEFUNCT}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("what", ["nowhere", "empty", "nested", "cut"])
def test_a_model_that_cannot_be_used_is_told_at_the_start(tmp_path: Path, what: str) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    model = folder / "gone" if what == "nowhere" else folder
    if what == "nested":
        (folder / "Z-Image-Turbo" / "transformer").mkdir(parents=True)
    elif what == "cut":
        for part in ("transformer", "text_encoder", "vae"):
            (folder / part).mkdir()
            (folder / part / "model.safetensors").write_bytes(b"cut")
    env = os.environ | {"ZIT_MODEL": str(model), "ZIT_DATA_DIR": str(tmp_path / "data")}
    done = run("app.py", env)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert str(model) in done.stderr and "ZIT_MODEL" in done.stderr or what == "cut"
    last = done.stderr.strip().splitlines()[-2:]
    assert any("요." in line for line in last) and any("lease" in line for line in last)
