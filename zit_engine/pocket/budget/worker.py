"""The process that trains: python -m zit_engine.pocket.budget.worker, started by the supervisor.

In: a start folder, a work folder, the run's clock. Out: exports, figures in done.json. A stage
that fails is logged and left; the next goes on with the last good weights.
"""

from __future__ import annotations

import json
import logging
import os
import random
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import torch
import typer

from zit_engine.pocket.budget.clock import Clock
from zit_engine.pocket.budget.kit import TOY, Amounts, Kit
from zit_engine.pocket.budget.stages import STAGES
from zit_engine.pocket.stage_log import log_to

log = logging.getLogger(__name__)
DONE = "done.json"


def run_stages(kit: Kit) -> dict[str, dict]:
    """What is not done yet, in order; the figures of all."""
    file = kit.work / DONE
    done = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    for name, stage in STAGES.items():
        if name in done:
            continue
        pace = kit.clock.pace(name)
        begun = kit.clock.now()
        if pace is None:
            log.info("%s: no time left for it", name)
            continue
        log.info("%s: from %.0f s for %.0f s", name, begun, pace.seconds)
        try:
            figures: dict = dict(stage(kit, pace))
        except Exception as error:
            # no failure of one stage may cost the others
            log.exception("%s failed", name)
            figures = {"failed": repr(error)[:300]}
        done[name] = figures | {"from": round(begun, 1), "until": round(kit.clock.now(), 1)}
        log.info("%s: %s", name, done[name])
        file.write_text(json.dumps(done, indent=1) + "\n", encoding="utf-8")
        if "failed" in figures:
            kit.go_back()
        if kit.device.type == "cuda":
            torch.cuda.empty_cache()
    return done


def main(
    start: Path, work: Path, begun: float, budget: float, device: str = "cuda",
    compiled: Annotated[bool, typer.Option("--compiled/--plain")] = False,
    toy: bool = False, workers: int = -1,
) -> None:  # fmt: skip
    """Run every stage that is not done."""
    log_to(work / "logs" / "worker.log")
    torch.manual_seed(int(time.time()))
    random.seed()
    torch.set_float32_matmul_precision("high")
    torch.backends.cudnn.benchmark = (
        False  # many shapes once each: looking costs more than it saves
    )
    torch.set_num_threads(1 if device == "cpu" else 4)
    amounts = TOY if toy else Amounts()
    if workers >= 0:
        amounts = replace(amounts, workers=workers)
    kit = Kit(start, work, Clock(begun, budget), amounts, torch.device(device), compiled)
    log.info("awake at %.1f s", kit.clock.now())
    iter(kit.source)  # its processes must start before the GPU is touched
    if device == "cuda":
        log.info("%s, torch %s", torch.cuda.get_device_name(), torch.__version__)
    run_stages(kit)
    logging.shutdown()
    os._exit(0)  # the supply's processes need not be waited for


if __name__ == "__main__":
    typer.run(main)
