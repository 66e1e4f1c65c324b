"""A process that has loaded nothing yet: `python -m zit_engine.bench.fresh_process SETTINGS COUNT`.

Comes in: settings by field name as JSON, how many pictures. Goes out: one line of JSON: when the
model was there and when the first picture was, by the clock on the wall, and the memory it took.
"""

import json
import resource
import sys
import time

import psutil

from zit_engine.engine.base import Shot
from zit_engine.engine.memory import prepare_allocator
from zit_engine.engine.z_image import ZImageEngine
from zit_engine.logs import configure_logging
from zit_engine.settings import ROOT, load_settings
from zit_engine.styles.catalogue import load_catalogue
from zit_engine.styles.style import Style

MB = 1_000_000


def main() -> None:
    given, count = json.loads(sys.argv[1]), int(sys.argv[2])
    configure_logging("warning")
    prepare_allocator()
    side = given.pop("side", 0)
    settings = load_settings(**given)
    catalogue = load_catalogue(ROOT / "style_loras")
    engine = ZImageEngine(settings, catalogue)
    engine.warm_up(lambda stage, fraction: None)
    report: dict[str, object] = {"loaded_at": time.time(), "loaded_mb": _now_mb()}
    side = side or round(engine.facts.render_area**0.5)
    local = [style for style in catalogue.values() if _is_here(style, engine.facts.base)]
    for number in range(count):
        style = local[number % len(local)]
        shot = Shot(f"A bakery window, number {number}", side, side, number, style, 1.0)
        engine.paint(shot, lambda done, total: None, lambda: False)
        report.setdefault("first_picture_at", time.time())
    report |= {"after_mb": _now_mb(), "peak_mb": _peak_mb(), **_card_mb(), "pictures": count}
    sys.stdout.write(json.dumps(report) + "\n")


def _is_here(style: Style, base: str) -> bool:
    """Nothing is fetched for a measurement."""
    file = style.files.get(base)
    return style.is_base or (file is not None and bool(file.path))


def _now_mb() -> float:
    return round(int(psutil.Process().memory_info().rss) / MB, 1)


def _peak_mb() -> float:
    """The most that ever lay in this process's memory; Linux tells KiB, macOS bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MB, 1)


def _card_mb() -> dict[str, float]:
    import torch

    if not torch.cuda.is_available():
        return {}
    return {
        "card_peak_allocated_mb": round(torch.cuda.max_memory_allocated() / MB, 1),
        "card_peak_reserved_mb": round(torch.cuda.max_memory_reserved() / MB, 1),
    }


if __name__ == "__main__":
    main()
