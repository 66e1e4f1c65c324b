"""The product stands on its new background as it was cut out: every opaque pixel its own."""

import numpy as np
import pytest
from PIL import Image

from tests.finish.products import cup
from zit_engine.finish.backdrop import (
    Placed,
    compose,
    emptied,
    place,
    surroundings,
    with_product,
)
from zit_engine.finish.cutout import trimmed
from zit_engine.request.channels import load_channels

GROUND = Image.linear_gradient("L").resize((256, 256)).convert("RGB")
# Square, upright, story, banner, sheet of paper; the rest in the full run.
SAMPLE = ["instagram-square", "instagram-feed", "instagram-story", "kakao-bizboard", "print-a4"]
SIZES = {(c.width, c.height): c.id for c in reversed(load_channels().values())}


def opaque(placed: Placed) -> np.ndarray:
    whole = Image.new("L", (placed.width, placed.height), 0)
    whole.paste(placed.cut.getchannel("A"), (placed.left, placed.top))
    return np.asarray(whole) == 255


def own(placed: Placed) -> np.ndarray:
    return np.asarray(placed.cut)[np.asarray(placed.cut.getchannel("A")) == 255][:, :3]


def products() -> dict[str, Image.Image]:
    numbers = np.random.default_rng(2)
    noise = Image.fromarray(numbers.integers(0, 256, (700, 500, 4), dtype=np.uint8))
    noise.putalpha(noise.getchannel("A").point([0] * 100 + [255] * 156))
    return {
        "cup": trimmed(cup(1400)),
        "small": trimmed(cup(240)),
        "tall": Image.new("RGBA", (120, 1900), (10, 200, 30, 255)),
        "flat": Image.new("RGBA", (1900, 90), (200, 20, 30, 255)),
        "noise": trimmed(noise),
        "dot": Image.new("RGBA", (1, 1), (1, 2, 3, 255)),
    }


@pytest.mark.parametrize("product", products().values(), ids=products())
@pytest.mark.parametrize(
    "size",
    [
        pytest.param(s, id=i, marks=[] if i in SAMPLE else pytest.mark.slow)
        for s, i in SIZES.items()
    ],
)
def test_every_opaque_pixel_is_the_cut_outs(product: Image.Image, size: tuple[int, int]) -> None:
    placed = place(product, *size)
    picture = compose(GROUND, placed)
    assert picture.size == (placed.width, placed.height) and picture.mode == "RGB"
    assert abs(placed.width / placed.height / (size[0] / size[1]) - 1) < 0.02
    assert placed.left >= 0 and placed.top >= 0
    assert placed.left + placed.cut.width <= placed.width
    assert placed.top + placed.cut.height <= placed.height
    kept = opaque(placed)
    assert kept.any() and (np.asarray(picture)[kept] == own(placed)).all()


def test_a_product_is_made_smaller_once_and_never_larger() -> None:
    large, small = trimmed(cup(1400)), trimmed(cup(240))
    placed = place(large, 1080, 1080)
    assert (placed.width, placed.height) == (1024, 1024) and not placed.is_small
    wanted = large.resize(placed.cut.size, Image.Resampling.LANCZOS)
    assert placed.cut.size < large.size and placed.cut.tobytes() == wanted.tobytes()
    placed = place(small, 1080, 1080)
    assert placed.cut.tobytes() == small.tobytes() and placed.is_small
    assert placed.width < 1024  # the picture follows the product


def test_a_banner_leaves_its_left_to_the_words() -> None:
    placed = place(trimmed(cup(1400)), 1029, 258)
    assert placed.left > placed.width / 2


def test_it_stands_in_the_lower_part_with_a_shadow_below() -> None:
    placed = place(trimmed(cup(1400)), 1080, 1080)
    light = Image.new("RGB", (64, 64), (230, 225, 215))
    pixels = np.asarray(compose(light, placed), int)
    ground, middle = placed.top + placed.cut.height, placed.left + placed.cut.width // 3
    assert 0.75 < ground / placed.height < 0.9
    below, far = pixels[ground + 6, middle], pixels[40, 40]
    assert (below < far - 40).all()
    assert (pixels[-1] > 220 - 10).all() and (far == (230, 225, 215)).all()
    # Darkest right below, and nowhere darker than the deepest shadow may be.
    down = pixels[ground + 4 :, middle].sum(axis=1)
    assert (np.diff(down) >= -3).all() and below.min() > 40


def test_colour_of_the_ground_shines_through_the_shadow() -> None:
    placed = place(trimmed(cup(1400)), 1080, 1080)
    pixels = np.asarray(compose(Image.new("RGB", (64, 64), (240, 100, 140)), placed), int)
    red, green, blue = pixels[placed.top + placed.cut.height + 6, placed.left + 150]
    assert red < 220 and abs(red / green - 2.4) < 0.15 and abs(blue / green - 1.4) < 0.1


def test_what_surrounds_it_never_touches_it() -> None:
    placed = place(trimmed(cup(1400)), 1080, 1350)
    around = np.asarray(surroundings(placed, 20), int)
    assert not around[opaque(placed)].any()
    up = around[placed.top - 30 : placed.top, placed.left + placed.cut.width // 3]
    assert not around[:100].any() and up[0] == 0 and up[-1] > 200
    assert (np.diff(up) >= 0).all() and np.diff(up).max() < 30  # no line where it ends


def test_laid_over_anything_again_it_is_itself() -> None:
    placed = place(trimmed(cup(1400)), 1080, 1080)
    other = with_product(Image.new("RGB", (placed.width, placed.height), "lime"), placed)
    kept = opaque(placed)
    assert (np.asarray(other)[kept] == own(placed)).all()


def test_emptied_keeps_the_horizon_and_loses_the_object() -> None:
    picture = Image.new("RGB", (256, 256), (150, 220, 200))
    picture.paste((120, 110, 130), (0, 170, 256, 256))
    wanted = picture.copy()
    picture.paste((200, 30, 30), (90, 60, 170, 200))
    assert emptied(picture).tobytes() == wanted.tobytes()
