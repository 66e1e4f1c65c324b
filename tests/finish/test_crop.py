"""Exact pixels, nothing stretched, the subject kept."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from zit_engine.finish.crop import crop_to
from zit_engine.request.channels import load_channels, render_size


def disc(size: tuple[int, int], centre: tuple[int, int], radius: int) -> Image.Image:
    """A red disc on grey: the one thing that matters."""
    image = Image.new("RGB", size, (128, 128, 128))
    x, y = centre
    box = (x - radius, y - radius, x + radius, y + radius)
    ImageDraw.Draw(image).ellipse(box, fill=(220, 40, 30))
    return image


def red_box(image: Image.Image) -> tuple[int, int, int, int] | None:
    """Bounds of what is clearly red."""
    red, green, _ = image.convert("RGB").split()
    clear = Image.composite(
        red.point(lambda v: 255 * (v > 180)),
        Image.new("L", image.size),
        green.point(lambda v: 255 * (v < 80)),
    )
    return clear.getbbox()


@pytest.mark.parametrize("channel", load_channels().values(), ids=lambda channel: channel.id)
def test_exact_pixels_and_no_stretching_for_each_channel(channel):
    width, height = render_size(channel, 256 * 256, 2.0)
    radius = min(width, height) // 6
    painted = disc((width, height), (width // 2, height // 2), radius)
    cropped = crop_to(painted, channel.width, channel.height)
    assert cropped.size == (channel.width, channel.height)
    left, top, right, bottom = red_box(cropped)
    # A circle stays a circle within the width of its soft edge.
    scale = max(channel.width / width, channel.height / height)
    assert abs((right - left) - (bottom - top)) <= 2 + scale


@pytest.mark.parametrize("x", [90, 300, 512, 730, 930])
def test_the_subject_is_kept_when_the_sides_go(x):
    radius = 60
    cropped = crop_to(disc((1024, 512), (x, 256), radius), 512, 512)
    left, _, right, _ = red_box(cropped)
    assert right - left >= 2 * radius - 4


@pytest.mark.parametrize("y", [90, 300, 512, 730, 930])
def test_the_subject_is_kept_when_top_and_bottom_go(y):
    radius = 60
    cropped = crop_to(disc((1024, 1024), (512, y), radius), 1024, 384)
    _, top, _, bottom = red_box(cropped)
    assert bottom - top >= 2 * radius - 4


@pytest.mark.parametrize(("focus", "kept"), [((0.0, 0.5), 0), ((1.0, 0.5), 200), ((0.5, 0.5), 100)])
def test_focus_decides(focus, kept):
    ramp = Image.linear_gradient("L").rotate(90).resize((300, 100)).convert("RGB")
    expected = ramp.crop((kept, 0, kept + 100, 100))
    assert crop_to(ramp, 100, 100, focus).tobytes() == expected.tobytes()


def test_focus_outside_the_picture_stays_inside():
    assert crop_to(disc((300, 100), (50, 50), 20), 100, 100, (-5.0, 9.0)).size == (100, 100)


@pytest.mark.parametrize("size", [(300, 100), (100, 300), (1000, 37)])
def test_the_middle_of_a_flat_picture(size):
    image = Image.new("RGB", size, (200, 200, 200))
    image.putpixel((size[0] // 2, size[1] // 2), (201, 201, 201))
    assert crop_to(image, 64, 64).size == (64, 64)


def test_same_picture_same_pixels():
    image = Image.effect_mandelbrot((640, 480), (-2, -1.5, 1, 1.5), 50).convert("RGB")
    digests = {hashlib.sha256(crop_to(image, 1029, 258).tobytes()).digest() for _ in range(3)}
    assert len(digests) == 1


def test_the_right_size_is_copied_bit_for_bit():
    image = Image.effect_noise((64, 48), 80)
    copy = crop_to(image, 64, 48)
    assert copy is not image and copy.tobytes() == image.tobytes()


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "CMYK"])
def test_every_kind_of_picture(mode):
    cropped = crop_to(disc((300, 200), (150, 100), 40).convert(mode), 90, 90)
    assert cropped.size == (90, 90)
    assert cropped.has_transparency_data == (mode in ("RGBA", "LA"))


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 400), st.integers(1, 400), st.integers(1, 400), st.integers(1, 400))
def test_any_size_from_any_size(width, height, wanted_width, wanted_height):
    image = disc((width, height), (width // 3, height // 2), 20)
    assert crop_to(image, wanted_width, wanted_height).size == (wanted_width, wanted_height)


@pytest.mark.parametrize("size", [(0, 10), (10, 0), (-1, 5)])
def test_sizes_below_one_are_a_bug_of_the_caller(size):
    with pytest.raises(ValueError, match="cannot crop"):
        crop_to(Image.new("RGB", (8, 8)), *size)
