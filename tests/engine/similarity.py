"""How alike two pictures look."""

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

# What a faster way to the same picture must reach.
LEAST_SSIM = 0.99


def similarity(a: Image.Image, b: Image.Image) -> float:
    """SSIM of the grey pictures (Wang et al. 2004, a Gaussian window of 1.5 px)."""
    x, y = (np.asarray(each.convert("L"), float) for each in (a, b))
    mean_x, mean_y = gaussian_filter(x, 1.5), gaussian_filter(y, 1.5)
    var_x = gaussian_filter(x * x, 1.5) - mean_x**2
    var_y = gaussian_filter(y * y, 1.5) - mean_y**2
    both = gaussian_filter(x * y, 1.5) - mean_x * mean_y
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    top = (2 * mean_x * mean_y + c1) * (2 * both + c2)
    return float((top / ((mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2))).mean())
