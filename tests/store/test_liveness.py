"""A lock tells the living from the dead, also from another process."""

import fcntl
import os
import subprocess
import sys

import pytest

from zit_engine.store.liveness import held_if_dead

_HOLD = """
import fcntl, sys
file = open(sys.argv[1], "w")
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


def test_a_file_is_dead_when_its_process_is(tmp_path):
    path = tmp_path / "one.lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
    with held_if_dead(path) as is_dead:
        assert not is_dead
    holder.kill()
    holder.wait()
    with held_if_dead(path) as is_dead:
        assert is_dead


def test_nobody_else_takes_it_while_something_is_done_about_it(tmp_path):
    path = tmp_path / "one.lock"
    path.touch()
    with held_if_dead(path) as first, held_if_dead(path) as second:
        assert first and not second
    handle = os.open(path, os.O_RDWR)
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(handle)


def test_a_link_or_nothing_at_all_is_never_opened(tmp_path):
    (tmp_path / "target").touch()
    (tmp_path / "link").symlink_to(tmp_path / "target")
    for name in ("link", "nothing"):
        with pytest.raises(OSError), held_if_dead(tmp_path / name):
            pass
