"""From a checkpoint folder to a model in memory, the largest arrangement that fits.

Comes in: a placement with its folder. Goes out: a Resident. Whatever does not fit is let go whole
before the next arrangement is tried. It does not choose the model (placement) nor paint.
"""

from pathlib import Path

import structlog

from zit_engine.engine.attention import KERNELS, fastest
from zit_engine.engine.base import OnProgress
from zit_engine.engine.checkpoint import load_pipeline, part_sizes
from zit_engine.engine.chosen_model import SIZE_STEPS
from zit_engine.engine.descent import Descent, next_open
from zit_engine.engine.forward import OwnForward
from zit_engine.engine.health import Health
from zit_engine.engine.known_files import KnownFiles
from zit_engine.engine.memory import allocated, free_unused, limit_device, read_memory
from zit_engine.engine.placement import FULL, Placement
from zit_engine.engine.residency import (
    GB,
    GIB,
    WHOLE,
    Memory,
    Rung,
    Sizes,
    decode_room,
    ladder,
    trial_room,
)
from zit_engine.engine.resident import Resident
from zit_engine.errors import OutOfMemory
from zit_engine.settings import Settings

# Pixels of a usual picture's side.
_FULL_SIDE, _POCKET_SIDE = 1024, 512

log = structlog.get_logger(__name__)


class BringUp:
    """One attempt to make a placement resident."""

    def __init__(self, settings: Settings, style_folder: Path, health: Health, emulated: bool):
        self._settings = settings
        self._style_folder = style_folder
        self._health = health
        self._emulated = emulated

    def load(self, placement: Placement, folder: Path, on_progress: OnProgress) -> Resident:
        """Raises CheckpointRefused, ModelMissing; OutOfMemory with the figures when no
        arrangement fits, and nothing of the model stays."""
        limit_device(self._settings.gpu_gib)
        sizes = part_sizes(folder, placement.dtype)
        memory = self._memory(placement)
        self._estimate(folder, sizes, memory)
        room = decode_room(sizes, memory, placement.base)
        if room is not None:
            room -= allocated()  # another engine of this process

        def read_ladder() -> tuple[Rung, ...]:
            memory = self._memory(placement)
            return ladder(sizes, memory, placement.base, self._settings.fp8)

        residency = next_open(read_ladder(), None, self._health)
        while residency is not None:
            pipeline = None
            try:
                pipeline = load_pipeline(
                    folder,
                    placement.device.kind,
                    placement.dtype,
                    residency,
                    self._emulated,
                    on_progress,
                )
            except OutOfMemory as error:
                self._health.link(str(residency), "out of memory", error.detail)
            if pipeline is not None:
                self._health.link(str(residency), "taken")
                descent = Descent(residency, placement.device.kind, read_ladder, self._health)
                return self._resident(pipeline, placement, descent, room)
            free_unused(everything=True)
            residency = next_open(read_ladder(), residency, self._health)
        raise self._too_big(sizes, self._memory(placement))

    def _memory(self, placement: Placement) -> Memory:
        # While ZeroGPU emulates the card there is none to ask; its slice holds the whole model.
        if self._emulated:
            return Memory(None, read_memory("cpu").host)
        return read_memory(placement.device.kind, self._settings.gpu_gib)

    def _resident(
        self, pipeline: object, placement: Placement, descent: Descent, room: int | None
    ) -> Resident:
        resident = Resident(
            pipeline,
            placement.base,
            self._style_folder,
            self._settings.num_inference_steps,
            self._settings.clean_every,
            descent,
            self._health,
            room,
            round(self._settings.style_gib * GIB) if self._settings.style_gib else None,
            KnownFiles(self._settings.data_dir),
            self._settings.exact or self._emulated or descent.residency not in WHOLE,
        )
        if resident.forward is not None:
            self._tune(resident.forward, placement)
            self._compile(resident, placement, room)
        return resident

    def _tune(self, forward: OwnForward, placement: Placement) -> None:
        """Find the attention kernel of a card."""
        if placement.device.kind != "cuda":
            return
        tokens = _usual_tokens(placement.base)
        name = fastest(*forward.heads, tokens, placement.device.kind, forward.dtype)
        forward.attend = KERNELS[name]
        self._health.record(attention=name)

    def _compile(self, resident: Resident, placement: Placement, room: int | None) -> None:
        """In the background; pictures are painted eagerly meanwhile."""
        wanted = self._settings.compiled
        if wanted == "auto":  # on a CPU it takes a minute and gains 7 % without a style, 0 % with
            wanted = "on" if placement.device.kind == "cuda" else "off"
        if wanted == "off" or resident.forward is None:
            return
        from zit_engine.engine.compiled_decoder import CompiledDecoder
        from zit_engine.engine.compiling import Compiling, compile_beside

        side = _usual_side(placement.base)
        stop, health = resident.stop_compiling, self._health
        work = [Compiling(resident.forward, health, _usual_tokens(placement.base), stop).run]
        # The largest picture may be decoded while this one is tried.
        if room is not None and room > trial_room(side, placement.base):
            work.append(CompiledDecoder(resident.pipeline.vae, side, health, stop).run)
        compile_beside(work, self._settings.data_dir / "compiled", stop)

    def _estimate(self, folder: Path, sizes: Sizes, memory: Memory) -> None:
        """Write down what is about to be loaded where, before it is."""
        stored = sum(path.stat().st_size for path in folder.glob("*/*.safetensors"))
        free = memory.host if memory.device is None else memory.device
        estimate = {
            "files_gb": round(stored / GB, 2),
            "loaded_gib": round(sizes.total / GIB, 2),
            "free_gib": round(free / GIB, 2),
        }
        self._health.record(estimate=estimate)
        log.info("loading", **estimate)

    def _too_big(self, sizes: Sizes, memory: Memory) -> OutOfMemory:
        free = memory.host if memory.device is None else memory.device
        return OutOfMemory(
            "error.model_too_big",
            needed=f"{sizes.total / GIB:.1f}",
            free=f"{free / GIB:.1f}",
            detail="; ".join(f"{c.residency} {c.event}: {c.reason}" for c in self._health.chain),
        )


def _usual_side(base: str) -> int:
    return _FULL_SIDE if base == FULL else _POCKET_SIDE


def _usual_tokens(base: str) -> int:
    return (_usual_side(base) // SIZE_STEPS[base]) ** 2
