"""A stage's state on disk, so that a stage cut short goes on where it was.

In: the modules and optimizers of a training loop. Out: one safetensors file, replaced whole every
few minutes; nothing in it is code. A resumed loop draws other random numbers than an unbroken one.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from zit_engine.pocket.optimizers import Muon
from zit_engine.pocket.pace import Pace

EVERY = 120.0  # seconds between two writes; a write of the shipped size takes about one
Part: TypeAlias = "nn.Module | torch.optim.Optimizer | Muon"


@dataclass
class Keeper:
    """Keeps the named parts of a loop in `file`; without a file it keeps nothing."""

    file: Path | None = None
    every: float = EVERY
    _used: float = 0.0
    _started: float = field(default_factory=time.monotonic)
    _written: float = field(default_factory=time.monotonic)

    def resume(self, parts: Mapping[str, Part], pace: Pace) -> Pace:
        """Fill the parts from the file, if there is one; what is left of the pace."""
        self._started = self._written = time.monotonic()
        if self.file is None or not self.file.exists():
            return pace
        notes = load_parts(self.file, parts)
        self._used = notes["seconds"]
        return replace(pace, used=notes["seconds"], taken=int(notes["step"]))

    def keep(
        self, parts: Mapping[str, Part], step: int, total: int = 0, last: bool = False
    ) -> None:
        """Write when it is time; `step` is how many this stage did, `total` with those before."""
        now = time.monotonic()
        if self.file is None or (not last and now - self._written < self.every):
            return
        self._written = now
        seconds = self._used + now - self._started
        save_parts(self.file, parts, {"step": step, "total": total, "seconds": seconds})

    def forget(self) -> None:
        """The loop's results are stored elsewhere: the next one begins anew."""
        if self.file is not None:
            self.file.unlink(missing_ok=True)


def mark_of(folder: Path) -> str:
    """Twelve digits that tell a folder's weights from any other's. Not the engine's `content_hash`:
    the making imports nothing of the engine."""
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*.safetensors")):
        digest.update(file.relative_to(folder).as_posix().encode() + file.read_bytes())
    return digest.hexdigest()[:12]


def _tensors(part: Part) -> dict[str, Tensor]:
    """Every tensor of a part by name; those of an optimizer made where it has none yet."""
    if isinstance(part, nn.Module):
        return dict(part.state_dict())
    if isinstance(part, Muon):
        return {"x".join(map(str, shape)): held for shape, held in part.momentum.items()}
    found: dict[str, Tensor] = {}
    parameters = [p for group in part.param_groups for p in group["params"]]
    for i, parameter in enumerate(parameters):
        state = part.state[parameter]
        if not state:
            state["step"] = torch.zeros(())
            state["exp_avg"] = torch.zeros_like(parameter)
            state["exp_avg_sq"] = torch.zeros_like(parameter)
        found |= {f"{i}.{name}": value for name, value in state.items()}
    return found


def save_parts(file: Path, parts: Mapping[str, Part], notes: Mapping[str, float]) -> None:
    """Write beside, then put in place: a cut never leaves half a file."""
    held = {
        f"{name}/{key}": value.detach().cpu().contiguous().clone()
        for name, part in parts.items()
        for key, value in _tensors(part).items()
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".part")
    save_file(held, str(partial), metadata={"notes": json.dumps(dict(notes))})
    partial.replace(file)


@torch.no_grad()
def load_parts(file: Path, parts: Mapping[str, Part]) -> dict[str, float]:
    """Copy the file's numbers into the parts in place; returns its notes."""
    with safe_open(file, "pt") as tensors:
        for name, part in parts.items():
            for key, value in _tensors(part).items():
                value.copy_(tensors.get_tensor(f"{name}/{key}"))
        return json.loads(tensors.metadata()["notes"])
