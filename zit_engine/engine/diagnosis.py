"""What `doctor` says of the engine without loading it.

Comes in: settings. Goes out: plain data: the allocator's setting, each arrangement of the model
with what it needs here and why it is open or not, and how the latest process fared.
"""

import os
from typing import Any

from zit_engine.engine.checkpoint import part_sizes
from zit_engine.engine.health_file import HealthFile
from zit_engine.engine.memory import ALLOCATOR_NAMES, host_available, read_memory
from zit_engine.engine.placement import (
    FULL_SIZES,
    Placement,
    choose_model,
    find_device,
)
from zit_engine.engine.residency import GIB, Rung, ladder
from zit_engine.messages import say
from zit_engine.settings import Settings


def diagnose(settings: Settings) -> dict[str, Any]:
    """Raises ModelMissing and CheckpointRefused as loading would."""
    device = find_device(settings.gpu_gib)
    placement = choose_model(
        settings.model, settings.model_revision, device, host_available(), settings.fp8
    )
    return {
        "allocator": {name: os.environ[name] for name in ALLOCATOR_NAMES if name in os.environ},
        "clean_every": settings.clean_every,
        "step_timeout_s": settings.step_timeout_s,
        "arrangements": [_row(rung) for rung in _rungs(placement, settings)],
        "latest_process": HealthFile(settings.data_dir).read(),
    }


def _rungs(placement: Placement, settings: Settings) -> tuple[Rung, ...]:
    sizes = FULL_SIZES
    if placement.folder is not None:
        sizes = part_sizes(placement.folder, placement.dtype)
    memory = read_memory(placement.device.kind, settings.gpu_gib)
    return ladder(sizes, memory, placement.base, settings.fp8)


def _row(rung: Rung) -> dict[str, object]:
    return {
        "residency": str(rung.residency),
        "device_gib": round(rung.device_bytes / GIB, 2),
        "host_gib": round(rung.host_bytes / GIB, 2),
        "open": rung.is_open,
        "reason": say(rung.reason_id, "en", **rung.reason_values) if rung.reason_id else "",
    }
