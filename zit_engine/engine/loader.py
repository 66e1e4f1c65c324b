"""Weights from files to where they live, one tensor at a time.

Comes in: a part's folder and a place for its tensors. Goes out: the filled module. A buffer of
CHUNK_BYTES is all that passes through host memory: 16 GB of RAM load a model of 33 GB. It does
not decide where tensors live (residency) nor mend what is broken (repair).
"""

import inspect
import itertools
import json
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any

import structlog
import torch

from zit_engine.engine.tensor_names import tensor_name
from zit_engine.engine.weights import TensorEntry, read_header
from zit_engine.errors import CheckpointRefused

log = structlog.get_logger(__name__)

# Large enough for the disk's full speed, small beside anything else.
CHUNK_BYTES = 32 * 2**20
STORED = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F8_E4M3": torch.float8_e4m3fn,
    "F8_E5M2": torch.float8_e5m2,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}

_BUILDING = threading.Lock()  # transformers patches torch while it builds
# allocate(name, shape): an empty contiguous tensor where the parameter `name` shall live.
Allocate = Callable[[str, tuple[int, ...]], torch.Tensor]
# on_bytes(count): so many more bytes of the files are done.
OnBytes = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """One tensor of a part and the file that holds it."""

    path: Path
    entry: TensorEntry


def stored_tensors(folder: Path) -> dict[str, StoredTensor]:
    """All tensors of a part by stored name, file by file. Raises CheckpointRefused."""
    found: dict[str, StoredTensor] = {}
    for path in sorted(folder.glob("*.safetensors")):
        shown = f"{folder.name}/{path.name}"
        for name, entry in read_header(path, shown).items():
            if name in found:
                twice = f"also in {found[name].path.name}"
                raise CheckpointRefused(shown, name, twice, "each tensor in one file")
            found[name] = StoredTensor(path, entry)
    return found


def build_empty(part: str, folder: Path) -> torch.nn.Module:
    """The part's module as its config.json says, on torch's meta device: no memory yet."""
    text = (folder / "config.json").read_text(encoding="utf-8-sig")
    return build_from(part, json.loads(text))


def build_from(part: str, config: Mapping[str, Any]) -> torch.nn.Module:
    """As `build_empty`, from the keys themselves. Raises what the class raises."""
    if part == "text_encoder":
        from transformers import AutoConfig, AutoModel

        # With a dtype transformers would set torch's default for the whole process meanwhile; two
        # threads at once could leave it set for good.
        apart = ("model_type", "dtype", "torch_dtype")
        options = {key: value for key, value in config.items() if key not in apart}
        with _BUILDING, torch.device("meta"):
            return AutoModel.from_config(AutoConfig.for_model(config["model_type"], **options))
    from diffusers import AutoencoderKL, ZImageTransformer2DModel

    kind = ZImageTransformer2DModel if part == "transformer" else AutoencoderKL
    known = inspect.signature(kind.__init__).parameters
    with torch.device("meta"):
        # Keys of other versions are dropped: repair has judged them already.
        return kind.from_config({k: v for k, v in config.items() if k in known})


def load_part(
    part: str,
    folder: Path,
    allocate: Allocate,
    on_bytes: OnBytes,
    *,
    pinned: bool = False,
    drop_cache: bool = False,
) -> torch.nn.Module:
    """The module of `part`, filled, in evaluation mode.

    pinned: the buffer is page-locked, which a CUDA card reads three times faster (bench-h100:
    54.6 against 17.8 GB/s). drop_cache: let each file's pages go once it is read, for a host they
    would crowd out. Raises CheckpointRefused naming file and tensor; whatever `allocate` raises.
    """
    module = build_empty(part, folder)
    tensors = stored_tensors(folder)
    wanted = match_tensors(part, module, tensors)
    buffer = torch.empty(CHUNK_BYTES, dtype=torch.uint8, pin_memory=pinned)
    for path, group in itertools.groupby(wanted, key=lambda name: tensors[wanted[name]].path):
        with path.open("rb", buffering=0) as file:
            for name in group:
                entry = tensors[wanted[name]].entry
                target = allocate(name, entry.shape)
                _fill(target, file, entry, buffer)
                _put(module, name, target)
                on_bytes(entry.end - entry.start)
            if drop_cache and hasattr(os, "posix_fadvise"):
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    _compute_buffers(module, allocate("", (0,)).device)
    return module.eval().requires_grad_(False)


def match_tensors(
    part: str, module: torch.nn.Module, tensors: Mapping[str, StoredTensor]
) -> dict[str, str]:
    """Parameter name -> stored name, in file order; every parameter once, each of its shape.

    Raises CheckpointRefused naming file and tensor.
    """
    expected = {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}
    wanted: dict[str, str] = {}
    for stored, where in tensors.items():
        name = tensor_name(part, stored)
        if name is None:
            continue
        if name not in expected:
            log.info("tensor not used", part=part, tensor=stored)
            continue
        file = f"{part}/{where.path.name}"
        if name in wanted:
            raise CheckpointRefused(file, stored, f"the same as {wanted[name]}", "each tensor once")
        if where.entry.shape != expected[name]:
            found, wants = str(list(where.entry.shape)), str(list(expected[name]))
            raise CheckpointRefused(file, stored, found, wants)
        wanted[name] = stored
    for name in expected:
        if name not in wanted:
            raise CheckpointRefused(part, name, "missing", f"a tensor {list(expected[name])}")
    return wanted


def _fill(target: torch.Tensor, file: FileIO, entry: TensorEntry, buffer: torch.Tensor) -> None:
    """Copy a stored tensor into `target`, cast to its type where it lives, piece by piece."""
    stored = STORED[entry.dtype]
    flat = target.view(-1)
    numbers = CHUNK_BYTES // stored.itemsize
    file.seek(entry.start)
    for first in range(0, flat.numel(), numbers):
        count = min(numbers, flat.numel() - first)
        piece = buffer[: count * stored.itemsize]
        _read_into(file, memoryview(piece.numpy()))
        # Over to the device first: casting there costs the host neither time nor a second copy.
        flat[first : first + count].copy_(piece.view(stored).to(target.device))


def _read_into(file: FileIO, view: memoryview) -> None:
    while view:
        count = file.readinto(view)
        if not count:
            raise OSError(f"{file.name} ended early")
        view = view[count:]


def _put(module: torch.nn.Module, name: str, tensor: torch.Tensor) -> None:
    owner_name, _, leaf = name.rpartition(".")
    owner = module.get_submodule(owner_name)
    if leaf in owner._buffers:
        owner._buffers[leaf] = tensor
    else:
        owner._parameters[leaf] = torch.nn.Parameter(tensor, requires_grad=False)


def _compute_buffers(module: torch.nn.Module, device: torch.device) -> None:
    """Fill the tables no file stores (rotary frequencies), as transformers itself does."""
    for child in module.modules():
        if any(buffer.is_meta for buffer in child.buffers(recurse=False)):
            child.to_empty(device=torch.device("cpu"), recurse=False)
            module._init_weights(child)
            child.to(device)
