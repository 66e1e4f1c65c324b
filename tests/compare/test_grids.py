"""Grids on disk: found again by their owner only, unharmed by a broken file."""

import dataclasses
import os

import pytest

from zit_engine.compare.grid import Grid
from zit_engine.compare.grids import Grids
from zit_engine.errors import JobNotFound

GRID = Grid("a" * 32, ("딸기 케이크",), ("realistic", "anime"), (7, 8), None, "Fake", 5.0, ("j1",))


def test_a_grid_comes_back_as_it_was(tmp_path):
    grids = Grids(tmp_path)
    grids.save("qa", GRID)
    assert grids.get("qa", GRID.id) == GRID
    later = dataclasses.replace(GRID, jobs=("j1", "j2"))
    grids.save("qa", later)
    assert Grids(tmp_path).get("qa", GRID.id) == later
    assert grids.shared(GRID.id)[1] == later


def test_nobody_else_finds_it(tmp_path):
    grids = Grids(tmp_path)
    grids.save("qa", GRID)
    for owner, grid_id in [("shop", GRID.id), ("qa", "b" * 32), ("qa", "../x"), ("qa", "")]:
        with pytest.raises(JobNotFound):
            grids.get(owner, grid_id)
    with pytest.raises(JobNotFound):
        grids.shared("../../etc/passwd")


def test_newest_first_and_a_broken_file_is_passed_over(tmp_path):
    grids = Grids(tmp_path)
    for number in range(3):
        made = dataclasses.replace(GRID, id=f"{number:032x}", created_at=float(number))
        grids.save("qa", made)
    file = next(tmp_path.glob("grids/*/*.json"))
    (file.parent / f"{'c' * 32}.json").write_text("{ cut")
    (file.parent / f"{'d' * 32}.json").write_text("[1]")
    assert [grid.created_at for grid in grids.newest("qa", 2)] == [2.0, 1.0]
    assert len(grids.newest("qa", 9)) == 3
    assert file.stat().st_mode & 0o077 == 0


def test_old_grids_go_with_their_pictures(tmp_path):
    grids = Grids(tmp_path)
    grids.save("qa", GRID)
    file = next(tmp_path.glob("grids/*/*.json"))
    os.utime(file, (1000.0, 1000.0))
    assert grids.expire(30, 1000.0 + 29 * 86400) == 0
    assert grids.expire(30, 1000.0 + 31 * 86400) == 1
    assert grids.newest("qa", 5) == []
