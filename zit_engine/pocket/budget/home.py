"""The results of a run put together again: a pipeline folder, adapters, the judge, logs.

In: the pieces that came back, the model that the run started from (its VAE, tokenizer and
configurations stay), the catalogue of styles. Out: folders beside each other, laid out as those
that they can replace. A part that did not come back is left as it was before, and said so.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import zipfile
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from zit_engine.pocket.budget.carrying import unpack
from zit_engine.pocket.budget.starting import WEIGHTS

CATALOGUE = "catalogue.toml"


def bring_home(pieces: Path, out: Path, model: Path, styles: Path | None = None) -> list[str]:
    """Write OUT/model, OUT/style_loras, OUT/judge.safetensors, OUT/logs; what was found, in lines.

    `styles` is the catalogue's folder, of which the pocket model's files are replaced.
    """
    told = []
    shutil.copytree(model, out / "model", dirs_exist_ok=True)
    for part, name in WEIGHTS.items():
        if not list(pieces.glob(f"{part}-*.pack")):
            told.append(f"{part}: as before")
            continue
        tensors, notes = unpack(pieces, part)
        _save(tensors, out / "model" / part / name)
        told.append(f"{part}: {(notes[part] or {}).get('notes', '')}")
    if list(pieces.glob("adapters-*.pack")):
        told += _adapters(pieces, out / "style_loras" / "pocket")
        if styles:
            _catalogue(styles / CATALOGUE, out / "style_loras")
    if list(pieces.glob("judge-*.pack")):
        tensors, notes = unpack(pieces, "judge")
        save_file(tensors, str(out / "judge.safetensors"), metadata=notes["judge"])
        told.append(f"judge: {notes['judge']['notes']}")
    if (pieces / "logs.zip").exists():
        with zipfile.ZipFile(pieces / "logs.zip") as held:
            held.extractall(out / "logs")
    return told


def _adapters(pieces: Path, out: Path) -> list[str]:
    tensors, notes = unpack(pieces, "adapters")
    told = []
    for name, header in notes.items():
        style = name.removeprefix("lora-")
        own = {
            key.removeprefix(f"{name}/"): value
            for key, value in tensors.items()
            if key.startswith(f"{name}/")
        }
        _save(own, out / f"{style}.safetensors")
        told.append(f"{style}: loss {json.loads(header['notes'])['loss']:.4f}")
    return told


def _catalogue(file: Path, out: Path) -> None:
    """The catalogue with the sums of the new files; one without an entry is left out of it."""
    text = file.read_text(encoding="utf-8")
    for adapter in sorted((out / "pocket").glob("*.safetensors")):
        mark = hashlib.sha256(adapter.read_bytes()).hexdigest()
        entry = rf'(path = "pocket/{adapter.name}"\nsha256 = ")[0-9a-f]+"'
        text = re.sub(entry, rf'\g<1>{mark}"', text)
    (out / CATALOGUE).write_text(text, encoding="utf-8")


def _save(tensors: dict[str, Tensor], file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    halves = {key: value.to(torch.bfloat16).contiguous() for key, value in tensors.items()}
    save_file(halves, str(file), metadata={"format": "pt"})
