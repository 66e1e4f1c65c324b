"""The VAE stage at tiny size: it learns, and its latents come out normalised."""

from __future__ import annotations

import torch

from zit_engine.pocket.pace import Pace
from zit_engine.pocket.sizes import TINY, new_vae
from zit_engine.pocket.supply import Chunk
from zit_engine.pocket.vae import big_bank, crops, picture_bank, psnr, to_latents, train_vae


def test_training_improves_fidelity_and_normalises_latents(chunk: Chunk, pyramid: list) -> None:
    torch.manual_seed(0)
    bank, big = picture_bank([chunk], pyramid), big_bank([chunk], pyramid, per_chunk=1)
    vae, pictures = new_vae(TINY), bank[:4].float() / 127.5 - 1
    before = psnr(vae.eval(), pictures)
    train_vae(vae, bank, big, Pace(steps=8), batch=4, rate=1e-2)
    assert psnr(vae, pictures) > before
    latents = to_latents(vae, bank.float() / 127.5 - 1)
    assert abs(latents.mean().item()) < 0.05 and abs(latents.std().item() - 1) < 0.05


def test_sampling_a_latent_is_its_mean(chunk: Chunk, pyramid: list) -> None:
    bank = picture_bank([chunk], pyramid)
    vae = new_vae(TINY)
    train_vae(vae, bank, bank, Pace(steps=2), batch=4)
    with torch.no_grad():
        hidden = vae.encode(bank[:1].float() / 127.5 - 1).latent_dist
    assert hidden.std.max() < 0.01


def test_crops_are_squares_in_range() -> None:
    cut = crops(torch.randint(0, 256, (3, 3, 64, 80), dtype=torch.uint8), 5, size=32)
    assert cut.shape == (5, 3, 32, 32) and cut.abs().max() <= 1
