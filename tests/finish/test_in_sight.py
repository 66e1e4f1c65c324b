"""What may be said of a picture: nothing of it is cut, and nothing lies on it."""

import pytest
from PIL import Image, ImageDraw

from zit_engine.finish.crop import Framed, Framing, frame
from zit_engine.finish.in_sight import is_in_sight
from zit_engine.finish.subject import Box, Subject

BOX = Box(0.4, 0.3, 0.6, 0.7)
SIZE = (400, 400)


def framed(extend: bool = True) -> Framed:
    picture = Image.new("RGB", SIZE, (200, 220, 210))
    ImageDraw.Draw(picture).ellipse((160, 120, 240, 280), fill=(200, 40, 40))
    return frame(picture, 800, 200, Framing(extend=extend), subject=Subject(BOX, 0.5, 0.5))


def with_plate(shown: Framed, box: tuple[int, int, int, int]) -> Image.Image:
    image = shown.image.copy()
    image.paste((30, 30, 30), box)
    return image


def test_a_bare_picture_on_a_longer_backdrop():
    shown = framed()
    assert is_in_sight(BOX, SIZE, shown, shown.image)


@pytest.mark.parametrize(
    ("plate", "expected"),
    [((0, 0, 300, 200), True), ((430, 0, 800, 200), True), ((350, 60, 410, 120), False)],
)
def test_a_plate_beside_and_on_it(plate, expected):
    shown = framed()
    assert is_in_sight(BOX, SIZE, shown, with_plate(shown, plate)) == expected


def test_what_the_frame_cuts_is_not_in_sight():
    shown = framed(extend=False)
    assert not is_in_sight(BOX, SIZE, shown, shown.image)


def test_nothing_is_claimed_of_what_was_moved_or_never_found():
    shown = framed()
    moved = Image.new("RGB", shown.image.size, (200, 220, 210))
    moved.paste(shown.image, (-90, 0))
    assert not is_in_sight(BOX, SIZE, shown, moved)
    assert not is_in_sight(None, SIZE, shown, shown.image)
