"""What a folder is that somebody named as the model: told by what is in it, not by its name.

Comes in: a path. Goes out: a Recognition, or the error that says what to do instead. Reads names,
headers and model_index.json only; whether a checkpoint's values are right is for repair.
"""

import itertools
import json
import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from zit_engine.engine.checkpoint import PARTS
from zit_engine.engine.families import looks_like
from zit_engine.engine.part_files import PICKLE, read_part
from zit_engine.engine.weights import read_header
from zit_engine.errors import CheckpointRefused, ModelMissing

VOCABULARY = "tokenizer/tokenizer.json"
_SMALL = (
    "model_index.json",
    "scheduler/scheduler_config.json",
    "tokenizer/tokenizer_config.json",
    *(f"{part}/config.json" for part in PARTS),
)
_OURS = "all_x_embedder."  # a tensor only Z-Image's transformer has
_SHOWN = 3
_LOOKED_AT = 50  # a home folder named by mistake is not searched for minutes


class Kind(StrEnum):
    COMPLETE = "complete"
    MENDABLE = "mendable"  # all weights and words are there; small files are missing or odd
    HALF_DOWNLOADED = "half-downloaded"
    PARTS_MISSING = "parts-missing"
    PICKLE = "pickle"
    SINGLE_FILE = "single-file"
    ADAPTER = "adapter"
    OTHER_MODEL = "other-model"
    NESTED = "nested"
    EMPTY = "empty"
    NOT_A_FOLDER = "not-a-folder"


_MESSAGES = {
    Kind.HALF_DOWNLOADED: "error.model_half_downloaded",
    Kind.PARTS_MISSING: "error.model_parts_missing",
    Kind.PICKLE: "error.model_pickle",
    Kind.SINGLE_FILE: "error.model_single_file",
    Kind.ADAPTER: "error.model_adapter",
    Kind.OTHER_MODEL: "error.model_other",
    Kind.NESTED: "error.model_nested",
    Kind.EMPTY: "error.model_empty",
    Kind.NOT_A_FOLDER: "error.model_missing",
}


@dataclass(frozen=True, slots=True)
class Recognition:
    """`files`: those the kind is about (missing, pickled, the folder inside), as seen from the
    folder. `family`: of an OTHER_MODEL, in English."""

    kind: Kind
    files: tuple[str, ...] = ()
    family: str = ""

    @property
    def is_loadable(self) -> bool:
        return self.kind in (Kind.COMPLETE, Kind.MENDABLE)


def refuse(recognition: Recognition, model: str) -> ModelMissing:
    """The error for a folder that cannot be loaded, saying what to do."""
    files = ", ".join(recognition.files[:_SHOWN])
    if len(recognition.files) > _SHOWN:
        files += f" +{len(recognition.files) - _SHOWN}"
    return ModelMissing(
        _MESSAGES[recognition.kind],
        model=model,
        files=files,
        family=recognition.family,
        detail=f"{recognition.kind}: {', '.join(recognition.files)} {recognition.family}".strip(),
    )


def recognise(folder: Path) -> Recognition:
    """Never raises for what it finds in the folder."""
    try:
        # os.listdir, because Path raises on a name too long for the file system.
        if all(name.startswith(".") for name in os.listdir(folder)):
            return Recognition(Kind.EMPTY)
    except OSError:  # missing, a file, or closed to us
        return Recognition(Kind.NOT_A_FOLDER)
    if not any((folder / part).is_dir() for part in PARTS):
        return _without_parts(folder)
    missing: list[str] = []
    pickles: list[str] = []
    for part in PARTS:
        names = read_part(folder, part, missing, pickles)
        foreign = _foreign(folder, part, names)
        if foreign is not None:
            return foreign
    if pickles:
        return Recognition(Kind.PICKLE, tuple(pickles))
    if not _is_vocabulary(folder / VOCABULARY):
        missing.append(VOCABULARY)
    if missing:
        other = _other_pipeline(folder) if "transformer" in missing else None
        if other is not None:
            return other
        whole_parts = [name for name in missing if name in PARTS]
        kind = Kind.PARTS_MISSING if len(whole_parts) == len(missing) else Kind.HALF_DOWNLOADED
        return Recognition(kind, tuple(missing))
    odd = tuple(file for file in _SMALL if _table(folder / file) is None)
    return Recognition(Kind.MENDABLE if odd else Kind.COMPLETE, odd)


def _foreign(folder: Path, part: str, names: set[str]) -> Recognition | None:
    """Weights in the transformer's place that are another model's."""
    if part != "transformer" or not names or any(name.startswith(_OURS) for name in names):
        return None
    family = looks_like(names)
    if "LoRA" in family:
        return Recognition(Kind.ADAPTER)
    return Recognition(Kind.OTHER_MODEL, family=family or _pipeline_name(folder) or "unknown")


def _other_pipeline(folder: Path) -> Recognition | None:
    """Another model's folder that shares some part names with ours: its heart is in unet/, or its
    index names it."""
    names: set[str] = set()
    for path in sorted((folder / "unet").glob("*.safetensors")):
        try:
            names |= set(read_header(path))
        except (CheckpointRefused, OSError):
            continue
    family, named = looks_like(names), _pipeline_name(folder)
    if family or (named and not named.startswith("ZImage")):
        ours = not named or named.startswith("ZImage")  # which the weights belie
        return Recognition(Kind.OTHER_MODEL, family=family if ours else named)
    return None


def _is_vocabulary(path: Path) -> bool:
    """A file that is not a Git LFS pointer; what it says is for repair to judge."""
    try:
        with path.open("rb") as file:
            return not file.read(8).startswith(b"version ")
    except OSError:
        return False


def _without_parts(folder: Path) -> Recognition:
    """A folder that is no diffusers model, told by what lies at its top."""
    names: set[str] = set()
    for path in sorted(folder.glob("*.safetensors")):
        try:
            names |= set(read_header(path))
        except CheckpointRefused as refused:
            is_pickle = "pickle" in str(refused.values["found"])
            kind = Kind.PICKLE if is_pickle else Kind.HALF_DOWNLOADED
            return Recognition(kind, (path.name,))
        except OSError:
            return Recognition(Kind.HALF_DOWNLOADED, (path.name,))
    if names:
        family = looks_like(names)
        if "LoRA" in family:
            return Recognition(Kind.ADAPTER)
        if family and "Z-Image" not in family:
            return Recognition(Kind.OTHER_MODEL, family=family)
        return Recognition(Kind.SINGLE_FILE, tuple(p.name for p in folder.glob("*.safetensors")))
    pickles = tuple(sorted(p.name for p in folder.iterdir() if PICKLE.search(p.name)))
    if pickles:
        return Recognition(Kind.PICKLE, pickles)
    nested = _checkpoints_inside(folder)
    if len(nested) == 1:
        return Recognition(Kind.NESTED, (nested.pop(),))
    return _other_pipeline(folder) or Recognition(Kind.PARTS_MISSING, PARTS)


def _checkpoints_inside(folder: Path) -> set[str]:
    """Folders up to three levels down that hold a transformer: unpacked one folder too deep, or a
    hub cache (models--owner--name/snapshots/<commit>)."""
    found: set[str] = set()
    for depth in range(1, 4):
        pattern = "/".join(["[!.]*"] * depth) + "/transformer"
        for path in itertools.islice(folder.glob(pattern), _LOOKED_AT):
            found.add(path.parent.relative_to(folder).as_posix())
    return found


def _pipeline_name(folder: Path) -> str:
    name = (_table(folder / "model_index.json") or {}).get("_class_name")
    return name if isinstance(name, str) else ""


def _table(path: Path) -> dict[str, object] | None:
    """A JSON table, or None for anything else."""
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return table if isinstance(table, dict) else None
