"""Which files one part of a checkpoint consists of, and which of them are not there.

Comes in: the checkpoint folder and a part's name. Goes out: the tensor names found, and the files
that are missing, cut or pickled. It judges no values.
"""

import re
from pathlib import Path

from zit_engine.engine.config_files import read_draft
from zit_engine.engine.weights import read_header
from zit_engine.errors import CheckpointRefused

PICKLE = re.compile(r"\.(bin|ckpt|pkl|pickle|pt|pth)$", re.IGNORECASE)
_NUMBERED = re.compile(r"-(\d{5})-of-(\d{5})\.safetensors$")


def read_part(folder: Path, part: str, missing: list[str], pickles: list[str]) -> set[str]:
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
    indexed = _listed_files(folder, part, names)
    listed = _numbered_siblings(files) if indexed is None else indexed
    missing += [f"{part}/{name}" for name in sorted(listed - set(files))]
    if not files and not listed:
        found = [f"{part}/{path.name}" for path in inside.iterdir() if PICKLE.search(path.name)]
        pickles += sorted(found)
        if not found:
            missing.append(f"{part}/*.safetensors")
    return names


def _listed_files(folder: Path, part: str, names: set[str]) -> set[str] | None:
    """Shards an index names for tensors that no file here holds; None without an index."""
    listed: set[str] | None = None
    for path in (folder / part).glob("*.safetensors.index*.json"):
        try:
            weight_map = read_draft(folder, f"{part}/{path.name}").data.get("weight_map")
        except CheckpointRefused:
            continue
        if isinstance(weight_map, dict):
            files = [file for name, file in weight_map.items() if name not in names]
            here = {file for file in files if isinstance(file, str) and file == Path(file).name}
            listed = (listed or set()) | here
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
