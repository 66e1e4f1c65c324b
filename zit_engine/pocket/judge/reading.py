"""What the judge says of pictures, and its weights on disk.

In: a Judge and pictures, or its file. Out: Seen records. The file's header holds the concepts'
codes in the judge's order, so a longer concept list later keeps what was learned.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import safe_open
from torch import Tensor

from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.judge.material import shrink
from zit_engine.pocket.judge.network import GRID, Judge
from zit_engine.pocket.judge.weights import write_weights
from zit_engine.pocket.phrases import BACKDROPS, COLOUR_NAMES

JUDGE_FILE = Path("assets/pocket-judge/judge.safetensors")
SURE = 0.4  # a centre below this is no object; 0.25 to 0.45 count the same on renders


@dataclass(frozen=True)
class SeenObject:
    """A concept's number, its colour's number, its middle in 0..1, how sure its centre is."""

    concept: int
    colour: int
    x: float
    y: float
    sure: float


@dataclass(frozen=True)
class Seen:
    """What one picture shows, the surest object first; colours by name."""

    objects: tuple[SeenObject, ...]
    backdrop: int
    first: str
    second: str


def new_judge(concepts: list[Concept]) -> Judge:
    return Judge(len(concepts), len(BACKDROPS), len(COLOUR_NAMES))


@torch.no_grad()
def read(judge: Judge, pictures: Tensor) -> list[Seen]:
    """Judge square pictures in -1..1 of any size, 32 at a time."""
    return [seen for part in pictures.split(32) for seen in _read(judge, shrink(part))]


def _read(judge: Judge, pictures: Tensor) -> list[Seen]:
    said = judge(pictures)
    chance = torch.sigmoid(said.centre)
    peaks = (chance >= F.max_pool2d(chance[:, None], 3, 1, 1)[:, 0]) & (chance > SURE)
    wholes = (said.backdrop, said.first, said.second)
    answers = [values.argmax(1).tolist() for values in wholes]
    seen = []
    for i in range(len(pictures)):
        objects = []
        for y, x in peaks[i].nonzero().tolist():
            concept, colour = said.concept[i, :, y, x].argmax(), said.colour[i, :, y, x].argmax()
            place = (x + 0.5) / GRID, (y + 0.5) / GRID
            objects.append(
                SeenObject(int(concept), int(colour), *place, round(chance[i, y, x].item(), 3))
            )
        objects.sort(key=lambda each: -each.sure)
        backdrop, first, second = (values[i] for values in answers)
        names = COLOUR_NAMES[first], COLOUR_NAMES[second]
        seen.append(Seen(tuple(objects), backdrop, *names))
    return seen


def save_judge(judge: Judge, concepts: list[Concept], notes: dict[str, object], file: Path) -> None:
    """Weights in bfloat16; `notes` (its accuracy) and the concepts' codes in the header."""
    codes = json.dumps([concept.code for concept in concepts])
    write_weights(judge, notes, file, {"codes": codes})


def load_judge(file: Path, concepts: list[Concept]) -> Judge:
    """The judge for `concepts`; rows of those its file does not know stay as new."""
    with safe_open(file, "pt") as tensors:
        codes = json.loads(tensors.metadata()["codes"])
        state = {name: tensors.get_tensor(name) for name in tensors.keys()}  # noqa: SIM118
    judge = new_judge(concepts)
    own = judge.state_dict()
    known = {code: row for row, code in enumerate(codes)}
    rows = [(i, known[concept.code]) for i, concept in enumerate(concepts) if concept.code in known]
    here, there = (list(column) for column in zip(*rows, strict=True))
    for name, value in state.items():
        if name.startswith("concept."):
            own[name][here] = value.to(own[name].dtype)[there]
        else:
            own[name] = value.to(own[name].dtype)
    judge.load_state_dict(own)
    return judge.eval().requires_grad_(False)
