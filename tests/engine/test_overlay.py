"""The mended folder: one for the same content, rebuilt when touched, never half there."""

import errno
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from tests.engine.broken import change, check_mended, link_pocket, paint, snapshot
from zit_engine.engine import overlay
from zit_engine.engine.placement import POCKET_FOLDER
from zit_engine.engine.repair import mend
from zit_engine.errors import DiskFull


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = link_pocket(tmp_path / "model")
    change(made / "vae" / "config.json", lambda data: data.pop("shift_factor"))
    return made


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_many_at_once_make_one(folder: Path, tmp_path: Path):
    overlays = tmp_path / "overlays"
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: mend(folder, overlays), range(16)))
    assert names(overlays) == [each.name for each in made] and len(made) == 1
    assert torch.get_default_dtype() == torch.float32  # which transformers may change for all


def test_a_second_time_writes_nothing(folder: Path, tmp_path: Path):
    made = mend(folder, tmp_path / "overlays")
    before = snapshot(tmp_path / "overlays")
    assert mend(folder, tmp_path / "overlays") == made
    assert snapshot(tmp_path / "overlays") == before


@pytest.mark.parametrize("spoil", ["text", "link", "all", "file"])
def test_one_that_was_touched_is_made_anew(folder: Path, tmp_path: Path, spoil):
    overlays = tmp_path / "overlays"
    made = mend(folder, overlays)
    (weights,) = (made / "vae").glob("*.safetensors")
    if spoil == "text":
        (made / "vae" / "config.json").write_text("{}")
    elif spoil == "link":
        weights.unlink()
    elif spoil == "file":
        weights.unlink()
        weights.write_bytes(b"")
    else:
        for path in sorted(made.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
    assert mend(folder, overlays) == made
    assert paint(made) == paint(POCKET_FOLDER)
    assert names(overlays) == [made.name]


def test_another_repair_is_another_folder(folder: Path, tmp_path: Path):
    first = mend(folder, tmp_path / "overlays")
    change(folder / "transformer" / "config.json", lambda data: data.pop("dim"))
    assert mend(folder, tmp_path / "overlays") != first


def test_a_full_disk_leaves_nothing(folder: Path, tmp_path: Path, monkeypatch):
    def full(*args: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(overlay, "_fill", full)
    with pytest.raises(DiskFull):
        mend(folder, tmp_path / "overlays")
    assert names(tmp_path / "overlays") == []


def test_a_place_that_cannot_be_written_is_said(folder: Path, tmp_path: Path):
    (tmp_path / "overlays").write_text("a file")
    with pytest.raises(OSError):
        mend(folder, tmp_path / "overlays")


def test_a_hub_cache_is_never_written_through(tmp_path: Path):
    """A snapshot is links to blobs, which other snapshots share."""
    repo = tmp_path / "models--owner--name"
    snapshot_folder = repo / "snapshots" / ("0123456789abcdef" * 2 + "01234567")
    link_pocket(tmp_path / "plain")
    change(tmp_path / "plain/transformer/config.json", lambda data: data.pop("norm_type"))
    (repo / "blobs").mkdir(parents=True)
    for number, path in enumerate(sorted((tmp_path / "plain").rglob("*"))):
        if path.is_file():
            blob = repo / "blobs" / f"{number:040x}"
            shutil.copy(path, blob)
            link = snapshot_folder / path.relative_to(tmp_path / "plain")
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(os.path.relpath(blob, link.parent))
    before = snapshot(repo)
    assert check_mended(snapshot_folder, tmp_path / "overlays") == (
        "transformer/config.json:norm_type",
    )
    assert snapshot(repo) == before
    made = mend(snapshot_folder, tmp_path / "overlays")
    links = [path for path in made.rglob("*") if path.is_symlink()]
    assert links and all(path.readlink().parent == repo / "blobs" for path in links)
