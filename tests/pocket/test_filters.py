"""Filters keep shape and range, and each does what its style is named for."""

from __future__ import annotations

import pytest
import torch

from zit_engine.pocket.filters import FILTERS, PIXEL_BLOCK, PIXEL_LEVELS, stylize


@pytest.fixture(scope="module")
def pictures() -> torch.Tensor:
    """A red disc on mint, and random soft blotches."""
    line = torch.linspace(-1, 1, 128)
    disc = ((line[:, None] ** 2 + line[None] ** 2) < 0.4).float()
    mint, red = torch.tensor([0.6, 0.9, 0.8]), torch.tensor([0.8, 0.2, 0.2])
    plain = mint[:, None, None] * (1 - disc) + red[:, None, None] * disc
    noise = torch.rand(3, 16, 16, generator=torch.Generator().manual_seed(0))
    blotches = torch.nn.functional.interpolate(noise[None], size=(128, 128), mode="bilinear")[0]
    return torch.stack([plain, blotches]) * 2 - 1


@pytest.mark.parametrize("style", FILTERS)
def test_shape_range_and_a_visible_change(pictures: torch.Tensor, style: str) -> None:
    out = stylize(pictures, style)
    assert out.shape == pictures.shape
    assert out.min() >= -1 and out.max() <= 1
    assert (out - pictures).abs().mean() > 0.02
    assert torch.equal(out, stylize(pictures, style))


def test_pixel_art_is_flat_in_blocks_on_the_latent_grid(pictures: torch.Tensor) -> None:
    out = stylize(pictures, "pixel-art")
    blocks = out.unfold(2, PIXEL_BLOCK, PIXEL_BLOCK).unfold(3, PIXEL_BLOCK, PIXEL_BLOCK)
    assert (blocks == blocks[..., :1, :1]).all()
    levels = (out * 0.5 + 0.5) * (PIXEL_LEVELS - 1)
    assert (levels - levels.round()).abs().max() < 1e-4


def test_pencil_is_a_pale_wash_on_white_paper_with_tone_on_the_subject(
    pictures: torch.Tensor,
) -> None:
    drawn = stylize(pictures, "pencil-sketch")[0] * 0.5 + 0.5
    assert drawn[:, :8, :8].min() > 0.9  # paper in the corner
    middle = drawn[:, 56:72, 56:72].mean((1, 2))
    assert 0.15 < middle.mean() < 0.8  # tone inside the disc
    red, green, blue = middle.tolist()
    assert 0.05 < red - green < 0.4 and 0.05 < red - blue < 0.4  # its colour, paler than the disc's


def test_pencil_leaves_an_objects_shadow_without_colour(pictures: torch.Tensor) -> None:
    scene = pictures[:1].clone() * 0.5 + 0.5
    mint = scene[:, :, :1, :1]
    scene[:, :, 108:118, 40:90] = mint * 0.6
    drawn = (stylize(scene * 2 - 1, "pencil-sketch") * 0.5 + 0.5)[0]
    shadow, disc = drawn[:, 110:116, 50:80], drawn[:, 56:72, 56:72]
    assert shadow.mean() < 0.85  # it is drawn
    assert (shadow.max(0).values - shadow.min(0).values).mean() < 0.06
    assert (disc.max(0).values - disc.min(0).values).mean() > 0.1


def test_semi_realistic_is_warmer_and_calmer_than_the_picture(pictures: torch.Tensor) -> None:
    before, after = pictures[1] * 0.5 + 0.5, stylize(pictures, "semi-realistic")[1] * 0.5 + 0.5
    assert (after[0] - after[2]).mean() > (before[0] - before[2]).mean()


def test_styles_differ_from_each_other(pictures: torch.Tensor) -> None:
    results = {style: stylize(pictures, style) for style in FILTERS}
    for one in FILTERS:
        for other in FILTERS:
            assert one == other or (results[one] - results[other]).abs().mean() > 0.03
