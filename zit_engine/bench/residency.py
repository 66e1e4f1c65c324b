"""Does the model load beside little host memory, fit the card, and stay the same?

Comes in: whether a toy will do. Goes out: a dict for JSON: load time and memory by part, the peak
of one picture, memory over many pictures with style switches, and whether the base is still the
same bit for bit. Weights are random, in the exact layout of Z-Image Turbo.
"""

import hashlib
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import psutil
import torch

from zit_engine.bench.random_checkpoint import write_style
from zit_engine.engine.base import Shot
from zit_engine.engine.residency import GIB
from zit_engine.engine.z_image import ZImageEngine
from zit_engine.settings import ROOT, load_settings
from zit_engine.styles.style import LoraFile, Style

STYLES, RANK = 6, 32
# What an L4 gives a process; larger cards are held to it so that the figures mean an L4.
L4_GIB = 22.5
_PROMPT = "A bakery window with bread and warm light"


def run(toy: bool = False, pictures: int = 100, gpu_gib: float = L4_GIB) -> dict[str, Any]:
    """Measure; about five minutes on an H100, seconds for a toy. Needs 25 GB of disk.

    Raises EngineError when the model does not load or paint.
    """
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "model"
        command = [sys.executable, "-m", "zit_engine.bench.random_checkpoint", str(folder)]
        subprocess.run([*command, *(["--toy"] if toy else [])], cwd=ROOT, check=True)
        settings = load_settings(
            model=str(folder),
            data_dir=Path(temporary) / "data",
            gpu_gib=gpu_gib if torch.cuda.is_available() else 0.0,
            num_inference_steps=1 if toy else 8,
        )
        engine = ZImageEngine(settings, {}, Path(temporary))
        try:
            report = {
                "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu",
                "torch": torch.__version__,
                "limit_gib": settings.gpu_gib,
                "files_gb": round(sum(p.stat().st_size for p in folder.glob("*/*.s*")) / 1e9, 3),
                "load": _load(engine),
            }
            side = 32 if toy else 1024
            return report | _paint(engine, Path(temporary), side, pictures)
        finally:
            engine.close()


def _load(engine: ZImageEngine) -> dict[str, Any]:
    parts: dict[str, float] = {}

    def note(stage: str, fraction: float) -> None:
        parts[stage] = _device_gib()["allocated_gib"]

    engine.facts  # noqa: B018 - starts CUDA, whose own memory is not the loader's
    with anonymous_peak() as peak:
        started = time.monotonic()
        engine.warm_up(note)
        seconds = time.monotonic() - started
    return {
        "seconds": round(seconds, 2),
        "anonymous_peak_gib": round(peak[0] / GIB, 3),
        "allocated_after_part_gib": parts,
        "health": engine.health.as_dict(),
    }


def _paint(engine: ZImageEngine, folder: Path, side: int, pictures: int) -> dict[str, Any]:
    base = Style("base", "Base", "Base", "", MappingProxyType({}), is_base=True)
    resident = engine._get_resident(lambda stage, fraction: None)
    styles = []
    for number in range(STYLES):
        path = folder / f"style-{number}.safetensors"
        write_style(path, resident.adapters._layers, RANK, number)
        file = LoraFile("", "", 1.0, "Apache-2.0", path=path.name)
        files = MappingProxyType({engine.facts.base: file})
        styles.append(Style(path.stem, path.stem, path.stem, "", files))
    _reset_peak()
    first = _picture(engine, base, side)
    plain = _device_gib()
    for style in styles:
        _picture(engine, style, side)
    _reset_peak()
    levels, seconds = [], []
    for number in range(pictures):
        started = time.monotonic()
        _picture(engine, styles[number % STYLES], side)
        seconds.append(time.monotonic() - started)
        if number % 10 == 9:
            levels.append(_device_gib() | {"host_anonymous_gib": _anonymous() / GIB})
    return {
        "first_picture": plain,
        "with_styles": _device_gib(),
        "levels_every_10": levels,
        "picture_median_s": round(sorted(seconds)[len(seconds) // 2], 3),
        "base_is_bit_identical": _picture(engine, base, side) == first,
        "health_after": engine.health.as_dict(),
    }


def _picture(engine: ZImageEngine, style: Style, side: int) -> str:
    shot = Shot(_PROMPT, side, side, 7, style, 1.0)
    painted = engine.paint(shot, lambda done, total: None, lambda: False)
    return hashlib.sha256(painted.tobytes()).hexdigest()


def _device_gib() -> dict[str, float]:
    """Memory of the card in GiB: allocated and reserved by torch now and at most, and all that
    is used by whomever, which adds CUDA's own context."""
    if not torch.cuda.is_available():
        return {"allocated_gib": 0.0}
    free, total = torch.cuda.mem_get_info()
    figures = {
        "allocated_gib": torch.cuda.memory_allocated(),
        "peak_allocated_gib": torch.cuda.max_memory_allocated(),
        "peak_reserved_gib": torch.cuda.max_memory_reserved(),
        "used_gib": total - free,
    }
    return {name: round(value / GIB, 3) for name, value in figures.items()}


def _reset_peak() -> None:
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()


def _anonymous() -> int:
    """Private memory of this process in bytes that no file backs."""
    memory = psutil.Process().memory_info()
    return int(memory.rss - getattr(memory, "shared", 0))


@contextmanager
def anonymous_peak() -> Iterator[list[int]]:
    """The most anonymous memory above the level at the start, sampled every 10 ms."""
    start, peak, over = _anonymous(), [0], threading.Event()

    def sample() -> None:
        while not over.wait(0.01):
            peak[0] = max(peak[0], _anonymous() - start)

    sampler = threading.Thread(target=sample, daemon=True)
    sampler.start()
    try:
        yield peak
    finally:
        over.set()
        sampler.join()
