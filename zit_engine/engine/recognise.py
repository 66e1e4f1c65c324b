"""What a folder is that somebody named as the model: told by what is in it, not by its name.

Comes in: a path. Goes out: a Recognition, or the error that says what to do instead. Reads names,
headers and model_index.json only; whether a checkpoint's values are right is for repair.
"""

import json
import os
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from zit_engine.engine.checkpoint import PARTS
from zit_engine.engine.families import looks_like
from zit_engine.engine.weights import read_header
from zit_engine.errors import CheckpointRefused, ModelMissing

VOCABULARY = "tokenizer/tokenizer.json"
_SMALL = (
    "model_index.json",
    "scheduler/scheduler_config.json",
    "tokenizer/tokenizer_config.json",
    *(f"{part}/config.json" for part in PARTS),
)
_PICKLE = re.compile(r"\.(bin|ckpt|pkl|pickle|pt|pth)$", re.IGNORECASE)
_NUMBERED = re.compile(r"-(\d{5})-of-(\d{5})\.safetensors$")
_OURS = "all_x_embedder."  # a tensor only Z-Image's transformer has
_SHOWN = 3


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
    if not os.path.isdir(folder):  # Path.is_dir raises on a name too long for the file system
        return Recognition(Kind.NOT_A_FOLDER)
    if not any(not path.name.startswith(".") for path in folder.iterdir()):
        return Recognition(Kind.EMPTY)
    if not any((folder / part).is_dir() for part in PARTS):
        return _without_parts(folder)
    missing: list[str] = []
    pickles: list[str] = []
    for part in PARTS:
        names = _read_part(folder, part, missing, pickles)
        foreign = _foreign(folder, part, names)
        if foreign is not None:
            return foreign
    if pickles:
        return Recognition(Kind.PICKLE, tuple(pickles))
    if not (folder / VOCABULARY).is_file():
        missing.append(VOCABULARY)
    if missing:
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


def _read_part(folder: Path, part: str, missing: list[str], pickles: list[str]) -> set[str]:
    """Tensor names of the part; adds to `missing` and `pickles` what keeps it from being whole."""
    inside = folder / part
    if not inside.is_dir():
        missing.append(part)
        return set()
    names: set[str] = set()
    files = sorted(path.name for path in inside.glob("*.safetensors"))
    for name in files:
        try:
            names |= set(read_header(inside / name))
        except CheckpointRefused as refused:
            is_pickle = "pickle" in str(refused.values["found"])
            (pickles if is_pickle else missing).append(f"{part}/{name}")
        except OSError:  # a link to nothing, or a file nobody may read
            missing.append(f"{part}/{name}")
    listed = _listed_files(inside, names) | _numbered_siblings(files)
    missing += [f"{part}/{name}" for name in sorted(listed - set(files))]
    if not files and not listed:
        found = [f"{part}/{path.name}" for path in inside.iterdir() if _PICKLE.search(path.name)]
        pickles += sorted(found)
        if not found:
            missing.append(f"{part}/*.safetensors")
    return names


def _listed_files(inside: Path, names: set[str]) -> set[str]:
    """Shards an index names for tensors that no file here holds."""
    listed = set()
    for path in inside.glob("*.safetensors.index*.json"):
        weight_map = (_table(path) or {}).get("weight_map")
        if isinstance(weight_map, dict):
            wanted = {file for name, file in weight_map.items() if name not in names}
            listed |= {file for file in wanted if isinstance(file, str) and file}
    return listed


def _numbered_siblings(files: list[str]) -> set[str]:
    """All shards of which one is here: model-00002-of-00003 means three."""
    siblings = set()
    for name in files:
        numbered = _NUMBERED.search(name)
        if numbered:
            stem, count = name[: numbered.start()], min(int(numbered[2]), 10_000)
            for number in range(1, count + 1):
                siblings.add(f"{stem}-{number:05}-of-{numbered[2]}.safetensors")
    return siblings


def _without_parts(folder: Path) -> Recognition:
    """A folder that is no diffusers model, told by what lies at its top."""
    names: set[str] = set()
    for path in sorted(folder.glob("*.safetensors")):
        try:
            names |= set(read_header(path))
        except (CheckpointRefused, OSError):
            return Recognition(Kind.HALF_DOWNLOADED, (path.name,))
    if names:
        family = looks_like(names)
        if "LoRA" in family:
            return Recognition(Kind.ADAPTER)
        if family and "Z-Image" not in family:
            return Recognition(Kind.OTHER_MODEL, family=family)
        return Recognition(Kind.SINGLE_FILE, tuple(p.name for p in folder.glob("*.safetensors")))
    pickles = tuple(sorted(p.name for p in folder.iterdir() if _PICKLE.search(p.name)))
    if pickles:
        return Recognition(Kind.PICKLE, pickles)
    inside = [path for path in folder.iterdir() if path.is_dir() and path.name[0] != "."]
    nested = [path.name for path in inside if any((path / part).is_dir() for part in PARTS)]
    if len(nested) == 1:
        return Recognition(Kind.NESTED, (nested[0],))
    if _pipeline_name(folder):
        if _pipeline_name(folder) == "ZImagePipeline":
            return Recognition(Kind.PARTS_MISSING, PARTS)
        return Recognition(Kind.OTHER_MODEL, family=_pipeline_name(folder))
    return Recognition(Kind.PARTS_MISSING, PARTS)


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
