"""Training the VAE on rendered scenes, some of them filtered through the styles.

In: uint8 pictures. Out: an AutoencoderKL whose scaling and shift factors fit its latents.
"""

from __future__ import annotations

import logging
import math
import random
from collections.abc import Iterable
from itertools import islice

import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL
from torch import Tensor

from zit_engine.pocket.checkpoints import Keeper, Part
from zit_engine.pocket.filters import FILTERS, stylize
from zit_engine.pocket.pace import Pace, RunningMean
from zit_engine.pocket.render import render
from zit_engine.pocket.sizes import LATENT_CHANNELS
from zit_engine.pocket.supply import Chunk

log = logging.getLogger(__name__)
CROP_PX = 128
LESSON_CELL_PX = 8  # pixels of a lesson's picture behind one latent
DARKEST_LOG_VARIANCE = -12.0  # so that a sampled latent is its mean


def picture_bank(source: list[Chunk], pyramid: list[Tensor]) -> Tensor:
    """Chunks rendered to uint8 [N, 3, H, W]; four in ten chunks carry a style's filter."""
    styles: list[str | None] = [None] * 6 + list(FILTERS)
    bank = []
    for i, chunk in enumerate(source):
        pictures = render(chunk.scenes, pyramid, chunk.height, chunk.width)
        style = styles[i % len(styles)]
        bank.append(to_bytes(stylize(pictures, style) if style else pictures))
    return torch.cat(bank)


def big_bank(source: list[Chunk], pyramid: list[Tensor], per_chunk: int = 32) -> Tensor:
    """Some scenes again at 512 px, for fine edges."""
    drawn = [render(chunk.scenes[:per_chunk], pyramid, 512, 512) for chunk in source]
    return torch.cat([to_bytes(pictures) for pictures in drawn])


def to_bytes(pictures: Tensor) -> Tensor:
    """-1..1 to uint8."""
    return ((pictures.clamp(-1, 1) * 0.5 + 0.5) * 255).round().byte()


def crops(bank: Tensor, count: int, size: int = CROP_PX) -> Tensor:
    """Random squares of random pictures, half the time mirrored: [count, 3, size, size]."""
    number, _, height, width = bank.shape
    rows = []
    for _ in range(count):
        i, y = random.randrange(number), random.randrange(height - size + 1)
        x = random.randrange(width - size + 1)
        rows.append(bank[i, :, y : y + size, x : x + size])
    cut = torch.stack(rows).float() / 127.5 - 1
    return cut if random.random() < 0.5 else cut.flip(3)


def _steps_of(x: Tensor) -> tuple[Tensor, Tensor]:
    return x[:, :, 1:] - x[:, :, :-1], x[:, :, :, 1:] - x[:, :, :, :-1]


def vae_loss(vae: AutoencoderKL, pictures: Tensor) -> Tensor:
    """Absolute, edge and square error, latents kept small; 0.1 of noise on the latents.

    In a quarter of the steps the latents are halved in size and must decode to the halved
    picture, so that latents keep their meaning across resolutions.
    """
    latents = raw_latents(vae, pictures)
    given, target = latents, pictures
    if random.random() < 0.25:
        given, target = F.avg_pool2d(latents, 2), F.avg_pool2d(pictures, 2)
    drawn = vae.decode(given + 0.1 * torch.randn_like(given)).sample.float()
    difference = drawn - target
    pairs = zip(_steps_of(drawn), _steps_of(target), strict=True)
    edge = sum(((a - b).abs().mean() for a, b in pairs), torch.zeros((), device=drawn.device))
    small = 1e-3 * latents.float().pow(2).mean()
    return difference.abs().mean() + 0.5 * edge + 2 * difference.pow(2).mean() + small


def train_vae(
    vae: AutoencoderKL,
    bank: Tensor,
    big: Tensor,
    pace: Pace,
    batch: int = 32,
    rate: float = 1e-3,
    keeper: Keeper | None = None,
) -> float:
    """Train in place, then fix deviation, scale and shift. Returns the running loss."""
    device = next(vae.parameters()).device
    optimizer = torch.optim.AdamW(vae.parameters(), rate, betas=(0.9, 0.99), weight_decay=0.0)
    vae.train().requires_grad_(True)
    mean, keeper = RunningMean(), keeper or Keeper()
    parts: dict[str, Part] = {"vae": vae, "adam": optimizer}
    for step, share in keeper.resume(parts, pace).progress():
        decay = 0.5 + 0.5 * math.cos(math.pi * (share - 0.3) / 0.7)
        factor = min(1, (step + 1) / 100) * (1 if share < 0.3 else max(0.03, decay))
        optimizer.param_groups[0]["lr"] = rate * factor
        most = bank if random.random() < 0.8 else big
        quarter = max(1, batch // 4)
        pictures = torch.cat([crops(most, batch - quarter), crops(bank, quarter)])
        loss = vae_loss(vae, pictures.to(device))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(vae.parameters(), 0.5)
        optimizer.step()
        mean.add(loss.item())
        keeper.keep(parts, step + 1)
        if step % 400 == 0:
            log.info("vae step %d loss %.4f", step, mean.value)
    fix_latents(vae, bank[:: max(1, len(bank) // 160)])
    return mean.value


@torch.no_grad()
def fix_latents(vae: AutoencoderKL, pictures: Tensor) -> None:
    """Make sampling deterministic and latents of unit deviation and zero mean."""
    vae.eval().requires_grad_(False)
    vae.encoder.conv_out.weight[LATENT_CHANNELS:].zero_()
    vae.encoder.conv_out.bias[LATENT_CHANNELS:].fill_(DARKEST_LOG_VARIANCE)
    device = next(vae.parameters()).device
    latents = raw_latents(vae, pictures.to(device).float() / 127.5 - 1)
    vae.register_to_config(
        shift_factor=latents.mean().item(), scaling_factor=1 / latents.std().item()
    )


def raw_latents(vae: AutoencoderKL, pictures: Tensor) -> Tensor:
    """Pictures in -1..1 to what the VAE itself calls latents: neither shifted nor scaled."""
    return vae.encode(pictures).latent_dist.mean


def cell_px(vae: AutoencoderKL) -> int:
    """Pixels of a side behind one latent: 8, or 16 of a doubled VAE."""
    return 2 ** (len(vae.config.block_out_channels) - 1)


@torch.no_grad()
def to_latents(vae: AutoencoderKL, pictures: Tensor, at_once: int = 128) -> Tensor:
    """Pictures in -1..1 to the latents the transformer works in, [N, 16, H/8, W/8].

    Lessons have 8 px a latent whatever the VAE: a doubled one is shown them at twice the side, and
    a quarter of `at_once` at a time, so that it needs no more memory.
    """
    few = max(1, at_once // _scale(vae) ** 2)
    parts = [raw_latents(vae, _as_seen(vae, part)).float() for part in pictures.split(few)]
    return (torch.cat(parts) - vae.config.shift_factor) * vae.config.scaling_factor


def _scale(vae: AutoencoderKL) -> int:
    """Sides of what the VAE is shown, in sides of lessons."""
    return cell_px(vae) // LESSON_CELL_PX


def _as_seen(vae: AutoencoderKL, pictures: Tensor) -> Tensor:
    scale = _scale(vae)
    if scale == 1:
        return pictures
    return F.interpolate(pictures, scale_factor=scale, mode="bicubic").clamp(-1, 1)


def raw_of(vae: AutoencoderKL, latents: Tensor) -> Tensor:
    """The transformer's latents as the VAE has them."""
    return latents / vae.config.scaling_factor + vae.config.shift_factor


@torch.no_grad()
def to_pictures(vae: AutoencoderKL, latents: Tensor, at_once: int = 16) -> Tensor:
    """The way back: pictures in -1..1, of 8 px a latent whatever the VAE."""
    raw = raw_of(vae, latents)
    scale = _scale(vae)
    few = max(1, at_once // scale**2)
    parts = [vae.decode(part).sample.float().clamp(-1, 1) for part in raw.split(few)]
    return torch.cat([F.avg_pool2d(part, scale) if scale > 1 else part for part in parts])


@torch.no_grad()
def there_and_back(vae: AutoencoderKL, pictures: Tensor, at_once: int = 4) -> Tensor:
    """Pictures encoded and decoded at their own size."""
    parts = [vae.decode(raw_latents(vae, part)).sample for part in pictures.split(at_once)]
    return torch.cat(parts).float().clamp(-1, 1)


def psnr(vae: AutoencoderKL, pictures: Tensor) -> float:
    """Fidelity of encode and decode in dB (peak to peak 2)."""
    error = (there_and_back(vae, pictures) - pictures).pow(2).mean().item()
    return -10 * math.log10(error / 4)


def first_chunks(source: Iterable[Chunk], count: int) -> list[Chunk]:
    """The next `count` chunks of a stream."""
    return list(islice(source, count))
