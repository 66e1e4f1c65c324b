"""The check of a bad day finds what it is there to find."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.test_studio import LIMIT_S, ask
from zit_engine.bench.load.invariants import picture_count, violations
from zit_engine.promises import Promises
from zit_engine.store.accepted import accepted_job
from zit_engine.store.files import owner_key
from zit_engine.studio import Studio

NAMES = {"anna": "p1", "ben": "p2"}


@pytest.fixture
def root(studio: Studio) -> Path:
    Promises(studio)
    for owner, name in NAMES.items():
        studio.submit(ask(f"{name} 수박", count=2), owner).wait(LIMIT_S)
    studio.close()
    return studio.settings.data_dir


def a_picture(root: Path, owner: str) -> Path:
    folder = root / "results" / owner_key(owner)
    return next(path for path in sorted(folder.rglob("*.jpg")) if not path.name.startswith("."))


def torn(root: Path) -> None:
    path = a_picture(root, "anna")
    path.write_bytes(path.read_bytes()[:-400])


def without_row(root: Path) -> None:
    path = a_picture(root, "anna")
    shutil.copy(path, path.with_name("another.jpg"))


def without_file(root: Path) -> None:
    a_picture(root, "ben").unlink()


def unfinished(root: Path) -> None:
    (a_picture(root, "ben").parent / ".0011.part").write_bytes(b"half")


def stuck(root: Path) -> None:
    from zit_engine.store.accepted import Accepted

    Accepted(root).add(accepted_job("j", "anna", "make", 1, 1.0, ()))


def test_a_sound_folder_has_none(root):
    assert violations(root, NAMES) == [] and picture_count(root) == 4


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (torn, "torn file"),
        (without_row, "file without row"),
        (without_file, "row without file"),
        (unfinished, "unfinished file"),
        (stuck, "stuck job j"),
    ],
)
def test_each_harm_is_found(root: Path, harm: Callable[[Path], None], told: str):
    harm(root)
    found = violations(root, NAMES)
    assert any(each.startswith(told) for each in found), found


def test_somebody_elses_picture_is_found(root: Path):
    found = violations(root, {"anna": "p1", "ben": "somebody"})
    assert sum("was given a picture of" in each for each in found) == 2
