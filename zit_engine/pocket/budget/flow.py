"""Flow matching from a pool, by the clock: what transformer and text encoder learn from scenes.

In: a Net, a pool, a pace. Out: the averaged weights. Nothing in the loop waits
for the GPU but the log, every fifty steps, which also looks whether the loss is still a number.
"""

from __future__ import annotations

import copy
import logging
import time
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import Qwen3Model

from zit_engine.pocket.bank import Batch
from zit_engine.pocket.budget.fast import Net
from zit_engine.pocket.budget.pool import COMPILED, Pool
from zit_engine.pocket.diffusion import DROPPED, training_levels
from zit_engine.pocket.optimizers import Optimizers, average_into
from zit_engine.pocket.pace import Pace

log = logging.getLogger(__name__)
EVERY, SECONDS = 50, 20.0  # steps and seconds between two looks at the loss
KEPT_EVERY = 60.0  # seconds between two exports of the means
LISTEN = 0.25  # the text encoder's rate as a share of the transformer's


class Watch:
    """The loss on the GPU, read every fifty steps; weights to return to when it breaks."""

    def __init__(self, name: str, modules: list[nn.Module]) -> None:
        self.name, self.modules = name, modules
        self.loss: Tensor | None = None
        self.value, self.slower = float("nan"), 1.0
        self.began, self.steps = time.monotonic(), 0
        self.looked = self.began
        self._good: list[Tensor] = self._copies()

    def _tensors(self) -> list[Tensor]:
        return [p.data for module in self.modules for p in module.parameters()]

    def _copies(self) -> list[Tensor]:
        return [tensor.clone() for tensor in self._tensors()]

    @torch.no_grad()
    def add(self, loss: Tensor) -> bool:
        """Note a step's loss; False where the weights went back, so that momenta should too."""
        loss = loss.detach()
        self.loss = loss if self.loss is None else self.loss.lerp(loss, 0.03)
        self.steps += 1
        late = time.monotonic() - self.looked > SECONDS
        return not (late or self.steps % EVERY == 0) or self.look()

    @torch.no_grad()
    def look(self) -> bool:
        self.looked = time.monotonic()
        self.value = self.loss.item() if self.loss is not None else float("nan")
        speed = self.steps / (time.monotonic() - self.began)
        log.info("%s step %d loss %.4f, %.2f steps/s", self.name, self.steps, self.value, speed)
        if self.steps == 0 or self.value == self.value:
            self._good = self._copies()
            return True
        if self._good:
            torch._foreach_copy_(self._tensors(), self._good)
        self.loss, self.slower = None, self.slower / 2
        log.warning("%s: no number any more, back by fifty steps at half the rate", self.name)
        return False


def mixed(batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
    """Latents with noise, their level [N], and the velocity to learn."""
    level = training_levels(len(batch.latents), batch.latents.device)
    noise = torch.randn_like(batch.latents)
    column = level.view(-1, 1, 1, 1)
    return (1 - column) * batch.latents + column * noise, level, batch.latents - noise


def rate_now(rate: float, step: int, share: float, warm: int = 100, decay: float = 0.6) -> float:
    """Up over `warm` steps, level, then down to 1 % over the last `decay` of the time."""
    return rate * min(1.0, (step + 1) / warm) * max(0.01, min(1.0, (1 - share) / decay))


class Listener:
    """The text encoder learning from what the transformer makes of its states, and its mean."""

    def __init__(self, encoder: Qwen3Model) -> None:
        self.encoder = encoder.train().requires_grad_(True)
        self.mean = copy.deepcopy(encoder).eval().requires_grad_(False)
        self.weights = list(encoder.parameters())
        self.restart()

    def restart(self) -> None:
        """Momenta from nothing."""
        self.adam = torch.optim.AdamW(
            self.weights, 1e-4, betas=(0.9, 0.98), weight_decay=0.0, fused=self.weights[0].is_cuda
        )

    def step(self, rate: float, keep: float) -> None:
        """After a loss's way back; the gradients are used up."""
        torch.nn.utils.clip_grad_norm_(self.weights, 1.0)
        self.adam.param_groups[0]["lr"] = rate * LISTEN
        self.adam.step()
        self.adam.zero_grad(set_to_none=True)
        average_into(self.mean, self.encoder, keep)

    def finish(self) -> None:
        """The encoder becomes its mean, rounded as it will be stored, and learns no more."""
        with torch.no_grad():
            for own, mean in zip(self.weights, self.mean.parameters(), strict=True):
                own.copy_(mean.bfloat16())
        self.encoder.eval().requires_grad_(False)


def train_flow(
    net: Net, pool: Pool, listener: Listener, pace: Pace, batch: int, rate: float = 1e-3,
    fresh_every: int = 20, keep: Callable[[nn.Module, nn.Module], None] | None = None,
) -> tuple[nn.Module, float]:  # fmt: skip
    """Train transformer and text encoder; the transformer's mean weights and the running loss.
    `keep` gets the means of both every KEPT_EVERY seconds."""
    mean = copy.deepcopy(net.master).requires_grad_(False)
    parts = [net.master, mean, listener.encoder, listener.mean]
    optimizers, watch = Optimizers(net.master, rate), Watch("flow", parts)
    kept = time.monotonic()
    for step, share in pace.progress():
        if step and step % fresh_every == 0:
            pool.add()
        drawn = pool.batch(batch, dropped=DROPPED, rare=2)
        noisy, level, wanted = mixed(drawn)
        rare = drawn.caption.shape[1] > COMPILED
        said = net.velocity(noisy, 1 - level, drawn.caption, drawn.lengths, rare=rare)
        loss = F.mse_loss(said, wanted)
        net.backward(loss)
        now = rate_now(rate, step, share) * watch.slower
        longest = min(0.998, (1 + step) / (20 + step))
        optimizers.apply(now)
        listener.step(now, longest)
        net.refresh()
        average_into(mean, net.master, longest)
        if not watch.add(loss):
            net.refresh()
            optimizers = Optimizers(net.master, rate)
            listener.restart()
        if keep and time.monotonic() - kept > KEPT_EVERY:
            keep(mean, listener.mean)
            kept = time.monotonic()
    watch.look()
    return mean.eval(), watch.value
