"""How alike two pictures look: SSIM as the bench measures it."""

from PIL import Image

from zit_engine.bench.difference import pixel_difference

# What a faster way to the same picture must reach.
LEAST_SSIM = 0.99


def similarity(a: Image.Image, b: Image.Image) -> float:
    return float(pixel_difference(a, b)["ssim"])
