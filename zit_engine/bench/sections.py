"""All sections of the bench, and one report of those asked for.

Comes in: names of sections, how quickly. Goes out: a dict for JSON with the device, the model and
each section's figures; into a folder also as a table and a plot. Ratios are named so, seconds mean
nothing without the device beside them. Importing this starts no torch.
"""

import contextlib
import importlib
import json
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from zit_engine.settings import Settings

if TYPE_CHECKING:
    from zit_engine.bench.trial import Trial

_PROCESSOR = Path("/proc/cpuinfo")
Run = Callable[["Trial"], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Section:
    """`where`: module and function of this package. `help`: for the command line."""

    where: str
    help: str

    def run(self, trial: "Trial") -> dict[str, Any]:
        module, function = self.where.split(":")
        work: Run = getattr(importlib.import_module(f"zit_engine.bench.{module}"), function)
        return work(trial)


# In this order: what needs the model first, then what starts processes of its own.
SECTIONS: Mapping[str, Section] = {
    "stages": Section("stages:run", "Where the time of one picture goes, from form to file."),
    "plain": Section("plain:run", "This engine against plain diffusers, same seeds."),
    "card": Section("card:run", "Denoising's share of what the machine can compute."),
    "styles": Section("styles:run", "A switch of style, an active adapter, a trace in the base."),
    "queue": Section("mixed_queue:run", "Six styles in line against one; idle painters."),
    "resident": Section("resident:run", "Nothing is loaded after the first picture."),
    "sizes": Section("sizes:run", "Stalls and compiling over every size and style."),
    "first": Section("first:run", "From the start of a process to the first picture."),
    "memory": Section("first:run_memory", "Memory of a process that paints."),
    "load": Section("crowd:run", "A crowd before the page; more than fit."),
}


def run_sections(
    names: Sequence[str],
    settings: Settings,
    *,
    quick: bool = False,
    full_size_random: bool = False,
    side: int = 0,
    on_section: Callable[[str], None] = lambda name: None,
) -> dict[str, Any]:
    """The report. `side`: smaller squares, to try the bench itself. `on_section` is told the name
    of each before it is measured. Raises EngineError."""
    from zit_engine.bench.trial import open_trial

    sections: dict[str, Any] = {}
    with open_trial(settings, full_size_random=full_size_random, quick=quick, side=side) as trial:
        where = device(trial.engine.facts.device)
        for name in names:
            on_section(name)
            started = time.monotonic()
            sections[name] = SECTIONS[name].run(trial)
            sections[name]["took_s"] = round(time.monotonic() - started, 1)
        facts = trial.engine.facts  # now: a model that cannot be had was replaced
        return {
            "device": where | {"threads": threads()},  # set when the model was loaded
            "model": "random weights at full size" if full_size_random else facts.title,
            "dtype": facts.dtype,
            "compiled": str(trial.engine.health.as_dict().get("compiled", "no")),
            "size": trial.side,
            "steps": facts.num_inference_steps,
            "quick": quick,
            "sections": sections,
        }


def device(kind: str) -> dict[str, Any]:
    """What the seconds of a report belong to."""
    import torch

    on_card = kind == "cuda"
    return {
        "name": torch.cuda.get_device_name() if on_card else _processor(),
        "kind": kind,
        "cores": psutil.cpu_count(),
        "threads": threads(),
        "load_average": round(psutil.getloadavg()[0], 1),
        "torch": torch.__version__,
        "python": platform.python_version(),
    }


def threads() -> int:
    """How many torch computes on."""
    import torch

    return int(torch.get_num_threads())


def _processor() -> str:
    """Linux tells its name in a file only."""
    with contextlib.suppress(OSError):
        for line in _PROCESSOR.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def write(report: Mapping[str, Any], folder: Path) -> list[Path]:
    """The report as bench.json, bench.txt and bench.png in `folder`, over earlier ones."""
    from zit_engine.bench.plot import plot
    from zit_engine.bench.table import table

    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"bench.{ending}" for ending in ("json", "txt", "png")]
    text = json.dumps(report, ensure_ascii=False, indent=1)
    paths[0].write_text(text + "\n", encoding="utf-8")
    paths[1].write_text(table(report) + "\n", encoding="utf-8")
    plot(report).save(paths[2])
    return paths
