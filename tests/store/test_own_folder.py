"""Each process has a folder of its own; those of dead ones go at the next start."""

import subprocess
import sys
from pathlib import Path

from zit_engine.settings import ROOT
from zit_engine.store.own_folder import own_folder

CHILD = (
    "import sys; from pathlib import Path; from zit_engine.store.own_folder import own_folder;"
    "folder = own_folder(Path(sys.argv[1])); (folder / 'left.png').write_bytes(b'x');"
    "print(folder, flush=True); sys.stdin.read()"
)


def start(parent: Path) -> tuple[subprocess.Popen[str], Path]:
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(parent)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_the_dead_are_cleared_and_the_living_left_alone(tmp_path: Path) -> None:
    parent = tmp_path / "temp"
    dead, dead_folder = start(parent)
    dead.kill()
    dead.wait()
    assert (dead_folder / "left.png").exists()
    living, living_folder = start(parent)
    try:
        assert not dead_folder.exists()
        mine = own_folder(parent)
        assert mine == own_folder(parent) != living_folder
        assert (living_folder / "left.png").exists()
        for folder in (parent, mine, living_folder):
            assert folder.stat().st_mode & 0o777 == 0o700
    finally:
        living.kill()
        living.wait()


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    outside, parent = tmp_path / "outside", tmp_path / "temp"
    for folder in (outside, parent):
        folder.mkdir()
    (outside / ".lock").touch()
    (parent / "link").symlink_to(outside)
    own_folder(parent)
    assert (outside / ".lock").exists()
