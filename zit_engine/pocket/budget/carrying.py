"""Weights as small files: for taking a model to a machine and its parts back.

In: tensors by name. Out: pieces of at most 15.5 MiB, each readable alone. bfloat16 is split into
its two bytes: the upper one (sign and exponent) repeats itself so much that Huffman codes make it
half as long, a file in all three quarters. Knows nothing of models.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

LIMIT = 15_500 * 1024  # bytes of a piece before it is made smaller
_TYPES = {"bfloat16": torch.bfloat16, "float32": torch.float32, "int64": torch.int64}


def pack(
    tensors: Mapping[str, Tensor], notes: Mapping[str, object], folder: Path, name: str,
    eight_bits: bool = False, limit: int = LIMIT,
) -> list[Path]:  # fmt: skip
    """Write NAME-1.pack, NAME-2.pack ..., floating point as bfloat16; pieces left over go.

    `eight_bits` rounds matrices to 255 steps a row, for weights that will be trained on.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    groups = _groups(tensors, limit)
    for i, group in enumerate(groups):
        file = folder / f"{name}-{i + 1}.pack"
        _write(file, {key: tensors[key] for key in group}, notes, len(groups), eight_bits)
        files.append(file)
    for old in folder.glob(f"{name}-*.pack"):
        if old not in files:
            old.unlink()
    return files


def unpack(folder: Path, name: str) -> tuple[dict[str, Tensor], dict]:
    """What `pack` wrote, and its notes. Raises FileNotFoundError where pieces are missing."""
    tensors: dict[str, Tensor] = {}
    files = sorted(folder.glob(f"{name}-*.pack"))
    notes, pieces = {}, 1
    for file in files:
        with safe_open(file, "pt") as held:
            header = held.metadata()
            notes, pieces = json.loads(header["notes"]), int(header["pieces"])
            upper = zlib.decompress(held.get_tensor("upper").numpy().tobytes())
            lower = held.get_tensor("lower").numpy().tobytes()
            tensors |= _read(json.loads(header["entries"]), upper, lower)
    if len(files) != pieces:
        raise FileNotFoundError(f"{len(files)} of {pieces} pieces of {name} in {folder}")
    return tensors, notes


def _groups(tensors: Mapping[str, Tensor], limit: int) -> list[list[str]]:
    groups: list[list[str]] = [[]]
    room = limit
    for key, tensor in tensors.items():
        size = tensor.numel() * (2 if tensor.is_floating_point() else tensor.element_size())
        if size > room and groups[-1]:
            groups.append([])
            room = limit
        groups[-1].append(key)
        room -= size
    return groups


def _write(
    file: Path, tensors: dict[str, Tensor], notes: Mapping[str, object], pieces: int, eight: bool
) -> None:
    entries, upper, lower = [], [], []
    for key, tensor in tensors.items():
        kind, first, second = _bytes(tensor.detach().cpu().contiguous(), eight)
        entries.append([key, kind, list(tensor.shape), len(first), len(second)])
        upper.append(first)
        lower.append(second)
    coder = zlib.compressobj(6, strategy=zlib.Z_HUFFMAN_ONLY)
    small = coder.compress(b"".join(upper)) + coder.flush()
    held = {
        "upper": torch.frombuffer(bytearray(small), dtype=torch.uint8),
        "lower": torch.frombuffer(bytearray(b"".join(lower) or b"\0"), dtype=torch.uint8),
    }
    header = {
        "notes": json.dumps(dict(notes)), "entries": json.dumps(entries), "pieces": str(pieces),
    }  # fmt: skip
    partial = file.with_suffix(".part")
    save_file(held, str(partial), metadata=header)
    partial.replace(file)


def _bytes(tensor: Tensor, eight: bool) -> tuple[str, bytes, bytes]:
    """(kind, bytes worth coding, bytes kept as they are)."""
    if not tensor.is_floating_point():
        return "int64", tensor.to(torch.int64).numpy().tobytes(), b""
    if eight and tensor.ndim == 2:
        rows = tensor.float()
        step = (rows.abs().amax(1, keepdim=True) / 127).clamp(min=1e-12)
        whole = (rows / step).round().to(torch.int8)
        return "rows", whole.numpy().tobytes(), step.numpy().tobytes()
    planes = tensor.to(torch.bfloat16).view(torch.uint8).view(-1, 2)  # little-endian
    return "bfloat16", planes[:, 1].numpy().tobytes(), planes[:, 0].numpy().tobytes()


def _read(entries: list, upper: bytes, lower: bytes) -> dict[str, Tensor]:
    tensors: dict[str, Tensor] = {}
    at, below = 0, 0
    for key, kind, shape, first, second in entries:
        one = torch.frombuffer(bytearray(upper[at : at + first] or b"\0"), dtype=torch.uint8)
        two = torch.frombuffer(bytearray(lower[below : below + second] or b"\0"), dtype=torch.uint8)
        at, below = at + first, below + second
        if kind == "rows":
            steps = two.view(torch.float32).view(-1, 1)
            tensors[key] = one.view(torch.int8).view(shape).float() * steps
        elif kind == "bfloat16":
            tensors[key] = torch.stack([two, one], 1).view(torch.bfloat16).view(shape)
        else:
            tensors[key] = one.view(_TYPES[kind]).view(shape)
    return tensors
