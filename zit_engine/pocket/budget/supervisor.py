"""The process that starts the others, packs what they export, and ends everything in time.

In: what was asked for. Out: a flat folder of pieces, logs and a summary, each as fresh as the last
export. It touches no GPU: whatever breaks there, what was exported before is packed.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from zit_engine.pocket.budget.clock import Clock
from zit_engine.pocket.stage_log import log_to

log = logging.getLogger(__name__)
SILENT = 100.0  # seconds without a line in the worker's log: it hangs
WORTH = 60.0  # seconds that must be left for a second try


@dataclass
class Helper:
    """A process of the run; `restart` counts tries that are left."""

    name: str
    command: list[str]
    tries: int = 1
    process: subprocess.Popen | None = None
    started: float = 0.0

    def begin(self, environment: dict[str, str], work: Path) -> None:
        self.tries -= 1
        self.started = time.monotonic()
        with (work / "logs" / f"{self.name}.out").open("ab") as out:
            self.process = subprocess.Popen(
                self.command, stdout=out, stderr=out, env=environment, process_group=0
            )

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def end(self) -> None:
        """Kill it with all that it started; its helpers may outlive it otherwise."""
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.process.wait(timeout=10)


@dataclass
class Run:
    """One run: its folders, clock and helpers."""

    work: Path
    out: Path
    clock: Clock
    helpers: list[Helper]
    packed: dict[str, float] = field(default_factory=dict)

    def watch(self, every: float = 1.0) -> None:
        """Until the worker is done or the time is up: restart what died, pack what is new."""
        environment = _environment(self.work)
        for helper in self.helpers:
            helper.begin(environment, self.work)
        worker = self.helpers[0]
        while self.clock.left(1.0) > 0:
            time.sleep(every)
            if worker.running and self._silent(worker):
                log.warning("the worker hangs at %.0f s", self.clock.now())
                worker.end()
            judging = any(each.running for each in self.helpers if each.name == "judge")
            if not worker.running and not self._again(worker, environment) and not judging:
                break
            self.pack_new()

    def _silent(self, worker: Helper) -> bool:
        file = self.work / "logs" / "worker.log"
        age = time.time() - file.stat().st_mtime if file.exists() else 0.0
        return min(age, time.monotonic() - worker.started) > SILENT

    def _again(self, worker: Helper, environment: dict[str, str]) -> bool:
        """Start the worker once more where it died and time is left; whether it was."""
        code = worker.process.returncode if worker.process else 0
        if code == 0 or worker.tries < 1 or self.clock.left(1.0) < WORTH:
            return False
        log.warning("the worker ended with %s at %.0f s: once more", code, self.clock.now())
        worker.end()
        worker.command = [word for word in worker.command if word != "--compiled"]
        worker.begin(environment, self.work)
        return True

    def pack_new(self) -> None:
        """Pack every export that changed."""
        export = self.work / "export"
        changed = {
            file.stem: file.stat().st_mtime
            for file in sorted(export.glob("*.safetensors"))
            if self.packed.get(file.stem) != file.stat().st_mtime
        }
        groups = {"adapters" if name.startswith("lora-") else name for name in changed}
        for group in sorted(groups):
            try:
                self._pack(group, export)
            except (OSError, ValueError) as error:
                log.warning("packing %s: %s", group, error)
                return
        self.packed |= changed
        if groups:
            log.info("packed %s at %.0f s", ", ".join(sorted(groups)), self.clock.now())

    def _pack(self, group: str, export: Path) -> None:
        # loading torch takes seconds, in which the helpers start already
        from safetensors import safe_open
        from safetensors.torch import load_file

        from zit_engine.pocket.budget.carrying import pack

        files = sorted(export.glob("lora-*.safetensors")) if group == "adapters" else [
            export / f"{group}.safetensors"
        ]  # fmt: skip
        tensors: dict = {}
        notes: dict = {}
        for file in files:
            prefix = f"{file.stem}/" if group == "adapters" else ""
            with safe_open(file, "pt") as held:
                notes[file.stem] = held.metadata()
            tensors |= {prefix + key: value for key, value in load_file(file).items()}
        pack(tensors, notes, self.out, group)

    def finish(self) -> dict:
        """End everything, pack the rest, write the summary and the logs."""
        for helper in self.helpers:
            helper.end()
        self.pack_new()
        told: dict = {"seconds": round(self.clock.now(), 1), "budget": self.clock.budget}
        for name in ("done", "warm", "judge"):
            file = self.work / f"{name}.json"
            told[name] = json.loads(file.read_text("utf-8")) if file.exists() else None
        told["pieces"] = {
            file.name: file.stat().st_size for file in sorted(self.out.glob("*.pack"))
        }
        with zipfile.ZipFile(self.out / "logs.zip", "w", zipfile.ZIP_DEFLATED) as held:
            for folder in ("logs", "previews"):
                for file in sorted((self.work / folder).glob("*")):
                    held.write(file, file.name)
            held.writestr("summary.json", json.dumps(told, indent=1))
        return told


def _environment(work: Path) -> dict[str, str]:
    return os.environ | {
        "TOKENIZERS_PARALLELISM": "false", "PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": "4",
        "TORCHINDUCTOR_CACHE_DIR": str(work / "cache"), "TRITON_CACHE_DIR": str(work / "triton"),
        "TORCHINDUCTOR_FX_GRAPH_CACHE": "1", "TORCHINDUCTOR_AUTOGRAD_CACHE": "1",
    }  # fmt: skip


def supervise(
    start: Path, work: Path, out: Path, budget: float, device: str, compiled: bool, judge: bool,
    toy: bool, workers: int,
) -> dict:  # fmt: skip
    """Run everything; the summary, which lies in OUT/logs.zip too."""
    begun = time.monotonic()
    shutil.rmtree(work, ignore_errors=True)
    for folder in (work / "logs", work / "export", out):
        folder.mkdir(parents=True, exist_ok=True)
    log_to(work / "logs" / "run.log")
    package = "zit_engine.pocket.budget"
    python = [sys.executable, "-m"]
    common = ["--device", device, *(["--toy"] if toy else [])]
    where, times = [str(start), str(work)], [str(begun), str(budget)]
    train = [*python, f"{package}.worker", *where, *times, *common, "--workers", str(workers)]
    helpers = [Helper("worker", [*train, *(["--compiled"] if compiled else [])], tries=3)]
    if compiled:
        helpers.append(Helper("warm", [*python, f"{package}.warm", *where, *common]))
    if judge:
        count = ["--workers", "0"] if toy else []
        helpers.append(
            Helper("judge", [*python, f"{package}.judging", *where, *times, *common, *count])
        )
    run = Run(work, out, Clock(begun, budget), helpers)
    try:
        run.watch()
    finally:
        told = run.finish()
    log.info("over at %.0f s", run.clock.now())
    return told
