"""A judge's weights on disk, and what was noted beside them.

In: a network, its accuracy, a file's name. Out: a safetensors file in bfloat16; its notes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn


def write_weights(
    net: nn.Module, notes: Mapping[str, object], file: Path, header: Mapping[str, str] | None = None
) -> None:
    """Weights in bfloat16; `notes` (the accuracy) and what else `header` says in the header."""
    state = {
        name: value.to(torch.bfloat16 if value.is_floating_point() else value.dtype).contiguous()
        for name, value in net.state_dict().items()
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    told = {"format": "pt", "notes": json.dumps(notes), **(header or {})}
    save_file(state, str(file), metadata=told)


def load_notes(file: Path) -> dict[str, object]:
    """What was written beside the weights when they were made."""
    with safe_open(file, "pt") as tensors:
        return json.loads(tensors.metadata()["notes"])
