"""A server process of one's own: started, watched, told to end, killed.

Comes in: a data folder and settings. Goes out: a running server's address and figures. It knows
nothing of what is asked of it.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil

from zit_engine.settings import ROOT

_START_S = 120.0
_LOOK_EVERY_S = 0.1


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """`python -m zit_engine.bench.load.server` on `folder`, `settings` by their field names;
    `is_real`: with the engine of those settings instead of the stand-in."""

    def __init__(
        self,
        folder: Path,
        *,
        seconds: float = 0.2,
        fails: float = 0.0,
        is_real: bool = False,
        **settings: object,
    ):
        self.folder = folder
        self.port = free_port()
        self.log = folder.parent / f"{folder.name}.log"
        own = {"data_dir": str(folder), "port": self.port, "self_test": False}
        own |= {"owner_per_minute": 0, **settings}
        self._args = [f"--seconds={seconds}", f"--fails={fails}", f"--settings={json.dumps(own)}"]
        self._args += ["--real"] if is_real else []
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> float:
        """Start and wait until it is ready; returns the seconds. Raises RuntimeError."""
        self.spawn()
        assert self._process is not None
        started = time.monotonic()
        while not self.is_ready():
            if self._process.poll() is not None or time.monotonic() - started > _START_S:
                raise RuntimeError(f"the server did not start, see {self.log}")
            time.sleep(_LOOK_EVERY_S)
        return time.monotonic() - started

    def spawn(self) -> None:
        """Start and wait for nothing."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "zit_engine.bench.load.server", *self._args],
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.base}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def tell(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def wait(self, timeout_s: float) -> int:
        """The exit code. Raises subprocess.TimeoutExpired."""
        assert self._process is not None
        return self._process.wait(timeout_s)

    def kill(self) -> None:
        """kill -9, and gone when this returns. Harmless when it is gone already."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait(30)

    def limit_files(self, size: int) -> None:
        """No file may be written beyond `size` bytes: a full disk for this process alone.
        RLIM_INFINITY takes it back."""
        _, hard = psutil.Process(self.pid).rlimit(psutil.RLIMIT_FSIZE)
        psutil.Process(self.pid).rlimit(psutil.RLIMIT_FSIZE, (size, hard))

    def figures(self) -> dict[str, int]:
        """Resident bytes, threads and open files, connections not counted."""
        process = psutil.Process(self.pid)
        with process.oneshot():
            return {
                "rss": int(process.memory_info().rss),
                "threads": int(process.num_threads()),
                "files": len(process.open_files()),
            }
