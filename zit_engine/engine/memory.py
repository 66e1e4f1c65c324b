"""Memory: the allocator's setting, the regular clean-up, the out-of-memory answer, the figures.
One setting of threads is here too, as it must be made at the same moment: before torch starts.

Comes in: work to run. Goes out: its result, or OutOfMemory after one more try. It knows nothing
of pictures or styles. torch is imported inside the functions, because `prepare_allocator` has to
run before torch does.
"""

import gc
import os
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import TypeVar

from zit_engine.engine.residency import GIB, Memory
from zit_engine.errors import OutOfMemory

Result = TypeVar("Result")

# torch 2.9 renamed the variable; a Space may bring an older torch, which reads only the old name.
ALLOCATOR_NAMES = ("PYTORCH_ALLOC_CONF", "PYTORCH_CUDA_ALLOC_CONF")
_ALLOCATOR_VALUE = "expandable_segments:True"
# GNU OpenMP's threads spin while they wait, 3 ms by themselves. Beside another busy process on 2
# cores a 256 px picture of the pocket model then took 4-30 s; with waiting threads asleep 2 s. But
# waking up between any two operations takes as long as they do, so they spin for 1,000 turns: 1.3
# times as many pictures a minute, and 0.8 times beside a busy process (10,000 turns: 0.45).
_WAITING = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "1000"}


def prepare_allocator(environment: MutableMapping[str, str] | None = None) -> None:
    """Ask torch for growing memory segments and threads that sleep soon; call before it starts.

    Pictures of many sizes otherwise split the card's last free GiB into unusable pieces. A value
    set by the operator stays.
    """
    env = os.environ if environment is None else environment
    if not any(name in env for name in ALLOCATOR_NAMES):
        for name in ALLOCATOR_NAMES:
            env[name] = _ALLOCATOR_VALUE
    if not any(name in env for name in _WAITING):
        env.update(_WAITING)


class RegularCleanUp:
    """Frees unused memory every `every` pictures. Not each: emptying the CUDA cache makes the
    next picture allocate anew."""

    def __init__(self, every: int):
        self._every = every
        self.pictures = 0
        self.count = 0

    def picture_done(self) -> None:
        """Count one picture, and clean up when its turn has come."""
        self.pictures += 1
        if self.pictures % self._every == 0:
            self.run()

    def run(self) -> None:
        """Clean up now."""
        free_unused()
        self.count += 1


def look_past_loaded() -> None:
    """Leave what lives now out of every garbage collection to come: beside a loaded model each took
    0.2 s, every few pictures. `free_unused(everything=True)` looks at it again."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def free_unused(*, everything: bool = False) -> None:
    """Collect garbage, then hand cached device memory back. `everything`: a model was let go."""
    import torch

    if everything:
        gc.unfreeze()
    gc.collect()
    if torch.cuda.is_initialized():
        torch.cuda.empty_cache()


# Allocations that fail inside the driver or a library have no type of their own, only words.
_OUT_OF_MEMORY_WORDS = (
    "can't allocate memory",
    "CUDA error: out of memory",
    "CUDNN_STATUS_ALLOC_FAILED",
    "CUBLAS_STATUS_ALLOC_FAILED",
)


def is_out_of_memory(error: BaseException) -> bool:
    """True for CUDA's and Python's own errors, the CPU allocator's and the libraries'."""
    import torch

    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(w in str(error) for w in _OUT_OF_MEMORY_WORDS)


def is_device_lost(error: BaseException) -> bool:
    """True for a CUDA error that leaves the process's context unusable: every later call fails
    too, and only a new process helps."""
    import torch

    if is_out_of_memory(error):
        return False
    is_typed = isinstance(error, getattr(torch, "AcceleratorError", ()))
    return is_typed or (isinstance(error, RuntimeError) and "CUDA error" in str(error))


def with_one_retry(work: Callable[[], Result], clean_up: Callable[[], None]) -> Result:
    """`work()`; when it runs out of memory, clean up and try once more.

    Raises OutOfMemory when the second try fails too; any other error passes through.
    """
    detail = ""
    for _ in range(2):
        try:
            return work()
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            detail = f"{type(error).__name__}: {error}"
        # Outside the except block: the error's traceback holds the tensors that filled the memory.
        clean_up()
    raise OutOfMemory(detail=detail)


def read_memory(device: str, limit_gib: float = 0.0) -> Memory:
    """What a model may use: on a card the free bytes and those this process holds already, at
    most `limit_gib`; of the host what is available inside the container's limit."""
    import torch

    host = host_available()
    if device != "cuda":
        return Memory(None, host)
    free, total = torch.cuda.mem_get_info()
    ours = free + torch.cuda.memory_reserved()
    return Memory(min(ours, round(limit_gib * GIB)) if limit_gib else min(ours, total), host)


def allocated() -> int:
    """Bytes of the card that tensors of this process take."""
    import torch

    return torch.cuda.memory_allocated() if torch.cuda.is_available() else 0


def limit_device(limit_gib: float) -> None:
    """Never use more than `limit_gib` of the card; 0: no limit. Nothing without a CUDA card."""
    import torch

    if limit_gib and torch.cuda.is_available():
        total = torch.cuda.get_device_properties(0).total_memory
        torch.cuda.set_per_process_memory_fraction(min(1.0, limit_gib * GIB / total))


def host_available(cgroup: Path = Path("/sys/fs/cgroup")) -> int:
    """Bytes of host memory a process may still take. A container's limit (cgroup v2) counts,
    cached file pages do not: the kernel gives those back."""
    import psutil

    available: int = psutil.virtual_memory().available
    try:
        limit = int((cgroup / "memory.max").read_text())  # "max" without a limit
        used = int((cgroup / "memory.current").read_text())
        pages = dict(line.split() for line in (cgroup / "memory.stat").read_text().splitlines())
    except (OSError, ValueError):
        return available
    cached = int(pages.get("inactive_file", 0)) + int(pages.get("active_file", 0))
    return max(0, min(available, limit - used + cached))


def memory_report() -> dict[str, float]:
    """Host and device memory in GiB for `doctor`; the gpu_ entries exist only with a CUDA card."""
    import psutil
    import torch

    host = psutil.virtual_memory()
    report = {
        "process_rss_gib": psutil.Process().memory_info().rss / GIB,
        "ram_total_gib": host.total / GIB,
        "ram_available_gib": host.available / GIB,
    }
    if torch.cuda.is_available():
        free, total = torch.cuda.mem_get_info()
        report |= {
            "gpu_total_gib": total / GIB,
            "gpu_free_gib": free / GIB,
            "gpu_used_gib": (total - free) / GIB,
            "gpu_ours_gib": torch.cuda.memory_reserved() / GIB,
        }
    return {name: round(value, 3) for name, value in report.items()}
