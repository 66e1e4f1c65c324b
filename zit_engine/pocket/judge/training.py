"""Teaching the judge, and how often it is right on renders it has not seen.

In: concepts, their sprites, a limit. Out: a Judge, and its accuracy by question.
"""

from __future__ import annotations

import logging
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.judge.material import Answers, Material, PictureSource, roughen
from zit_engine.pocket.judge.network import Judge, Logits
from zit_engine.pocket.judge.reading import Seen, read
from zit_engine.pocket.pace import Pace, RunningMean
from zit_engine.pocket.precision import autocast
from zit_engine.pocket.records import Scene

log = logging.getLogger(__name__)
TRAIN_SEED, CHECK_SEED = 9000, 1_009_000  # of scenes; the models' own training used 0 and up
BANK = 24_000  # pictures kept to be used again, 49 kB each
FRESH = 0.4  # share of a batch rendered for it


@dataclass(frozen=True)
class Check:
    """Share of right answers on renders never trained on: plain ones, and the subject of those
    under a style."""

    subject: float
    styled_subject: float
    count: float
    backdrop: float
    backdrop_colour: float
    object_colour: float
    pictures: int


def judge_loss(logits: Logits, wanted: Answers) -> Tensor:
    """Centres by a focal loss (Zhou et al., "Objects as Points", 2019), the rest by name."""

    def miss(said: Tensor, target: Tensor) -> Tensor:
        asked = target >= 0  # only the cells and pictures that have an answer
        if not asked.any():
            return said.float().sum() * 0
        rows = said.movedim(1, -1)[asked].float()
        return F.cross_entropy(rows, target[asked], label_smoothing=0.02)

    chance = torch.sigmoid(logits.centre.float()).clamp(1e-4, 1 - 1e-4)
    top = wanted.centre > 0.999
    hit = -((1 - chance) ** 2 * chance.log())[top].sum()
    false = -((1 - wanted.centre) ** 4 * chance**2 * (1 - chance).log())[~top].sum()
    centre = (hit + false) / top.sum()
    return (
        centre
        + miss(logits.concept, wanted.concept)
        + 0.5 * miss(logits.colour, wanted.colour)
        + miss(logits.backdrop, wanted.backdrop)
        + 0.5 * miss(logits.first, wanted.first)
        + 0.3 * miss(logits.second, wanted.second)
    )


class _Bank:
    """The last pictures on the judge's device, drawn again at random beside fresh ones."""

    def __init__(self, source: Iterator[Material], device: torch.device) -> None:
        self.source, self.device = source, device
        self.rings: list[Tensor] = []
        self.filled = self.head = 0

    def batch(self, count: int) -> tuple[Tensor, Answers]:
        fresh = next(self.source)
        answers = fresh.answers.to(self.device)
        named = [getattr(answers, name) for name in Answers.__dataclass_fields__]
        columns = [fresh.pictures.to(self.device), *named]
        self._keep(columns)
        rest = count - len(columns[0])
        if rest > 0:
            rows = torch.randint(self.filled, (rest,), device=self.device)
            pairs = zip(columns, self.rings, strict=True)
            columns = [torch.cat([column, ring[rows]]) for column, ring in pairs]
        pictures, *wanted = (column[:count] for column in columns)
        return pictures.float() / 127.5 - 1, Answers(*wanted)

    def _keep(self, columns: list[Tensor]) -> None:
        if not self.rings:
            self.rings = [column.new_zeros(BANK, *column.shape[1:]) for column in columns]
        at = (self.head + torch.arange(len(columns[0]), device=self.device)) % BANK
        for ring, column in zip(self.rings, columns, strict=True):
            ring[at] = column
        self.head = (self.head + len(at)) % BANK
        self.filled = min(BANK, self.filled + len(at))


def draws(source: PictureSource, count: int) -> Iterator[Material]:
    """Endless fresh material, `count` pictures at a time."""
    while True:
        yield source.draw(count)


def train_judge(
    judge: Judge, concepts: list[Concept], pyramid: list[Tensor], pace: Pace,
    rate: float = 2e-3, batch: int = 32, seed: int = TRAIN_SEED,
    source: Iterator[Material] | None = None,
) -> float:  # fmt: skip
    """Train in place where the judge lies; returns the running loss. One step a batch.

    `source` gives fresh pictures made elsewhere; without it they are rendered here.
    """
    rnd, device = random.Random(seed), next(judge.parameters()).device
    fresh = max(1, round(batch * FRESH))
    if source is None:
        source = draws(PictureSource(concepts, pyramid, seed), fresh)
    bank = _Bank(source, device)
    optimizer = torch.optim.AdamW(judge.parameters(), rate, betas=(0.9, 0.99), weight_decay=0.02)
    judge.train().requires_grad_(True).to(memory_format=torch.channels_last)
    mean = RunningMean()
    for step, share in pace.progress():
        pictures, wanted = bank.batch(batch)
        pictures = roughen(pictures, rnd).contiguous(memory_format=torch.channels_last)
        slow = 0.5 + 0.5 * math.cos(math.pi * share)
        optimizer.param_groups[0]["lr"] = rate * min(1, (step + 1) / 100) * max(0.01, slow)
        with autocast(device.type):
            logits = judge(pictures)
        loss = judge_loss(logits, wanted)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(judge.parameters(), 5.0)
        optimizer.step()
        mean.add(loss.item())
        if step % 50 == 0:
            log.info("judge step %d (%d %%) loss %.3f", step, share * 100, mean.value)
    judge.eval()
    return mean.value


def check_judge(
    judge: Judge, concepts: list[Concept], pyramid: list[Tensor], pictures: int = 1000
) -> Check:
    """Accuracy on fresh scenes of another seed, a quarter of them under a style."""
    source, right = PictureSource(concepts, pyramid, CHECK_SEED), _Tally()
    for start in range(0, pictures, 100):
        made = source.draw(min(100, pictures - start))
        seen = read(judge, made.pictures.float() / 127.5 - 1)
        for each, scene, style in zip(seen, made.scenes, made.styles, strict=True):
            right.add(each, scene, style > 0)
    return right.check(pictures)


class _Tally:
    def __init__(self) -> None:
        self.hits: dict[str, list[bool]] = {}

    def _note(self, question: str, right: bool) -> None:
        self.hits.setdefault(question, []).append(right)

    def add(self, seen: Seen, scene: Scene, styled: bool) -> None:
        named = sorted(each.concept for each in seen.objects)
        subject = set(named) == {concept for concept, _ in scene.contents}
        if styled:
            self._note("styled", subject)
            return
        self._note("subject", subject)
        self._note("count", len(named) == len(scene.placed))
        self._note("backdrop", seen.backdrop == scene.backdrop)
        self._note("first", seen.first == scene.first_name)
        for each in seen.objects:
            known = [p for p in scene.placed if p.concept == each.concept]
            if len(known) == 1 and known[0].colour is not None:
                self._note("colour", each.colour == known[0].colour)

    def check(self, pictures: int) -> Check:
        def share(question: str) -> float:
            hits = self.hits.get(question, [False])
            return round(sum(hits) / len(hits), 4)

        return Check(
            subject=share("subject"), styled_subject=share("styled"), count=share("count"),
            backdrop=share("backdrop"), backdrop_colour=share("first"),
            object_colour=share("colour"), pictures=pictures,
        )  # fmt: skip
