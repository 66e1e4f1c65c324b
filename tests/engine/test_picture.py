"""Broken numbers become BrokenImage with a kind, sound ones a picture."""

import numpy as np
import pytest

from zit_engine.engine.picture import to_picture
from zit_engine.errors import BrokenImage


def sound() -> np.ndarray:
    return np.linspace(0, 1, 32 * 16 * 3).reshape(16, 32, 3)


def test_sound_picture():
    picture = to_picture(sound())
    assert (picture.mode, picture.size) == ("RGB", (32, 16))
    assert picture.getpixel((31, 15)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("pixels", "kind"),
    [
        (np.zeros((16, 16, 3)), "black"),
        (np.full((16, 16, 3), 0.5), "flat"),
        (np.ones((16, 16, 3)), "flat"),
        (np.full((16, 16, 3), np.nan), "not finite"),
        (np.where(np.arange(32)[None, :, None] == 3, np.inf, sound()), "not finite"),
    ],
    ids=["black", "grey", "white", "nan", "one inf"],
)
def test_broken_picture(pixels, kind):
    with pytest.raises(BrokenImage) as broken:
        to_picture(pixels)
    assert broken.value.values["kind"] == kind
