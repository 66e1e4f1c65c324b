"""A backdrop goes on beyond the edge without a seam, and nothing is shown twice."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.finish.known_boxes import known_pictures
from zit_engine.finish.extend import extended
from zit_engine.finish.subject import subject_box

ALL_SIDES = [(300, 0, 0, 0), (0, 200, 0, 0), (0, 0, 250, 0), (0, 0, 0, 120), (90, 80, 70, 60)]


def scene(backdrop=(90, 140, 120)) -> Image.Image:
    image = Image.new("RGB", (240, 200), backdrop)
    ImageDraw.Draw(image).ellipse((80, 50, 160, 130), fill=(220, 40, 30))
    return image


BOX = (80.0, 50.0, 160.0, 130.0)


@pytest.mark.parametrize("pads", ALL_SIDES)
def test_a_plain_backdrop_stays_exactly_itself(pads):
    wide = np.asarray(extended(scene(), pads, BOX))
    left, top, right, bottom = pads
    assert wide.shape == (200 + top + bottom, 240 + left + right, 3)
    expected = np.full(wide.shape, (90, 140, 120), np.uint8)
    expected[top : top + 200, left : left + 240] = np.asarray(scene())
    assert np.array_equal(wide, expected)


def test_light_that_falls_from_top_to_bottom_goes_on_sideways():
    fall = np.linspace(40, 220, 200).astype(np.uint8)
    image = Image.fromarray(np.repeat(np.repeat(fall[:, None, None], 240, 1), 3, 2))
    wide = np.asarray(extended(image, (400, 0, 400, 0), None)).astype(int)
    assert np.abs(wide - fall[:, None, None]).max() <= 8


def test_a_table_edge_stays_a_table_edge():
    image = scene((150, 200, 240))
    image.paste((120, 80, 50), (0, 150, 240, 200))
    wide = np.asarray(extended(image, (240, 0, 240, 0), BOX)).astype(int)
    for column in (0, 120, 239, 480, 600, 719):
        assert np.abs(wide[100, column] - (150, 200, 240)).max() <= 12
        assert np.abs(wide[190, column] - (120, 80, 50)).max() <= 12


@pytest.mark.parametrize("pads", ALL_SIDES)
def test_the_subject_is_not_shown_twice(pads):
    wide = np.asarray(extended(scene(), pads, BOX)).astype(int)
    wide[pads[1] : pads[1] + 200, pads[0] : pads[0] + 240] = 0
    assert (wide[..., 0] > 150).sum() == 0


def test_no_seam_in_painted_pictures():
    """At the seam neighbours differ no more than neighbours inside the picture do at worst."""
    for picture in known_pictures():
        image = picture.image
        box = tuple(edge * image.width for edge in subject_box(image))
        wide = np.asarray(extended(image, (200, 0, 200, 0), box)).astype(float)
        steps = np.abs(np.diff(wide, axis=1)).mean(axis=(0, 2))
        inside = steps[210:446].max()
        # The outermost 3.5 % (9 of 256 pixels) belong to what is continued.
        assert steps[190:210].max() <= 1.5 * inside and steps[446:466].max() <= 1.5 * inside
        assert np.array_equal(wide[:, 209:447], np.asarray(image)[:, 9:247])


def test_a_subject_that_reaches_the_edge_is_kept_to_the_last_pixel():
    image = Image.new("RGB", (200, 200), (90, 140, 120))
    image.paste((220, 40, 30), (140, 60, 200, 140))
    wide = extended(image, (0, 0, 100, 0), (140.0, 60.0, 200.0, 140.0))
    assert wide.crop((0, 0, 200, 200)).tobytes() == image.tobytes()


def test_see_through_pictures_go_on_see_through():
    cutout = Image.new("RGBA", (20, 10), (200, 0, 0, 255))
    wide = extended(cutout, (5, 0, 5, 3))
    assert wide.size == (30, 13) and wide.getpixel((2, 2))[3] == 0
    assert wide.crop((5, 0, 25, 10)).tobytes() == cutout.tobytes()


@pytest.mark.parametrize("size", [(1, 1), (2, 300), (300, 2), (7, 5)])
def test_tiny_pictures(size):
    assert extended(Image.effect_noise(size, 90), (9, 8, 7, 6)).size == (size[0] + 16, size[1] + 14)


def test_same_picture_same_pixels_and_nothing_to_do():
    image = known_pictures()[2].image
    first, second = (extended(image, (60, 0, 0, 0)).tobytes() for _ in range(2))
    assert first == second
    assert extended(image, (0, 0, 0, 0)).tobytes() == image.tobytes()


def test_less_than_nothing_is_a_bug_of_the_caller():
    with pytest.raises(ValueError, match="cannot extend"):
        extended(scene(), (0, -1, 0, 0))
