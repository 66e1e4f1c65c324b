"""The files that only list others: shard indices and model_index.json, written from what is there.

Comes in: the checkpoint folder and the tensors its headers show. Goes out: drafts and files to be
left out. It judges no configuration.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from zit_engine.engine.config_files import Draft, Repair, read_draft, same
from zit_engine.engine.loader import StoredTensor, stored_tensors
from zit_engine.engine.mend_config import CLASSES
from zit_engine.engine.mend_tokenizer import QWEN, VERBATIM
from zit_engine.engine.part_files import PICKLE
from zit_engine.errors import CheckpointRefused

MODEL_INDEX = "model_index.json"
_WHY = "written from the headers of the files that are there"


@dataclass(frozen=True, slots=True)
class MendedIndex:
    """`draft`: None where one file needs no index. `left_out`: index files not to be linked."""

    draft: Draft | None
    repairs: tuple[Repair, ...]
    left_out: frozenset[str]


def read_tensors(folder: Path, part: str) -> dict[str, StoredTensor]:
    """The part's tensors by stored name, from headers alone. Raises CheckpointRefused."""
    inside = folder / part
    files = sorted(inside.glob("*.safetensors"))
    if not files:
        pickles = [path.name for path in sorted(inside.glob("*")) if PICKLE.search(path.name)]
        found = f"pickles only ({pickles[0]}), never opened" if pickles else "missing"
        raise CheckpointRefused(part, "*.safetensors", found, "the weights")
    for path in files:
        if not path.is_file():
            raise CheckpointRefused(
                f"{part}/{path.name}", "file", "a link to nothing", "the weights"
            )
    return stored_tensors(inside)


def check_listed_files(folder: Path, part: str, tensors: Mapping[str, StoredTensor]) -> None:
    """Raises CheckpointRefused for a shard that an index names, nobody has, and holds tensors
    found in no other file: a download that stopped."""
    for path in sorted((folder / part).glob("*.safetensors.index*.json")):
        weight_map = read_draft(folder, f"{part}/{path.name}").data.get("weight_map")
        if not isinstance(weight_map, dict):
            continue
        for name, shard in weight_map.items():
            is_name = isinstance(shard, str) and shard == Path(shard).name
            if is_name and name not in tensors and not (folder / part / shard).is_file():
                file = f"{part}/{shard}"
                raise CheckpointRefused(file, name, "file missing", f"named in {path.name}")


def rebuild_index(folder: Path, part: str, tensors: Mapping[str, StoredTensor]) -> MendedIndex:
    """One index that says of every tensor where it is; none for a single file."""
    wanted = {name: where.path.name for name, where in tensors.items()}
    found = {
        f"{part}/{path.name}": read_draft(folder, f"{part}/{path.name}")
        for path in sorted((folder / part).glob("*.safetensors.index*.json"))
    }
    right = [
        file
        for file, draft in found.items()
        if same(draft.data.get("weight_map"), wanted) and not draft.repairs
    ]
    needs_one = len(set(wanted.values())) > 1
    if right or not (found or needs_one):
        return MendedIndex(None, (), frozenset())
    stem = "model" if part == "text_encoder" else "diffusion_pytorch_model"
    file = f"{part}/{stem}.safetensors.index.json"
    wrong = "wrong" if found else "missing"
    became = f"{len(wanted)} tensors" if needs_one else "none needed"
    repair = Repair(next(iter(found), file), "weight_map", wrong, became, _WHY, "rebuild_index")
    draft = Draft(file, {"metadata": {}, "weight_map": wanted}) if needs_one else None
    return MendedIndex(draft, (repair,), frozenset(found))


def rebuild_model_index(folder: Path) -> Draft:
    """model_index.json naming the classes these parts are made of."""
    draft = read_draft(folder, MODEL_INDEX)
    step, why = "rebuild_model_index", "the weights show it"
    draft.set("_class_name", "ZImagePipeline", why, step)
    for part, name in CLASSES.items():
        draft.set(part, ["diffusers", name], why, step)
    choices = {
        "text_encoder": ("Qwen3Model", "Qwen3ForCausalLM"),
        "tokenizer": (*VERBATIM, *QWEN),
    }
    for part, names in choices.items():
        if not any(same(draft.data.get(part), ["transformers", name]) for name in names):
            draft.set(part, ["transformers", names[0]], why, step)
    known = {*CLASSES, *choices}
    for key in [key for key in draft.data if key not in known and not key.startswith("_")]:
        draft.drop(key, "Z-Image has no such part", step)
    return draft
