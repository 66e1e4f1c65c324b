"""The process that teaches the judge beside the others, and counts how often it is right.

In: the start folder, the run's clock. Out: an export in the work folder, with the judge's notes.
Pictures are rendered by processes on cores that are free after words; the GPU only trains, a few
milliseconds a step.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
import typer
from safetensors.torch import save_file
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from zit_engine.pocket.budget.carrying import unpack
from zit_engine.pocket.budget.clock import JUDGE_END, Clock
from zit_engine.pocket.budget.kit import TOY, Amounts, run_concepts
from zit_engine.pocket.budget.starting import open_pyramid
from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.judge.material import Answers, Material, PictureSource
from zit_engine.pocket.judge.reading import load_judge, new_judge, save_judge
from zit_engine.pocket.judge.training import check_judge, draws, train_judge
from zit_engine.pocket.pace import Pace
from zit_engine.pocket.stage_log import log_to

log = logging.getLogger(__name__)
SEED = 31_000  # far from those of earlier training and of the check
CHECK_SECONDS = 25.0  # for a thousand pictures


class _Pictures(IterableDataset):
    def __init__(self, concepts: list[Concept], pyramid: list[Tensor], count: int) -> None:
        self.concepts, self.pyramid, self.count = concepts, pyramid, count

    def __iter__(self) -> Iterator[list[np.ndarray]]:
        worker = get_worker_info()
        os.nice(10)
        seed = SEED + 101 * (worker.id if worker else 0)
        for made in draws(PictureSource(self.concepts, self.pyramid, seed), self.count):
            named = [getattr(made.answers, name) for name in Answers.__dataclass_fields__]
            yield [column.numpy() for column in (made.pictures, *named)]


def _as_it_is(columns: list[np.ndarray]) -> list[np.ndarray]:
    """Arrays go through a pipe; tensors would fill a small /dev/shm with 7 MB a draw."""
    return columns


def _materials(stream: Iterator[list[np.ndarray]]) -> Iterator[Material]:
    for columns in stream:
        pictures, *named = (torch.from_numpy(column) for column in columns)
        yield Material(pictures, [], [], Answers(*named))


def _unpacked(start: Path, file: Path) -> Path:
    """The judge as the file its loader reads."""
    tensors, notes = unpack(start, "judge")
    save_file(tensors, str(file), metadata=notes)
    return file


def main(
    start: Path, work: Path, begun: float, budget: float, device: str = "cuda",
    workers: int = 10, toy: bool = False, until: float = JUDGE_END,
) -> None:  # fmt: skip
    """Teach until a share of the time is over, check, export."""
    log_to(work / "logs" / "judge.log")
    clock, amounts = Clock(begun, budget), TOY if toy else Amounts()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    concepts = run_concepts(start)
    pyramid = open_pyramid(start, concepts, torch.device("cpu"))
    known = list(start.glob("judge-*.pack"))
    judge = load_judge(_unpacked(start, work / "judge.old"), concepts) if known else None
    judge = judge or new_judge(concepts)
    pictures = _Pictures(concepts, pyramid, amounts.judge // 2)
    loader = DataLoader(
        pictures, batch_size=None, num_workers=workers, prefetch_factor=3 if workers else None,
        collate_fn=_as_it_is,
    )  # fmt: skip
    stream = iter(loader)  # its processes must start before the GPU is touched
    judge = judge.to(device)
    left = clock.left(until) - CHECK_SECONDS * budget / 450
    log.info("judge: from %.0f s for %.0f s", clock.now(), left)
    loss = train_judge(
        judge, concepts, pyramid, Pace(max(1.0, left)), 1.5e-3, amounts.judge, SEED,
        _materials(stream),
    )  # fmt: skip
    file = work / "export" / "judge.safetensors"
    save_judge(judge.cpu(), concepts, {"loss": loss}, file)
    check = check_judge(judge, concepts, pyramid, 20 if toy else 1000)
    log.info("%s at %.0f s", check, clock.now())
    save_judge(judge, concepts, asdict(check), file.with_suffix(".new"))
    file.with_suffix(".new").replace(file)
    (work / "judge.json").write_text(json.dumps(asdict(check)), encoding="utf-8")
    logging.shutdown()
    os._exit(0)


if __name__ == "__main__":
    typer.run(main)
