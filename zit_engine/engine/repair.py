"""A checkpoint folder, looked at and mended without touching it.

Comes in: a diffusers folder of Z-Image, whatever its small files say. Goes out: a Report, or a
folder that loads. Repairs follow from the names and shapes of the weights (derive, mend_config);
what those cannot prove is filled for the two known models only (layouts), else refused.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from zit_engine.engine.checkpoint import PARTS
from zit_engine.engine.config_files import Draft, Repair, read_draft
from zit_engine.engine.layouts import Layout
from zit_engine.engine.loader import StoredTensor
from zit_engine.engine.mend_config import mend_part, mend_scheduler
from zit_engine.engine.mend_files import (
    check_listed_files,
    read_tensors,
    rebuild_index,
    rebuild_model_index,
)
from zit_engine.engine.mend_tokenizer import mend_tokenizer
from zit_engine.engine.overlay import write_overlay
from zit_engine.engine.recognise import recognise, refuse
from zit_engine.engine.tensor_names import tensor_name
from zit_engine.errors import CheckpointRefused

SCHEDULER = "scheduler/scheduler_config.json"
_PLAIN = ("BF16", "F16", "F32", "F64")
_SMALL = ("F8_E4M3", "F8_E5M2")


@dataclass(frozen=True, slots=True)
class PartReport:
    """`files` by name, `dtypes` as safetensors writes them ("BF16"), `numbers`: parameters."""

    name: str
    files: tuple[str, ...]
    tensors: int
    size_bytes: int
    dtypes: tuple[str, ...]
    numbers: int


@dataclass(frozen=True, slots=True)
class Report:
    """`base`: "z-image-turbo", "pocket", or "z-image" for the same architecture at a size nobody
    knows. `repairs`: what `mend` would change. `notes`: oddities that need no change."""

    folder: Path
    base: str
    parts: tuple[PartReport, ...]
    repairs: tuple[Repair, ...]
    notes: tuple[str, ...]


@dataclass(slots=True)
class _Examination:
    """Everything found out about a folder, and what a mended one would hold."""

    parts: list[PartReport] = field(default_factory=list)
    layout: Layout | None = None
    repairs: list[Repair] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    def take(self, draft: Draft) -> None:
        if draft.repairs:
            self.repairs += draft.repairs
            self.texts[draft.file] = draft.text()


def inspect(folder: Path) -> Report:
    """What `folder` holds and what `mend` would change. Reads headers and small files only.

    Raises ModelMissing where there is no checkpoint, CheckpointRefused for one that cannot be
    mended, OSError.
    """
    found = _examine(folder)
    base = found.layout.name if found.layout else "z-image"
    return Report(folder, base, tuple(found.parts), tuple(found.repairs), tuple(found.notes))


def mend(folder: Path, overlays: Path) -> Path:
    """`folder` itself when nothing needs repair, else a mended folder below `overlays`.

    The original is never written to, and a second call gives the same folder. Raises as `inspect`,
    and DiskFull.
    """
    return mended(folder, overlays)[0]


def mended(folder: Path, overlays: Path) -> tuple[Path, tuple[Repair, ...]]:
    """As `mend`, with what was changed."""
    found = _examine(folder)
    if not found.repairs:
        return folder, ()
    made = write_overlay(folder, overlays, found.texts, frozenset(found.left_out))
    return made, tuple(found.repairs)


def _examine(folder: Path) -> _Examination:
    if not any((folder / part).is_dir() for part in PARTS):
        raise refuse(recognise(folder), str(folder))
    found = _Examination()
    drafts: dict[str, Draft] = {}
    layouts: dict[str, Layout | None] = {}
    for part in PARTS:
        tensors = read_tensors(folder, part)
        _check_numbers(part, tensors)
        check_listed_files(folder, part, tensors)
        drafts[part] = read_draft(folder, f"{part}/config.json")
        layouts[part], unused = mend_part(part, drafts[part], tensors)
        if unused:
            found.notes.append(f"{part}: {len(unused)} tensors not used, the first {unused[0]}")
        found.take(drafts[part])
        index = rebuild_index(folder, part, tensors)
        found.repairs += index.repairs
        found.left_out |= index.left_out
        if index.draft is not None:
            found.texts[index.draft.file] = index.draft.text()
        found.parts.append(_report(part, tensors))
    found.layout = layouts["transformer"]
    _check_fit(drafts)
    scheduler = read_draft(folder, SCHEDULER)
    mend_scheduler(scheduler, found.layout)
    found.take(scheduler)
    _take_tokenizer(folder, found, drafts["text_encoder"], layouts["text_encoder"])
    found.take(rebuild_model_index(folder))
    return found


def _take_tokenizer(
    folder: Path, found: _Examination, encoder: Draft, layout: Layout | None
) -> None:
    tokenizer = mend_tokenizer(folder, encoder.data["vocab_size"], layout)
    found.take(tokenizer.config)
    found.repairs += tokenizer.repairs
    found.texts |= tokenizer.texts
    found.left_out |= tokenizer.left_out


def _check_numbers(part: str, tensors: dict[str, StoredTensor]) -> None:
    """Raises CheckpointRefused for quantised weights: read as plain numbers they paint noise."""
    is_scaled = any(name.endswith(("scale", "scales", "absmax")) for name in tensors)
    for name, where in tensors.items():
        kind = where.entry.dtype
        is_plain = kind in _PLAIN or (kind in _SMALL and not is_scaled)
        if not is_plain and tensor_name(part, name) is not None:
            file = f"{part}/{where.path.name}"
            raise CheckpointRefused(file, name, f"{kind}, quantised", "BF16, F16 or F32")


def _check_fit(drafts: dict[str, Draft]) -> None:
    """Raises CheckpointRefused where a part belongs to another model than its neighbour."""
    transformer, encoder, vae = (drafts[part] for part in PARTS)
    pairs = (("cap_feat_dim", encoder, "hidden_size"), ("in_channels", vae, "latent_channels"))
    for key, other, its_key in pairs:
        wanted = other.data[its_key]
        if transformer.data[key] != wanted:
            raise transformer.refuse(key, f"{wanted}, as {its_key} of {other.file}")


def _report(part: str, tensors: dict[str, StoredTensor]) -> PartReport:
    paths = sorted({where.path for where in tensors.values()})
    shapes: Iterable[tuple[int, ...]] = (where.entry.shape for where in tensors.values())
    return PartReport(
        name=part,
        files=tuple(path.name for path in paths),
        tensors=len(tensors),
        size_bytes=sum(path.stat().st_size for path in paths),
        dtypes=tuple(sorted({where.entry.dtype for where in tensors.values()})),
        numbers=sum(math.prod(shape) for shape in shapes),
    )
