"""Style adapters by the pairs method on a GPU: a few seconds each, all from the same pictures.

In: the student, text encoder, VAE, captions of square scenes. Out: LoRA weights under the names
that load_lora_weights reads. The low-rank product is added to the frozen weights in float32 before
each step, so that the transformer's own fast blocks serve.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL
from torch import Tensor

from zit_engine.pocket.budget.fast import NAMES, Net, Weights
from zit_engine.pocket.budget.flow import Watch
from zit_engine.pocket.budget.pool import encode_pictures
from zit_engine.pocket.filters import stylize
from zit_engine.pocket.lora_names import ON_SCHEDULE, PREFIX, TARGETS
from zit_engine.pocket.pace import Pace
from zit_engine.pocket.sizes import STEPS
from zit_engine.pocket.transformer import latent_shape, noise_level, step_levels
from zit_engine.pocket.vae import to_bytes, to_pictures

log = logging.getLogger(__name__)
RANK = 8
MATRICES = [i for i, name in enumerate(NAMES) if any(name.endswith(part) for part in TARGETS)]


@dataclass(frozen=True)
class Painted:
    """noise [N, 16, h, w], caption states, lengths, the pictures painted from them, uint8."""

    noise: Tensor
    states: Tensor
    lengths: Tensor
    pictures: Tensor


@torch.no_grad()
def sample(net: Net, noise: Tensor, states: Tensor, lengths: Tensor) -> Tensor:
    """Noise to latents in eight steps."""
    latents, levels = noise, step_levels()
    for now, after in zip(levels, levels[1:], strict=False):
        time = torch.full((len(noise),), 1 - now, device=noise.device)
        latents = latents + (now - after) * net.velocity(latents, time, states, lengths, rare=True)
    return latents


@torch.no_grad()
def paint_pairs(
    net: Net, vae: AutoencoderKL, states: Tensor, lengths: Tensor, height: int,
    width: int, at_once: int = 256,
) -> Painted:  # fmt: skip
    """What the student paints of captions, and from which noise."""
    generator = torch.Generator().manual_seed(3)
    noise = torch.randn(latent_shape(len(states), height, width), generator=generator)
    noise, pictures = noise.to(states.device), []
    for i in range(0, len(states), at_once):
        part = slice(i, i + at_once)
        latents = sample(net, noise[part], states[part], lengths[part])
        with torch.autocast("cuda", torch.bfloat16, enabled=latents.is_cuda):
            pictures.append(to_bytes(to_pictures(vae, latents, at_once=64)))
    return Painted(noise, states, lengths, torch.cat(pictures))


def new_adapter(net: Net) -> dict[str, tuple[Tensor, Tensor]]:
    """A and B of every adapted matrix; B is nothing yet."""
    made = {}
    for layer, weights in net.weights.items():
        for i in MATRICES:
            rows, columns = weights[i].shape
            down = torch.randn(RANK, columns, device=weights[i].device) / math.sqrt(columns)
            up = torch.zeros(rows, RANK, device=weights[i].device)
            made[f"{layer}.{NAMES[i]}"] = (down.requires_grad_(), up.requires_grad_())
    return made


def merged(net: Net, adapter: dict[str, tuple[Tensor, Tensor]]) -> dict[str, Weights]:
    """The layers' weights with the adapter in them."""
    found = {}
    for layer, weights in net.weights.items():
        own = list(weights)
        for i in MATRICES:
            down, up = adapter[f"{layer}.{NAMES[i]}"]
            own[i] = (weights[i].float() + up @ down).to(net.kind)
        found[layer] = tuple(own)
    return found


def train_style(
    net: Net, vae: AutoencoderKL, style: str, painted: Painted, pace: Pace, batch: int = 128,
    rate: float = 2e-3,
) -> tuple[dict[str, Tensor], float]:  # fmt: skip
    """An adapter's weights for a file, and its running loss. `net` stays as it is."""
    targets = torch.cat([
        encode_pictures(vae, stylize(part.float() / 127.5 - 1, style))
        for part in painted.pictures.split(128)
    ])  # fmt: skip
    adapter = new_adapter(net)
    parameters = [each for pair in adapter.values() for each in pair]
    optimizer = torch.optim.AdamW(
        parameters, rate, betas=(0.9, 0.98), weight_decay=0.0, fused=targets.is_cuda
    )
    watch = Watch(style, [])
    for step, share in pace.progress():
        rows = torch.randint(len(targets), (batch,), device=targets.device)
        level = noise_level(_places(batch, targets.device))
        column, noise = level.view(-1, 1, 1, 1), painted.noise[rows]
        noisy = (1 - column) * targets[rows] + column * noise
        said = net.velocity(
            noisy, 1 - level, painted.states[rows], painted.lengths[rows], merged(net, adapter)
        )
        loss = F.mse_loss(said, targets[rows] - noise)
        optimizer.param_groups[0]["lr"] = rate * min(1.0, (step + 1) / 20) * max(0.03, 1 - share)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        watch.add(loss)
    watch.look()
    weights = {}
    for name, (down, up) in adapter.items():
        for letter, each in (("A", down), ("B", up)):
            half = each.detach().to(torch.bfloat16).cpu().contiguous()
            weights[f"{PREFIX}{name}.lora_{letter}.weight"] = half
    return weights, watch.value


def _places(count: int, device: torch.device) -> Tensor:
    grid = torch.randint(1, STEPS + 1, (count,), device=device) / STEPS
    anywhere = torch.rand(count, device=device) * 0.98 + 0.02
    return torch.where(torch.rand(count, device=device) < ON_SCHEDULE, grid, anywhere)
