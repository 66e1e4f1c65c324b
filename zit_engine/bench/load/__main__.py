"""`python -m zit_engine.bench.load [crowd admission soak ending chaos]`; all without a name.

Writes zit_engine/bench/results/load.json with every figure; ends with 1 where something does not
hold.
"""

import argparse
import asyncio
import json
import platform
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from zit_engine.bench.load import chaos, crowds

RESULTS = Path(__file__).resolve().parent.parent / "results" / "load.json"
Run = Callable[[Path, argparse.Namespace], dict[str, Any]]
RUNS: dict[str, Run] = {
    "crowd": lambda folder, asked: asyncio.run(crowds.crowd(folder, asked.people)),
    "admission": lambda folder, asked: asyncio.run(crowds.admission(folder)),
    "soak": lambda folder, asked: asyncio.run(crowds.soak(folder, asked.jobs)),
    "ending": lambda folder, asked: asyncio.run(crowds.ending(folder)),
    "chaos": lambda folder, asked: chaos.run(folder, asked.seconds, asked.seed),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="*", choices=[[], *RUNS], default=[], metavar="run")
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=600.0, help="of chaos")
    parser.add_argument("--seed", type=int, default=1, help="of chaos")
    asked = parser.parse_args()
    report = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    holds = True
    for name in asked.runs or RUNS:
        with tempfile.TemporaryDirectory() as folder:
            figures = RUNS[name](Path(folder) / "data", asked)
        load = round(psutil.getloadavg()[0], 1)
        report[name] = {**figures, "cores": psutil.cpu_count(), "load_average": load}
        holds = holds and figures["holds"]
        print(f"{name}: {'holds' if figures['holds'] else 'DOES NOT HOLD'}")
        print(json.dumps(report[name], ensure_ascii=False, indent=1), flush=True)
    report["python"] = platform.python_version()
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(report, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
