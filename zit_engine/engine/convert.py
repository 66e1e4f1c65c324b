"""A checkpoint folder in another number type and in smaller files.

Comes in: a diffusers folder. Goes out: a folder of the same model, whole and checked, or none: the
work happens beside it in `.<name>.partial`, where the next try goes on. It does not know how a
file is cut (shards) nor how a try is resumed (unfinished).
"""

import errno
import hashlib
import json
import math
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zit_engine.engine.shards import CHUNK_BYTES, INDEX, Shard, index_of, plan_part
from zit_engine.engine.unfinished import (
    FOLDER,
    OnProgress,
    check_free,
    finish,
    finished,
    held,
    sync_folder,
    work_folder,
    write_shards,
)
from zit_engine.errors import CheckpointRefused, DiskFull, RequestError

DTYPES = {"bfloat16": "BF16", "float16": "F16", "float32": "F32"}
GB = 10**9
# Below 1 MB a file holds little but its header; above 1,000 GB nothing is cut.
SHARD_GB = (0.001, 1000.0)
# What a model folder holds besides weights. Pickles have other endings and stay behind.
_COPIED = {".json", ".txt", ".jinja", ".model", ".md"}
_COPIED_NAMES = {"LICENSE", "NOTICE"}
# The largest honest one is a tokenizer of some 10 MB.
_SMALL_BYTES = 64 * 2**20
# Room for folders and blocks that are not filled.
_SPARE_BYTES = 16 * 2**20


@dataclass(frozen=True, slots=True)
class Conversion:
    """What came of it. Bytes are of weights only; `resumed` shards were found finished."""

    folder: Path
    dtype: str
    shards: int
    resumed: int
    tensors: int
    source_bytes: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class _Plan:
    """`small`: the other files by their place in the folder."""

    shards: list[Shard]
    small: dict[str, bytes]

    def fingerprint(self) -> str:
        """Changes with the request and with any file of weights."""
        rows: list[Any] = [[shard.file, shard.size] for shard in self.shards]
        for move in (move for shard in self.shards for move in shard.moves):
            stat = move.path.stat()
            place = (move.path.name, move.stored.start, move.stored.end)
            rows.append([move.name, move.dtype, *place, stat.st_size, stat.st_mtime_ns])
        return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def convert(
    source: Path,
    target: Path,
    dtype: str = "bfloat16",
    shard_gb: float = 2.0,
    on_progress: OnProgress = lambda stage, done, total: None,
    *,
    chunk_bytes: int = CHUNK_BYTES,
) -> Conversion:
    """Write the model in `source` to the new folder `target`: floats as `dtype`, integers as they
    are, each file at most `shard_gb` × 10⁹ bytes unless one tensor alone is larger.

    Needs memory for two buffers of `chunk_bytes`. Stopped at any moment, it leaves `target` absent
    and goes on there when called again with the same arguments. Raises RequestError for unusable
    arguments, CheckpointRefused naming file and tensor, DiskFull, EngineError where another
    process converts to the same target, OSError.
    """
    source, target = Path(source).expanduser(), Path(target).expanduser()
    limit = _check_request(source, target, dtype, shard_gb)
    plan = _plan(source, dtype, limit)
    fingerprint, work = plan.fingerprint(), work_folder(target)
    _check_room(plan, work, fingerprint)
    try:
        with held(target):
            sums, resumed = write_shards(plan.shards, work, fingerprint, on_progress, chunk_bytes)
            finish(plan.shards, plan.small, work / FOLDER, sums, on_progress)
            if plan.fingerprint() != fingerprint:
                raise CheckpointRefused(source.name, "weights", "changed meanwhile", "no change")
            os.rename(work / FOLDER, target)
            sync_folder(target.parent)
            # What stays here by accident harms nobody: the result is in place.
            shutil.rmtree(work, ignore_errors=True)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            _refuse_room(plan, work, fingerprint, str(error))
        raise
    return Conversion(
        target,
        dtype,
        len(plan.shards),
        resumed,
        sum(len(shard.moves) for shard in plan.shards),
        sum(shard.source_bytes for shard in plan.shards),
        sum(shard.size for shard in plan.shards),
    )


def _check_request(source: Path, target: Path, dtype: str, shard_gb: float) -> int:
    """The limit of a file in bytes. Raises RequestError."""
    if dtype not in DTYPES:
        raise RequestError("error.dtype_unknown", dtype=dtype, known=", ".join(DTYPES))
    least, most = SHARD_GB
    if not (math.isfinite(shard_gb) and least <= shard_gb <= most):
        raise RequestError("error.shard_size", shard_gb=shard_gb, least=least, most=most)
    if not (source / "model_index.json").is_file():
        raise RequestError("error.checkpoint_missing", path=source)
    inside = target.resolve()
    if source.resolve() in (inside, *inside.parents):
        raise RequestError("error.target_inside", path=target, source=source)
    check_free(target)
    return int(shard_gb * GB)


def _plan(source: Path, dtype: str, limit: int) -> _Plan:
    shards: list[Shard] = []
    small = _small_files(source, "")
    for part in _parts(source, small["model_index.json"]):
        small |= _small_files(part, f"{part.name}/")
        config = f"{part.name}/config.json"
        has_weights = any(part.glob("*.safetensors*"))
        if config not in small and not has_weights:
            continue  # a tokenizer, a scheduler
        if config not in small or not has_weights:
            missing = "weights" if config in small else "config.json"
            raise CheckpointRefused(part.name, missing, "missing", "config and safetensors files")
        small[config], stem = _labelled(small[config], config, dtype)
        made = plan_part(part, stem, DTYPES[dtype], limit)
        if len(made) > 1:
            small[f"{part.name}/{stem}{INDEX}"] = _json(index_of(made))
        shards += made
    if not shards:
        raise CheckpointRefused(source.name, "weights", "missing", "a folder for each part")
    return _Plan(shards, small)


def _parts(source: Path, index: bytes) -> list[Path]:
    """The folders of the model, all that its index names among them."""
    table = _table(index, "model_index.json")
    for name, kind in table.items():
        if isinstance(kind, list) and all(kind) and not (source / name).is_dir():
            raise CheckpointRefused("model_index.json", name, "no such folder", "one for each part")
    return sorted(path for path in source.iterdir() if path.is_dir())


def _small_files(folder: Path, prefix: str) -> dict[str, bytes]:
    """Everything worth keeping but weights and their index, by its place in the checkpoint."""
    files = {}
    for path in sorted(folder.iterdir()):
        is_kept = path.suffix in _COPIED or path.name in _COPIED_NAMES
        if not is_kept or path.name.endswith(INDEX) or not path.is_file():
            continue
        size = path.stat().st_size
        if size > _SMALL_BYTES:
            limit = f"at most {_SMALL_BYTES} bytes"
            raise CheckpointRefused(f"{prefix}{path.name}", "size", f"{size} bytes", limit)
        files[f"{prefix}{path.name}"] = path.read_bytes()
    return files


def _labelled(text: bytes, file: str, dtype: str) -> tuple[bytes, str]:
    """(a part's config.json that names its number type, beginning of its weights' names).

    transformers keeps the type in its configurations, diffusers as a rule does not.
    """
    config = _table(text, file)
    is_diffusers = "_class_name" in config
    labels = [key for key in ("dtype", "torch_dtype") if key in config]
    for key in labels or ([] if is_diffusers else ["dtype"]):
        config[key] = dtype
    return _json(config), "diffusion_pytorch_model" if is_diffusers else "model"


def _table(text: bytes, file: str) -> dict[str, Any]:
    try:
        table = json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise CheckpointRefused(file, "JSON", str(error), "JSON") from error
    if not isinstance(table, dict):
        raise CheckpointRefused(file, "JSON", type(table).__name__, "a table")
    return table


def _json(table: dict[str, Any]) -> bytes:
    return json.dumps(table, ensure_ascii=False, indent=2).encode() + b"\n"


def _check_room(plan: _Plan, work: Path, fingerprint: str) -> None:
    needed, free = _room(plan, work, fingerprint)
    if free < needed:
        _refuse_room(plan, work, fingerprint, "")


def _refuse_room(plan: _Plan, work: Path, fingerprint: str, detail: str) -> None:
    needed, free = (round(count / GB, 2) for count in _room(plan, work, fingerprint))
    raise DiskFull(needed_gb=needed, free_gb=free, detail=detail)


def _room(plan: _Plan, work: Path, fingerprint: str) -> tuple[int, int]:
    """(bytes still to be written, bytes free there)."""
    done = finished(work, fingerprint)
    shards = sum(shard.size for shard in plan.shards if shard.file not in done)
    needed = shards + sum(map(len, plan.small.values())) + _SPARE_BYTES
    folder = next(path for path in work.absolute().parents if path.is_dir())
    return needed, shutil.disk_usage(folder).free
