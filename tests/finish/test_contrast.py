"""Contrast by WCAG: known pairs, and what of a picture is looked at."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from zit_engine.finish.contrast import around, between, near, worst


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    # From the W3C's own examples and tools: #777 just fails on white, #767676 just holds.
    [
        ((0, 0, 0), (255, 255, 255), 21.0),
        ((255, 255, 255), (255, 255, 255), 1.0),
        ((119, 119, 119), (255, 255, 255), 4.48),
        ((118, 118, 118), (255, 255, 255), 4.54),
        ((255, 0, 0), (255, 255, 255), 4.0),
    ],
)
def test_known_pairs(one, other, ratio):
    assert between(one, other) == pytest.approx(ratio, abs=0.01)
    assert between(other, one) == pytest.approx(ratio, abs=0.01)


def test_a_tenth_of_bad_ground_counts_and_specks_do_not():
    ground = np.zeros((1000, 3), np.uint8)
    ground[:40] = 255
    assert worst(ground, (255, 255, 255)) == pytest.approx(21)
    ground[:100] = 255
    assert worst(ground, (255, 255, 255)) == pytest.approx(1)


def test_only_the_surroundings_of_the_ink_are_looked_at():
    mask = Image.new("L", (120, 120))
    ImageDraw.Draw(mask).rectangle((50, 50, 69, 69), fill=255)
    inside, beside = near(mask, 40), around(mask, 40)
    assert inside[60, 60] and inside[48, 60] and not inside[40, 60]
    assert beside[48, 60] and not beside[60, 60] and not beside[49, 60] and not beside[40, 60]
