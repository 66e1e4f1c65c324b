"""Training the transformer: flow matching first, then guidance and steps distilled away.

In: a LatentBank. Out: averaged weights ("teacher"), then a student that needs eight steps
and no guidance. Velocity points from noise to picture; time is 1 - noise level.
"""

from __future__ import annotations

import copy
import logging
from pathlib import Path

import torch
import torch.nn.functional as F
from diffusers import ZImageTransformer2DModel
from torch import Tensor

from zit_engine.pocket.bank import Batch, LatentBank
from zit_engine.pocket.checkpoints import Keeper, Part, load_parts
from zit_engine.pocket.optimizers import Optimizers, average_into
from zit_engine.pocket.pace import Pace, RunningMean
from zit_engine.pocket.sizes import STEPS
from zit_engine.pocket.transformer import forward, noise_level

log = logging.getLogger(__name__)
DROPPED = 0.1  # share of captions replaced by the empty one, so that guidance is possible
Empty = dict[int, tuple[Tensor, Tensor]]  # by padded length: states and length of no caption


def training_levels(count: int, device: torch.device) -> Tensor:
    """Noise levels: half uniform, half logit-normal, all shifted."""
    even = torch.rand(count, device=device)
    middle = torch.sigmoid(torch.randn(count, device=device))
    return noise_level(torch.where(torch.rand(count, device=device) < 0.5, even, middle))


def schedule_places(count: int, device: torch.device) -> Tensor:
    """Places in the schedule: 60 % exactly the eight steps', the rest anywhere above 0.02."""
    grid = torch.randint(1, STEPS + 1, (count,), device=device) / STEPS
    anywhere = torch.rand(count, device=device) * 0.98 + 0.02
    return torch.where(torch.rand(count, device=device) < 0.6, grid, anywhere)


def _column(values: Tensor) -> Tensor:
    return values.view(-1, 1, 1, 1)


def drop_captions(batch: Batch, empty: Empty) -> Batch:
    """Replace a tenth of the captions by the empty one."""
    states, length = empty[batch.caption.shape[1]]
    drop = torch.rand(len(batch.lengths), device=batch.lengths.device) < DROPPED
    caption = torch.where(drop[:, None, None], states, batch.caption)
    return Batch(batch.latents, caption, torch.where(drop, length, batch.lengths))


def flow_loss(model: ZImageTransformer2DModel, batch: Batch) -> Tensor:
    """Mean square error of the velocity at random noise levels."""
    level = training_levels(len(batch.latents), batch.latents.device)
    noise = torch.randn_like(batch.latents)
    mixed = (1 - _column(level)) * batch.latents + _column(level) * noise
    velocity = forward(model, mixed, 1 - level, batch.caption, batch.lengths)
    return F.mse_loss(velocity.float(), batch.latents - noise)


class Trainer:
    """A transformer in training, its average and its optimizers, across several phases."""

    def __init__(self, model: ZImageTransformer2DModel, rate: float = 1.5e-3) -> None:
        self.model, self.rate, self.done = model.train(), rate, 0
        self.mean = copy.deepcopy(model).requires_grad_(False)
        self.optimizers = Optimizers(model, rate)
        self.parts: dict[str, Part] = {
            "model": self.model, "mean": self.mean,
            "muon": self.optimizers.muon, "adam": self.optimizers.adam,
        }  # fmt: skip

    def begin_from(self, file: Path) -> None:
        """Take over the weights and momenta that another phase kept last."""
        self.done = int(load_parts(file, self.parts)["total"])

    def train(
        self, bank: LatentBank, resolution: int, batch: int, empty: Empty, pace: Pace,
        decay: float = 0.0, keeper: Keeper | None = None,
    ) -> float:  # fmt: skip
        """One phase; `decay` is the last share of it over which the rate falls to 1 %."""
        loss_mean, longest = RunningMean(0.98), 0.999 if decay else 0.9985
        keeper, step = keeper or Keeper(), -1
        left = keeper.resume(self.parts, pace)
        self.done += left.taken
        for step, share in left.progress():
            loss = flow_loss(self.model, drop_captions(bank.batch(resolution, batch), empty))
            slow = max(0.01, min(1, (1 - share) / decay)) if decay else 1.0
            self.optimizers.step(loss, self.rate * min(1, (self.done + 1) / 200) * slow)
            self.done += 1
            average_into(self.mean, self.model, min(longest, (1 + self.done) / (20 + self.done)))
            loss_mean.add(loss.item())
            keeper.keep(self.parts, step + 1, self.done)
            if self.done % 100 == 0:
                log.info("%d px step %d loss %.4f", resolution, self.done, loss_mean.value)
        keeper.keep(self.parts, max(step + 1, left.taken), self.done, last=True)
        return loss_mean.value


@torch.no_grad()
def guided_target(
    teacher: ZImageTransformer2DModel, mixed: Tensor, place: Tensor, batch: Batch,
    empty: Empty, guidance: float, substeps: int = 2,
) -> Tensor:  # fmt: skip
    """The velocity of one long step that lands where guided short steps of the teacher do."""
    states, length = empty[batch.caption.shape[1]]
    count = len(mixed)
    captions = torch.cat([batch.caption, states.expand(count, -1, -1)])
    lengths = torch.cat([batch.lengths, length.expand(count)])
    end, moved = (place - 1 / STEPS).clamp(min=0), mixed
    for i in range(substeps):
        now = noise_level(place + (end - place) * i / substeps)
        after = noise_level(place + (end - place) * (i + 1) / substeps)
        both = forward(teacher, torch.cat([moved, moved]), (1 - now).repeat(2), captions, lengths)
        said, unsaid = both.float().chunk(2)
        moved = moved + _column(now - after) * (unsaid + guidance * (said - unsaid))
    return (moved - mixed) / _column(noise_level(place) - noise_level(end))


def distill(
    teacher: ZImageTransformer2DModel, bank: LatentBank, batches: tuple[tuple[int, int], ...],
    empty: Empty, pace: Pace, guidance: float = 2.5, rate: float = 4e-4,
    keeper: Keeper | None = None,
) -> tuple[ZImageTransformer2DModel, float]:  # fmt: skip
    """A student whose one step equals two guided steps of the teacher, and its running loss.

    Each step takes one of `batches` (resolution, batch), in turn.
    """
    teacher = teacher.eval().requires_grad_(False)
    student = copy.deepcopy(teacher).requires_grad_(True).train()
    mean, loss_mean, keeper = copy.deepcopy(teacher), RunningMean(), keeper or Keeper()
    optimizers = Optimizers(student, rate)
    parts: dict[str, Part] = {
        "student": student, "mean": mean, "muon": optimizers.muon, "adam": optimizers.adam
    }  # fmt: skip
    for step, share in keeper.resume(parts, pace).progress():
        drawn = bank.batch(*batches[step % len(batches)])
        mixed, place = _noised(drawn)
        target = guided_target(teacher, mixed, place, drawn, empty, guidance)
        level = noise_level(place)
        velocity = forward(student, mixed, 1 - level, drawn.caption, drawn.lengths)
        loss = F.mse_loss(velocity.float(), target)
        optimizers.step(loss, rate * min(1, (step + 1) / 50) * max(0.02, 1 - share))
        average_into(mean, student, min(0.997, (2 + step) / (11 + step)))
        loss_mean.add(loss.item())
        keeper.keep(parts, step + 1)
        if step % 100 == 0:
            log.info("distill step %d loss %.4f", step, loss_mean.value)
    return mean.eval(), loss_mean.value


def _noised(batch: Batch) -> tuple[Tensor, Tensor]:
    """The batch's latents at random places of the schedule, and the places."""
    place = schedule_places(len(batch.latents), batch.latents.device)
    level = _column(noise_level(place))
    return (1 - level) * batch.latents + level * torch.randn_like(batch.latents), place
