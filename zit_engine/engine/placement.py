"""Which model on which device, and why. Comes in: ZIT_MODEL and the card. Goes out: a Placement.

A decision only: nothing is loaded or downloaded here, except that asking for the device starts
torch, and that the embedded model's files are read once for their hash. `auto` takes the real
checkpoint where a CUDA card can hold it, else the pocket model.
"""

import functools
import hashlib
import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from zit_engine.engine.checkpoint import read_base
from zit_engine.engine.hub import cached_snapshot
from zit_engine.engine.recognise import recognise, refuse
from zit_engine.engine.residency import GB, GIB, Memory, Sizes, ladder
from zit_engine.errors import ModelMissing
from zit_engine.settings import ROOT

POCKET = "pocket"
FULL = "z-image-turbo"
POCKET_FOLDER = ROOT / "assets" / "pocket"
# The bf16 copy first: 20.5 GB to download instead of 32.9 GB, the same numbers on the card.
FULL_REPOS = ("dimitribarbot/Z-Image-Turbo-BF16", "Tongyi-MAI/Z-Image-Turbo")

# Bytes of the full model's parts in bf16, from its configuration: 6.155, 4.022 and 0.084
# thousand million numbers.
FULL_SIZES = Sizes(transformer=12_310_000_000, text_encoder=8_044_000_000, vae=168_000_000)
_REPO = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")


@dataclass(frozen=True, slots=True)
class Device:
    """kind: "cuda", "mps" or "cpu". memory_gb (10⁹ bytes) is 0 where it is not a card's own.
    has_bf16: a CPU with instructions for bfloat16, which multiplies twice as fast in it."""

    kind: str
    title: str
    memory_gb: float = 0.0
    has_bf16: bool = False


@dataclass(frozen=True, slots=True)
class Placement:
    """`folder` is None while the checkpoint still has to be downloaded from the repo `source`.

    may_fall_back: nobody asked for this very model, so the pocket model may stand in.
    """

    base: str
    source: str
    revision: str
    folder: Path | None
    device: Device
    reason_id: str
    reason_values: Mapping[str, object] = field(default_factory=dict)
    may_fall_back: bool = False

    @property
    def dtype(self) -> str:
        """bfloat16 on a GPU, where float16 gives NaN, and on a CPU made for it; float32 on other
        CPUs and for the pocket model on Apple's GPU."""
        on_gpu = self.device.kind == "cuda" or (self.device.kind == "mps" and self.base == FULL)
        return "bfloat16" if on_gpu or self.device.has_bf16 else "float32"


def find_device(limit_gib: float = 0.0) -> Device:
    """The best device of this machine, counted with at most `limit_gib` of its memory. Starts
    torch, and on CUDA reads the card's properties."""
    import torch

    if torch.cuda.is_available():
        card = torch.cuda.get_device_properties(0)
        total = card.total_memory
        return Device("cuda", card.name, min(total, limit_gib * GIB or total) / GB)
    if torch.backends.mps.is_available():
        return Device("mps", "Apple GPU")
    return Device("cpu", "CPU", has_bf16=_cpu_has_bf16())


def _cpu_has_bf16() -> bool:
    """Products of bfloat16 take half as long as of float32 with AVX-512 BF16 and less with AMX
    (bench plain); elsewhere they are emulated and slower."""
    import torch

    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def choose_model(
    model: str, revision: str, device: Device, host_bytes: int, fp8_allowed: bool = False
) -> Placement:
    """The placement for ZIT_MODEL=`model` on a host with `host_bytes` available.

    Raises ModelMissing naming the folder or repo, and what is in it instead.
    """
    if model == "auto":
        return _automatic(revision, device, host_bytes, fp8_allowed)
    if model == POCKET:
        return pocket_on(device, "model.pocket_asked")
    folder = Path(model).expanduser()
    if os.path.isdir(folder):  # Path.is_dir raises on a name too long for the file system
        recognised = recognise(folder)
        if not recognised.is_loadable:
            raise refuse(recognised, str(folder))
        return Placement(
            read_base(folder), str(folder), "", folder, device, "model.asked", {"model": model}
        )
    if not _REPO.fullmatch(model):
        raise ModelMissing(model=model, detail="neither a folder nor owner/name on the hub")
    return _from_hub(model, revision, device, "model.asked", {"model": model})


def pocket_on(device: Device, reason_id: str, **values: object) -> Placement:
    """The embedded model, for the given reason. Raises ModelMissing when its files are gone."""
    recognised = recognise(POCKET_FOLDER)
    if not recognised.is_loadable:
        raise refuse(recognised, "assets/pocket")
    revision = content_hash(POCKET_FOLDER)
    return Placement(POCKET, "assets/pocket", revision, POCKET_FOLDER, device, reason_id, values)


@functools.cache
def content_hash(folder: Path) -> str:
    """12 hex digits of the bytes of a model's parts: what a revision is to a folder that no hub
    counts, so that cards, proofs and pictures say which one made them. Reads every file (63 MB in
    0.1 s), once."""
    digest = hashlib.sha256()
    for file in sorted(each for each in folder.glob("*/*") if each.is_file()):
        digest.update(file.relative_to(folder).as_posix().encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def _automatic(revision: str, device: Device, host_bytes: int, fp8_allowed: bool) -> Placement:
    if device.kind != "cuda":
        return pocket_on(device, "model.pocket_no_gpu")
    gpu = {"gpu": device.title, "gb": round(device.memory_gb)}
    rungs = ladder(FULL_SIZES, Memory(round(device.memory_gb * GB), host_bytes), FULL, fp8_allowed)
    if not any(rung.is_open for rung in rungs):
        least = min(
            rung.device_bytes for rung in rungs if rung.reason_id != "residency.eight_bits_off"
        )
        if device.memory_gb * GB < least:
            return pocket_on(device, "model.pocket_small_gpu", needed=math.ceil(least / GB), **gpu)
        return pocket_on(device, "model.pocket_small_host", ram=round(host_bytes / GB), **gpu)
    for repo in FULL_REPOS:
        placement = _from_hub(repo, revision, device, "model.full_cached", gpu)
        if placement.folder:
            return replace(placement, may_fall_back=True)
    download = _from_hub(FULL_REPOS[0], revision, device, "model.full_download", gpu)
    return replace(download, may_fall_back=True)


def _from_hub(
    repo: str, revision: str, device: Device, reason_id: str, values: Mapping[str, object]
) -> Placement:
    folder = cached_snapshot(repo, revision)
    if folder is None or not recognise(folder).is_loadable:
        # Its size is unknown until the download; every published Z-Image is the full one.
        return Placement(FULL, repo, revision, None, device, reason_id, values)
    # snapshots/<commit>: the folder's name is the exact revision.
    return Placement(read_base(folder), repo, folder.name, folder, device, reason_id, values)
