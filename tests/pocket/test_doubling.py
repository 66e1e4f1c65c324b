"""A VAE of one more block: it begins where the smaller one is."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL
from torch import Tensor

from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.doubling import doubled
from zit_engine.pocket.render import render
from zit_engine.pocket.scenes import SceneMaker
from zit_engine.pocket.sizes import POCKET, Size, new_vae
from zit_engine.pocket.vae import (
    cell_px,
    fix_latents,
    raw_latents,
    to_bytes,
    to_latents,
    to_pictures,
)


@pytest.fixture(scope="module")
def large(concepts: list[Concept], pyramid: list[Tensor]) -> Tensor:
    """Four scenes, uint8, twice a lesson's side."""
    maker = SceneMaker(concepts, 3)
    return to_bytes(render([maker.scene() for _ in range(4)], pyramid, 512, 512))


@pytest.fixture(scope="module")
def small() -> AutoencoderKL:
    torch.manual_seed(0)
    made = new_vae(Size(vae_widths=(28, 8, 16, 16)))
    fix_latents(made, torch.randint(0, 256, (4, 3, 64, 64), dtype=torch.uint8))
    return made


def halved(pictures: Tensor) -> Tensor:
    return F.avg_pool2d(pictures, 2)


def test_it_reads_a_picture_as_the_smaller_one_reads_its_half(
    small: AutoencoderKL, large: Tensor
) -> None:
    new, pictures = doubled(small).eval(), large.float() / 127.5 - 1
    with torch.no_grad():
        wanted, found = raw_latents(small, halved(pictures)), raw_latents(new, pictures)
    assert found.shape == wanted.shape
    assert (found - wanted).square().mean() < 0.05 * wanted.var()


def test_it_begins_by_painting_every_pixel_as_four(small: AutoencoderKL) -> None:
    new = doubled(small).eval()
    latents = torch.randn(1, 16, 8, 8, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        before, after = small.decode(latents).sample, new.decode(latents).sample
    assert after.shape[-1] == 2 * before.shape[-1] and cell_px(new) == 2 * cell_px(small) == 16
    assert (halved(after) - before).square().mean() < 0.2 * before.var()


def test_lessons_have_the_same_size_for_both(small: AutoencoderKL, large: Tensor) -> None:
    pictures = halved(large.float() / 127.5 - 1)
    for vae in (small, doubled(small).eval()):
        latents = to_latents(vae, pictures)
        assert latents.shape == (4, 16, 32, 32)
        assert to_pictures(vae, latents).shape == pictures.shape


def test_too_narrow_a_block_is_refused() -> None:
    with pytest.raises(ValueError, match="8 channels, at least 27"):
        doubled(new_vae(Size(vae_widths=(8, 8, 16, 16))))
    assert POCKET.vae_widths[0] >= 27
