"""A checkpoint folder: what it is, whether it is whole, and loading it.

Comes in: a diffusers folder. Goes out: a ready ZImagePipeline. Reads safetensors only and runs no
code from the folder. It does not decide which folder (placement) nor fetch it (hub).
"""

import functools
import json
import math
from pathlib import Path
from typing import Any

from zit_engine.engine.base import OnProgress
from zit_engine.engine.memory import is_out_of_memory
from zit_engine.engine.residency import Residency, Sizes
from zit_engine.engine.weights import read_header
from zit_engine.errors import CheckpointRefused, ModelMissing, OutOfMemory, ZitError

FULL_DIM = 3840  # width of Z-Image Turbo's transformer; the pocket model has 384
# The largest first: what does not fit should show at once.
PARTS = ("transformer", "text_encoder", "vae")


def read_base(folder: Path) -> str:
    """ "z-image-turbo" or "pocket", told by the transformer's width. Raises ModelMissing.

    The weights say it, whatever config.json says; it is asked only where they cannot be read,
    which loading then tells with the file's name.
    """
    dim = _stored_width(folder / "transformer")
    if dim is None:
        config = folder / "transformer" / "config.json"
        try:
            dim = json.loads(config.read_text(encoding="utf-8"))["dim"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelMissing(model=str(folder), detail=f"{config.name}: {error}") from error
    return "z-image-turbo" if dim == FULL_DIM else "pocket"


def _stored_width(part: Path) -> int | None:
    for path in sorted(part.glob("*.safetensors")):
        try:
            entry = read_header(path).get("x_pad_token")
        except (CheckpointRefused, OSError):
            continue
        if entry is not None:
            return entry.shape[-1]
    return None


def part_sizes(folder: Path, dtype: str) -> Sizes:
    """Bytes of each part once loaded in `dtype`. Raises CheckpointRefused for a damaged file."""
    from zit_engine.engine.loader import stored_tensors

    item_bytes = 2 if dtype in ("bfloat16", "float16") else 4
    sizes = {}
    for part in PARTS:
        shapes = [stored.entry.shape for stored in stored_tensors(folder / part).values()]
        sizes[part] = item_bytes * sum(math.prod(shape) for shape in shapes)
    return Sizes(**sizes)


def load_pipeline(
    folder: Path,
    device: str,
    dtype: str,
    residency: Residency = Residency.FULL,
    emulated: bool = False,
    on_progress: OnProgress = lambda stage, fraction: None,
) -> Any:
    """The stock ZImagePipeline of `folder` on `device` in `dtype`, arranged as `residency` says.

    emulated: the card is not there yet (ZeroGPU at start), where `.to("cuda")` is the documented
    way. Raises CheckpointRefused or ModelMissing naming what is wrong, OutOfMemory. Nothing of a
    model that failed to load stays.
    """
    try:
        pipeline = _assemble(folder, "cpu" if emulated else device, dtype, residency, on_progress)
        if emulated:
            pipeline.to(device)
        pipeline.set_progress_bar_config(disable=True)
        return pipeline
    except ZitError:
        raise
    except Exception as error:  # the loaders of three libraries raise a dozen types
        if not is_out_of_memory(error):
            raise ModelMissing(model=str(folder), detail=repr(error)) from error
        detail = str(error)
    # Out here: in there the error's traceback would keep the tensors that filled the memory.
    raise OutOfMemory(detail=detail)


def _assemble(
    folder: Path, device: str, dtype: str, residency: Residency, on_progress: OnProgress
) -> Any:
    import torch
    from diffusers import FlowMatchEulerDiscreteScheduler, ZImagePipeline
    from transformers import AutoTokenizer

    from zit_engine.engine.arrangement import arrange, place_for
    from zit_engine.engine.loader import load_part

    files = [path for part in PARTS for path in (folder / part).glob("*.safetensors")]
    total = sum(path.stat().st_size for path in files)
    done = 0

    def tell(part: str, count: int) -> None:
        nonlocal done
        done += count
        on_progress(f"load_{part}", min(1.0, done / total))

    torch_type = getattr(torch, dtype)
    modules = {
        part: load_part(
            part,
            folder / part,
            place_for(part, residency, device, torch_type),
            functools.partial(tell, part),
            pinned=device == "cuda",
            drop_cache=_crowds_host(total),
        )
        for part in PARTS
    }
    pipeline = ZImagePipeline(
        scheduler=FlowMatchEulerDiscreteScheduler.from_pretrained(
            folder / "scheduler", local_files_only=True
        ),
        tokenizer=AutoTokenizer.from_pretrained(folder / "tokenizer", local_files_only=True),
        **modules,
    )
    arrange(pipeline, residency, device)
    return pipeline


def _crowds_host(file_bytes: int) -> bool:
    """True where keeping the files' pages would push out what the host needs; elsewhere they
    make the next start faster."""
    import psutil

    available: int = psutil.virtual_memory().available
    return available < 2 * file_bytes
