"""app.py with the fake engine as a process of its own, and what it wrote to its log."""

import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.web_browser.conftest import free_port
from zit_engine.settings import ROOT

_START_S = 90


@dataclass(frozen=True)
class Server:
    url: str
    folder: Path
    process: "subprocess.Popen[str]"

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")


@contextlib.contextmanager
def running(folder: Path, **env: str) -> Iterator[Server]:
    """A server on a free port, its data in `folder`/data; `env` on top of this process's."""
    port = free_port()
    all_env = {
        **os.environ,
        "ZIT_DATA_DIR": str(folder / "data"),
        "ZIT_PORT": str(port),
        "PYTHONPATH": str(ROOT),
        **env,
    }
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "tests/fake_app.py"],
            cwd=ROOT,
            env=all_env,
            stdout=log,
            stderr=log,
            text=True,
        )
    server = Server(f"http://127.0.0.1:{port}", folder, process)
    try:
        _wait_until_ready(server)
        yield server
    finally:
        process.kill()
        process.wait()


def _wait_until_ready(server: Server) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        assert server.process.poll() is None, server.log
        with contextlib.suppress(OSError):
            with urllib.request.urlopen(f"{server.url}/healthz", timeout=2) as answer:
                if json.load(answer)["state"] == "ready":
                    return
        time.sleep(0.2)
    raise AssertionError(server.log)
