"""Checkpoints to break, and what must be true of whatever becomes of them."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from zit_engine.engine.checkpoint import load_pipeline
from zit_engine.engine.placement import POCKET_FOLDER
from zit_engine.engine.repair import mend, mended
from zit_engine.errors import CheckpointRefused

CONFIGS = {
    "transformer/config.json",
    "text_encoder/config.json",
    "vae/config.json",
    "scheduler/scheduler_config.json",
    "tokenizer/tokenizer_config.json",
    "model_index.json",
}
PROMPT = "strawberry cake"
_painted: dict[str, bytes] = {}


def link_pocket(folder: Path, source: Path = POCKET_FOLDER) -> Path:
    """The pocket model with small files of its own and links to the weights."""
    for path in source.rglob("*"):
        is_small = path.suffix in (".json", ".jinja") and path.parent != source
        if is_small or path.name == "model_index.json":
            target = folder / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
        elif path.suffix == ".safetensors":
            target = folder / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(path)
    return folder


def read_json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def change(path: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    """Edit a JSON file in place."""
    data = read_json(path)
    edit(data)
    path.write_text(json.dumps(data), encoding="utf-8")


def own_weights(folder: Path, part: str) -> Path:
    """The part's weights as a file of the folder's own, to be damaged."""
    (path,) = (folder / part).glob("*.safetensors")
    source = path.resolve()
    path.unlink()
    shutil.copy(source, path)
    return path


def snapshot(folder: Path) -> dict[str, tuple[object, ...]]:
    """Every entry below `folder`, and what links lead to: kind, size, time and content."""
    seen = {}
    for path in [folder, *folder.rglob("*")]:
        here, there = path.lstat(), path.stat() if path.exists() else path.lstat()
        link = os.readlink(path) if path.is_symlink() else ""
        digest = ""
        if path.is_file() and there.st_size < 10**6:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
        seen[str(path)] = (here.st_mode, link, there.st_size, there.st_mtime_ns, digest)
    return seen


def paint(folder: Path) -> bytes:
    """A small picture's bytes. Folders of the same content are painted once."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            real = path.resolve()
            is_weights = path.suffix == ".safetensors"
            content = (
                f"{real}{real.stat().st_mtime_ns}".encode() if is_weights else real.read_bytes()
            )
            digest.update(f"\0{path.relative_to(folder)}\0".encode() + content)
    # another number of threads adds up in another order
    key = f"{digest.hexdigest()} {torch.get_num_threads()}"
    if key not in _painted:
        pipeline = load_pipeline(folder, "cpu", "float32")
        made = pipeline(
            PROMPT,
            height=64,
            width=64,
            num_inference_steps=2,
            guidance_scale=0.0,
            generator=torch.Generator().manual_seed(1),
        )
        _painted[key] = made.images[0].tobytes()
    return _painted[key]


def check_mended(folder: Path, overlays: Path) -> tuple[str, ...]:
    """Mend `folder`: it stays as it was, paints what the unbroken model paints, and is whole for
    good. Returns the keys that were changed."""
    before = snapshot(folder)
    made, repairs = mended(folder, overlays)
    assert snapshot(folder) == before
    assert (made != folder) == bool(repairs)
    assert all(each.file and each.key and each.why for each in repairs)
    assert all(each.found != each.became for each in repairs)
    assert paint(made) == paint(POCKET_FOLDER)
    if repairs:
        assert mended(made, overlays) == (made, ())
        assert mended(folder, overlays) == (made, repairs)
        assert snapshot(folder) == before
    return tuple(f"{each.file}:{each.key}" for each in repairs)


def refuse(folder: Path) -> dict[str, object]:
    """What the refusal says; nothing of the folder has changed and nothing was made."""
    before = snapshot(folder)
    with pytest.raises(CheckpointRefused) as refused:
        mend(folder, folder.parent / "overlays")
    assert snapshot(folder) == before
    assert not (folder.parent / "overlays").exists()
    return dict(refused.value.values)


def check_mended_or_refused(folder: Path, overlays: Path) -> CheckpointRefused | None:
    """As `check_mended`, or the refusal, which names a file of the checkpoint and a key."""
    before = snapshot(folder)
    try:
        check_mended(folder, overlays)
    except CheckpointRefused as refused:
        assert snapshot(folder) == before
        assert refused.values["file"].partition("/")[0] in {
            each.partition("/")[0] for each in CONFIGS
        }
        assert refused.values["key"] and refused.values["found"] and refused.values["expected"]
        return refused
    return None
