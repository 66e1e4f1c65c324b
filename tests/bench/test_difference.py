"""How far two pictures are apart, on pictures whose distance is known."""

import numpy as np
import torch
from PIL import Image

from zit_engine.bench.difference import latent_difference, pixel_difference


def noise(seed: int) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def test_the_same_picture_is_no_step_away():
    assert pixel_difference(noise(1), noise(1)) == {
        "ssim": 1.0,
        "pixels_max_abs": 0,
        "is_identical": True,
    }


def test_one_changed_pixel_is_seen_and_another_picture_is_unlike():
    changed = noise(1)
    red, green, blue = changed.getpixel((5, 5))
    changed.putpixel((5, 5), (red, green, blue ^ 1))
    near = pixel_difference(changed, noise(1))
    assert near["pixels_max_abs"] == 1 and not near["is_identical"] and near["ssim"] > 0.99
    assert pixel_difference(noise(1), noise(2))["ssim"] < 0.2


def test_latents_by_their_largest_number():
    ours, theirs = torch.zeros(1, 2, 2, 2), torch.zeros(1, 2, 2, 2)
    ours[0, 0, 0, 0], theirs[0, 1, 1, 1] = 0.5, -4.0
    told = latent_difference([ours], [theirs])
    assert told == {"latents_max_abs": 4.0, "latents_max_abs_ratio": 1.0}
    other = latent_difference([ours], [torch.zeros(1, 2, 4, 4)])
    assert other["latents_max_abs"] is None
