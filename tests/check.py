"""Every check in one command: python -m tests.check [--full]

Format, lint, types, import directions, then the tests. Goes on after a failure so that one run
tells everything, and ends with a summary and a matching exit code.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("zit_engine", "tests", "app.py")
# Processes that share two cores must not spin while they wait for each other's threads: 8 to 11 %
# of a run's time. Nobody's own setting is overruled.
QUIETLY = {"OMP_WAIT_POLICY": "PASSIVE"}
# A file of tests stays in one process; each process may hold the embedded model (0.7 GB).
MOST_PROCESSES = 4


def commands(is_full: bool) -> dict[str, list[str]]:
    """Name of a check -> its command, cheapest first."""
    bin_folder = Path(sys.executable).parent
    marks = ["--hypothesis-profile=search"] if is_full else ["-m", "not slow"]
    side_by_side = ["-n", str(min(MOST_PROCESSES, os.cpu_count() or 1)), "--dist", "loadfile"]
    return {
        "format": [sys.executable, "-m", "ruff", "format", "--check", "--quiet", *SOURCES],
        "lint": [sys.executable, "-m", "ruff", "check", "--quiet", *SOURCES],
        "types": [sys.executable, "-m", "mypy"],
        "imports": [str(bin_folder / "lint-imports"), "--config", "pyproject.toml"],
        "tests": [sys.executable, "-m", "pytest", "-q", "--durations=15", *side_by_side, *marks],
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--full", action="store_true", help="slow, complete counts too, and new cases"
    )
    is_full = parser.parse_args().full
    rows, failed = [], False
    for name, command in commands(is_full).items():
        print(f"== {name}", flush=True)
        started = time.monotonic()
        code = subprocess.run(command, cwd=ROOT, env=QUIETLY | os.environ, check=False).returncode
        failed = failed or code != 0
        rows.append(
            f"{name:<8} {'ok' if code == 0 else f'FAILED ({code})':<12} "
            f"{time.monotonic() - started:6.1f} s"
        )
    print("\n".join(["", "== summary", *rows]), flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
