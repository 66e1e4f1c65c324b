"""A sprite's main part takes a colour; the rest and its light stay."""

from __future__ import annotations

import torch

from zit_engine.pocket.recolour import PALETTE, area_share, main_parts, recolour


def _sprite() -> torch.Tensor:
    """Left half red (its lower part darker), a quarter green, the rest clear."""
    sprite = torch.zeros(1, 4, 8, 8, dtype=torch.uint8)
    sprite[:, 0, :, :4] = 220
    sprite[:, 0, 4:, :4] = 120
    sprite[:, 1, :4, 4:] = 200
    sprite[:, 3, :, :4] = 255
    sprite[:, 3, :4, 4:] = 255
    return sprite


def test_the_largest_colour_is_the_main_part() -> None:
    part = main_parts(_sprite())[0, 0]
    assert part[:, :4].min() > 0.9 and part[:, 4:].max() < 0.1
    both = torch.cat([_sprite(), (main_parts(_sprite()) * 255).byte()], 1)
    assert 0.6 < area_share(both).item() < 0.7


def test_a_grey_thing_is_its_own_main_part() -> None:
    grey = torch.full((1, 4, 8, 8), 128, dtype=torch.uint8)
    grey[:, 3] = 255
    assert main_parts(grey).min() > 0.9


def test_recolouring_keeps_shade_and_other_parts() -> None:
    whole = torch.cat([_sprite().float() / 255, main_parts(_sprite())], 1)
    blue = recolour(whole, PALETTE[6:7])[0]
    assert blue.shape == (4, 8, 8)
    assert blue[2, :, :4].mean() > blue[0, :, :4].mean() + 0.2
    assert blue[2, 0, 0] > blue[2, 7, 0] + 0.1  # the darker half stays darker
    assert torch.allclose(blue[:3, :4, 4:], whole[0, :3, :4, 4:], atol=1e-3)
    assert torch.equal(blue[3], whole[0, 3])
