"""Guidance and steps distilled away, by the clock: eight steps without guidance.

In: the averaged transformer as teacher, a pool, a pace. Out: the student's averaged weights. The
targets are diffusion.guided_target's, computed by a fast Net.
"""

from __future__ import annotations

import copy

import torch
import torch.nn.functional as F
from diffusers import ZImageTransformer2DModel
from torch import Tensor, nn

from zit_engine.pocket.bank import Batch
from zit_engine.pocket.budget.fast import Net, Runner
from zit_engine.pocket.budget.flow import Watch
from zit_engine.pocket.budget.pool import COMPILED, Pool
from zit_engine.pocket.diffusion import Empty, schedule_places
from zit_engine.pocket.optimizers import Optimizers, average_into
from zit_engine.pocket.pace import Pace
from zit_engine.pocket.sizes import STEPS
from zit_engine.pocket.transformer import noise_level


@torch.no_grad()
def target(
    teacher: Net, noisy: Tensor, place: Tensor, batch: Batch, empty: Empty, guidance: float,
    substeps: int = 2,
) -> Tensor:  # fmt: skip
    """The velocity of one long step that lands where guided short ones of the teacher do."""
    states, length = empty[batch.caption.shape[1]]
    count = len(noisy)
    captions = torch.cat([batch.caption, states.to(batch.caption.dtype).expand(count, -1, -1)])
    lengths = torch.cat([batch.lengths, length.expand(count)])
    end, moved = (place - 1 / STEPS).clamp(min=0), noisy
    for i in range(substeps):
        now = noise_level(place + (end - place) * i / substeps)
        after = noise_level(place + (end - place) * (i + 1) / substeps)
        both = teacher.velocity(moved.repeat(2, 1, 1, 1), (1 - now).repeat(2), captions, lengths)
        said, unsaid = both.chunk(2)
        step = (now - after).view(-1, 1, 1, 1)
        moved = moved + step * (unsaid + guidance * (said - unsaid))
    return (moved - noisy) / (noise_level(place) - noise_level(end)).view(-1, 1, 1, 1)


def train_student(
    teacher: ZImageTransformer2DModel, pool: Pool, empty: Empty, pace: Pace, batch: int,
    runner: Runner, kind: torch.dtype, guidance: float = 2.5, rate: float = 5e-4,
) -> tuple[nn.Module, float]:  # fmt: skip
    """The student's mean weights and its running loss."""
    net = Net(copy.deepcopy(teacher).train(), runner, kind)
    mean = copy.deepcopy(teacher).requires_grad_(False)
    guide = Net(copy.deepcopy(teacher).eval(), runner, kind, train=False)
    optimizers, watch = Optimizers(net.master, rate), Watch("distil", [net.master, mean])
    for step, share in pace.progress():
        with torch.no_grad():
            drawn = pool.batch(batch, most=COMPILED)
        place = schedule_places(len(drawn.latents), drawn.latents.device)
        level = noise_level(place)
        column = level.view(-1, 1, 1, 1)
        noisy = (1 - column) * drawn.latents + column * torch.randn_like(drawn.latents)
        wanted = target(guide, noisy, place, drawn, empty, guidance)
        said = net.velocity(noisy, 1 - level, drawn.caption, drawn.lengths)
        loss = F.mse_loss(said, wanted)
        net.backward(loss)
        slow = min(1.0, (step + 1) / 40) * max(0.02, 1 - share)
        optimizers.apply(rate * slow * watch.slower)
        net.refresh()
        average_into(mean, net.master, min(0.99, (2 + step) / (11 + step)))
        if not watch.add(loss):
            net.refresh()
            optimizers = Optimizers(net.master, rate)
    watch.look()
    return mean.eval(), watch.value
