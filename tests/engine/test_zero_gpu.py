"""ZeroGPU with a stand-in `spaces` that really forks: only plain data crosses, and it paints."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from zit_engine.engine.zero_gpu import seconds_wanted

SCRIPT = Path(__file__).with_name("zero_gpu_session.py")


@pytest.mark.parametrize(
    ("width", "height", "seconds"), [(256, 256, 6), (1024, 1024, 10), (2048, 2048, 22)]
)
def test_seconds_grow_with_the_picture(width, height, seconds):
    assert seconds_wanted({"width": width, "height": height}) == seconds


def test_a_session_with_forked_workers():
    # A process of its own: the forking must happen before torch starts its threads.
    environment = os.environ | {"SPACES_ZERO_GPU": "1", "ZIT_MODEL": "pocket", "PYTHONPATH": "."}
    done = subprocess.run(
        [sys.executable, str(SCRIPT)],
        env=environment | {"ZIT_CPU_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.split("\n")[-2] == "all held"
