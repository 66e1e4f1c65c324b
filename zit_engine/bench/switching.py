"""How long does a switch of style take, does it grow with their number, and what does it save?

Comes in: how many switches to time. Goes out: a dict for JSON with ratios inside one run: the
95th percentile among 2 and among 16 resident styles, and of unloading one adapter and loading the
next from disk, which is how a switch is done without resident adapters.
"""

import functools
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import Any

from zit_engine.engine.adapters import StyleAdapters
from zit_engine.engine.z_image import ZImageEngine
from zit_engine.settings import ROOT, load_settings
from zit_engine.styles.style import LoraFile, Style

FEW, MANY = 2, 16
_SHIPPED = ROOT / "style_loras" / "pocket"


def run(repeats: int = 60) -> dict[str, Any]:
    """Measure on the embedded model; about half a minute on two cores."""
    with tempfile.TemporaryDirectory() as temporary:
        styles = _styles(Path(temporary))
        engine = ZImageEngine(load_settings(model="pocket", data_dir=Path(temporary)), {})
        try:
            pipeline = engine._get_resident(lambda stage, fraction: None).pipeline
            # Interleaved rounds would share one pipeline with different numbers of adapters, so
            # the order is few, many, few again: a drift would show between the first and last.
            few = _switches(pipeline, styles[:FEW], repeats)
            anew = _unload_and_load(pipeline, styles, max(5, repeats // 4))
            many = _switches(pipeline, styles, repeats)
            pipeline.unload_lora_weights()
            few_again = _switches(pipeline, styles[:FEW], repeats)
        finally:
            engine.close()
    few_ms, many_ms = _p95([*few, *few_again]), _p95(many)
    return {
        "model": "pocket",
        "switches": repeats,
        f"p95_ms_of_{FEW}": round(few_ms, 2),
        f"p95_ms_of_{MANY}": round(many_ms, 2),
        "unload_and_load_p95_ms": round(_p95(anew), 2),
        "growth": round(many_ms / few_ms, 2),
        f"share_of_unload_and_load_{FEW}": round(few_ms / _p95(anew), 4),
        f"share_of_unload_and_load_{MANY}": round(many_ms / _p95(anew), 4),
        "drift": round(statistics.median(few_again) / statistics.median(few), 2),
    }


def _styles(folder: Path) -> list[Style]:
    """MANY styles with files of their own, copies of the shipped ones."""
    shipped = sorted(_SHIPPED.glob("*.safetensors"))
    made = []
    for number in range(MANY):
        path = folder / f"s{number}.safetensors"
        shutil.copyfile(shipped[number % len(shipped)], path)
        lora_file = LoraFile("", "", 1.0, "Apache-2.0", path=str(path))
        files = MappingProxyType({"pocket": lora_file})
        made.append(Style(f"s{number}", f"s{number}", f"s{number}", "", files))
    return made


def _switches(pipeline: Any, styles: list[Style], repeats: int) -> list[float]:
    """Milliseconds of each switch among resident `styles`, in a fixed random order."""
    adapters = StyleAdapters(pipeline, "pocket", ROOT)
    for style in styles:
        adapters.activate(style, 1.0, _silent)
    order = random.Random(7)
    times: list[float] = []
    for _ in range(repeats):
        style = order.choice([each for each in styles if each.id != adapters.loaded[-1]])
        times.append(_timed(functools.partial(adapters.activate, style, 1.0, _silent)))
    pipeline.unload_lora_weights()
    return times


def _unload_and_load(pipeline: Any, styles: list[Style], repeats: int) -> list[float]:
    times = []
    for number in range(repeats):
        path = Path(styles[number % len(styles)].files["pocket"].path)

        def switch(path: Path = path) -> None:
            pipeline.unload_lora_weights()
            pipeline.load_lora_weights(
                str(path.parent), weight_name=path.name, adapter_name="only", local_files_only=True
            )

        times.append(_timed(switch))
    pipeline.unload_lora_weights()
    return times[1:]


def _timed(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


def _silent(stage: str, fraction: float) -> None:
    """Nobody watches."""
