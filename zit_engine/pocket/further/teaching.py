"""Teaching a finished model further: free wording of what it knows, and things new to it.

In: the first model as teacher, a student to go on from, Material. Out: the student's averaged
weights. Two targets in every batch:

- a known scene, asked for in any words, must get the very velocity that the teacher gives it in
  the words it was taught: an exact target, so that nothing known is lost;
- a new scene gets the path from its render, pushed from the teacher's velocity for no words as
  guidance pushes, so that eight steps without guidance stay enough (Tang et al., "Diffusion
  Models without Classifier-free Guidance", 2025).
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from diffusers import ZImageTransformer2DModel
from torch import Tensor
from transformers import Qwen3Model

from zit_engine.pocket.checkpoints import Keeper, Part
from zit_engine.pocket.diffusion import schedule_places
from zit_engine.pocket.further.material import Lesson, Material
from zit_engine.pocket.optimizers import average_into
from zit_engine.pocket.pace import Pace, RunningMean
from zit_engine.pocket.precision import autocast
from zit_engine.pocket.text_encoder import hidden_states
from zit_engine.pocket.transformer import Block, forward, noise_level, plain_block

log = logging.getLogger(__name__)
PUSH = 0.6  # 1 - 1 / guidance, for guidance 2.5
WORDS_SLOWER = 0.5  # the encoder's rate as a share of the transformer's
KNOWN_WEIGHT = 3.0  # exact targets leave small errors; unweighted, new scenes drown them


@dataclass
class Model:
    """A transformer and the text encoder it reads."""

    transformer: ZImageTransformer2DModel
    encoder: Qwen3Model
    block: Block = plain_block

    def parts(self) -> tuple[ZImageTransformer2DModel, Qwen3Model]:
        return self.transformer, self.encoder

    def copy(self) -> Model:
        return replace(
            self,
            transformer=copy.deepcopy(self.transformer),
            encoder=copy.deepcopy(self.encoder),
        )

    def velocity(self, mixed: Tensor, level: Tensor, ids: Tensor, lengths: Tensor) -> Tensor:
        """float32 velocity, in bfloat16 arithmetic where that is quick."""
        with autocast():
            states = hidden_states(self.encoder, ids).float()
            time = 1 - level
            return forward(self.transformer, mixed, time, states, lengths, self.block).float()


@torch.no_grad()
def teachers_say(
    teacher: Model, mixed: Tensor, level: Tensor, lesson: Lesson, none: tuple[Tensor, Tensor]
) -> tuple[Tensor, Tensor]:
    """Velocities of the known half in taught words, and of the new half without words."""
    new = len(mixed) - len(lesson.as_taught)
    ids = torch.cat([lesson.as_taught, none[0].expand(new, -1)])
    lengths = torch.cat([lesson.as_taught_lengths, none[1].expand(new)])
    said = teacher.velocity(mixed, level, ids, lengths)
    return said[:-new], said[-new:]


def losses(
    student: Model, teacher: Model, lesson: Lesson, none: tuple[Tensor, Tensor]
) -> tuple[Tensor, Tensor]:
    """Mean square errors of the known and of the new half."""
    count = len(lesson.latents)
    level = noise_level(schedule_places(count, lesson.latents.device))
    column = level.view(-1, 1, 1, 1)
    noise = torch.randn_like(lesson.latents)
    mixed = (1 - column) * lesson.latents + column * noise
    known, wordless = teachers_say(teacher, mixed, level, lesson, none)
    said = student.velocity(mixed, level, lesson.ids, lesson.lengths)
    half = len(known)
    path = (lesson.latents - noise)[half:]
    pushed = path + PUSH * (said[half:].detach() - wordless)
    return F.mse_loss(said[:half], known), F.mse_loss(said[half:], pushed)


def teach(
    student: Model, teacher: Model, material: Material, none: tuple[Tensor, Tensor], pace: Pace,
    *, batch: int = 16, rate: float = 6e-5, first: int = 256, fresh_every: int = 4,
    keeper: Keeper | None = None, look: Callable[[Model, int], None] | None = None,
) -> tuple[Model, float, float]:  # fmt: skip
    """The averaged student, and its running losses on known and new scenes.

    `none` is the empty caption's ids [1, 32] and length [1]; `look` sees the average at times.
    """
    for part in teacher.parts():
        part.eval().requires_grad_(False)
    mean = student.copy()
    for part in mean.parts():
        part.eval().requires_grad_(False)
    groups = [list(part.train().requires_grad_().parameters()) for part in student.parts()]
    parameters = [parameter for group in groups for parameter in group]
    optimizer = torch.optim.AdamW(
        [{"params": group} for group in groups], rate, betas=(0.9, 0.99), weight_decay=0.005,
        fused=True,
    )  # fmt: skip
    parts: dict[str, Part] = {
        "transformer": student.transformer, "encoder": student.encoder, "adam": optimizer,
        "mean_transformer": mean.transformer, "mean_encoder": mean.encoder,
    }  # fmt: skip
    keeper, known_mean, new_mean = keeper or Keeper(), RunningMean(0.97), RunningMean(0.97)
    for step, share in keeper.resume(parts, pace).progress():
        shape = material.shape()
        if (shape, True) not in material.held:
            material.add(first if shape[0] == shape[1] else batch, shape)
        elif step % fresh_every == 0:
            material.add(batch // 2, shape)
        known, new = losses(student, teacher, material.lesson(batch, shape), none)
        optimizer.zero_grad(set_to_none=True)
        (KNOWN_WEIGHT * known + new).backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        for group, slower in zip(optimizer.param_groups, (1.0, WORDS_SLOWER), strict=True):
            group["lr"] = rate_now(rate, step, share) * slower
        optimizer.step()
        for kept, moving in zip(mean.parts(), student.parts(), strict=True):
            average_into(kept, moving, min(0.99, (2 + step) / (11 + step)))
        known_mean.add(known.item())
        new_mean.add(new.item())
        keeper.keep(parts, step + 1)
        if step % 20 == 0:
            log.info("step %d known %.4f new %.4f", step, known_mean.value, new_mean.value)
            if look:
                look(mean, step)
    return mean, known_mean.value, new_mean.value


def rate_now(rate: float, step: int, share: float, warm: int = 30, decay: float = 0.5) -> float:
    """Up over `warm` steps, level, then down to 2 % over the last `decay` of the time."""
    return rate * min(1.0, (step + 1) / warm) * max(0.02, min(1.0, (1 - share) / decay))
