"""The text encoder learns from the transformer that reads it: a free caption must start the same
picture as the taught one of its scene.

In: a student whose transformer stays as it is, a teacher, Sayings. Out: the student's encoder
changed in place. No picture is rendered: what a caption means to the transformer shows in the
velocity it gives to noise. A probe knows less of that language; what it reads right may still be
drawn wrong.
"""

from __future__ import annotations

import logging

import torch
from torch import Tensor

from zit_engine.pocket.further.teaching import Model
from zit_engine.pocket.further.words import Sayings
from zit_engine.pocket.pace import Pace, RunningMean
from zit_engine.pocket.transformer import latent_shape, step_levels

log = logging.getLogger(__name__)
FREE = 0.75  # share of captions that the student hears in free words; taught ones must stay
LATER = 3  # every third step looks at one of the levels after the first
CLIP = 0.05  # the gradient's length; it is seldom shorter than this
WARM = 10  # steps


def teach_hearing(
    student: Model, teacher: Model, sayings: Sayings, pace: Pace, *,
    batch: int = 16, rate: float = 2e-4, side: int = 256,
) -> tuple[float, float]:  # fmt: skip
    """Train the encoder; running mean square errors of the velocities, free and taught ones'."""
    for part in (*teacher.parts(), student.transformer):
        part.eval().requires_grad_(False)
    weights = list(student.encoder.train().requires_grad_(True).parameters())
    optimizer = torch.optim.AdamW(weights, rate, betas=(0.9, 0.98), fused=True)
    free = int(batch * FREE)
    means = RunningMean(0.95), RunningMean(0.95)
    for step, share in pace.progress():
        taught, heard = sayings.twice(batch, free)
        noise = torch.randn(latent_shape(batch, side, side))
        later = step // LATER % LATER + 1 if step % LATER == LATER - 1 else 0
        mixed, level, wanted = _wanted(teacher, noise, taught, later)
        error = (student.velocity(mixed, level, *heard) - wanted).square().mean((1, 2, 3))
        optimizer.zero_grad(set_to_none=True)
        error.mean().backward()
        torch.nn.utils.clip_grad_norm_(weights, CLIP)
        optimizer.param_groups[0]["lr"] = rate * min(1, (step + 1) / WARM) * max(0.03, 1 - share)
        optimizer.step()
        for mean, part in zip(means, (error[:free], error[free:]), strict=True):
            mean.add(part.mean().item())
        if step % 10 == 0:
            log.info("hearing step %d free %.4f taught %.4f", step, *(m.value for m in means))
    student.encoder.eval().requires_grad_(False)
    return means[0].value, means[1].value


@torch.no_grad()
def _wanted(
    teacher: Model, noise: Tensor, taught: tuple[Tensor, Tensor], later: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Latents, their noise levels, and the teacher's velocities: of noise, or `later` sampling
    steps on, as the first velocity leads there."""
    levels, level = step_levels(), torch.ones(len(noise))
    velocity = teacher.velocity(noise, level, *taught)
    if not later:
        return noise, level, velocity
    mixed = noise + (1 - levels[later]) * velocity
    level = level * levels[later]
    return mixed, level, teacher.velocity(mixed, level, *taught)
