"""What is put beneath bare words: nothing where they read, and never haze."""

import numpy as np
import pytest
from PIL import Image

from tests.finish.type_trials import picture
from zit_engine.finish.typography import set_type
from zit_engine.request.lettering import NO_LABEL, Lettering

SAFE = (20, 20, 20, 20)


def words(**fields):
    return Lettering(
        headline="New menu", subline="October", template="story", label=NO_LABEL, **fields
    )


def inks(setting):
    return {box.ink for box in setting.boxes}


@pytest.mark.parametrize(
    ("ground", "is_light"),
    [
        ((20, 30, 60), True),
        ((190, 20, 30), True),
        ((255, 222, 60), False),
        ((255, 160, 200), False),
    ],
)
def test_words_are_white_on_dark_and_dark_on_light(ground, is_light):
    (ink,) = inks(set_type(Image.new("RGB", (400, 500), ground), words(), SAFE))
    assert (ink == "#ffffff") == is_light


def test_where_words_read_the_picture_stays_as_it_is():
    shown = Image.new("RGB", (400, 500), (24, 40, 90))
    setting = set_type(shown, words(), SAFE)
    lowest = max(box.bottom for box in setting.boxes)
    assert setting.image.crop((0, lowest + 1, 400, 500)).getcolors() == [
        (400 * (499 - lowest), (24, 40, 90))
    ]


def test_beneath_white_words_nothing_gets_lighter():
    busy = picture("texture", 400, 500, seed=3)
    setting = set_type(busy, words(colour="#ffffff"), SAFE)
    lowest = max(box.bottom for box in setting.boxes)
    before, after = (np.asarray(image).astype(int) for image in (busy, setting.image))
    beside = np.ones((500, 400), bool)
    for box in setting.boxes:
        beside[box.top - 6 : box.bottom + 6, box.left - 6 : box.right + 6] = False
    assert (after[beside] <= before[beside] + 1).all()
    assert (after[lowest + 150 :] == before[lowest + 150 :]).all()


def test_a_colour_that_no_cover_helps_gets_a_plate():
    setting = set_type(picture("noise", 400, 500), words(colour="#808080"), SAFE)
    headline = setting.boxes[0]
    assert headline.ink == "#808080" and headline.contrast >= 4.5
    rim = setting.image.crop((headline.left - 3, headline.top, headline.left - 1, headline.bottom))
    assert len(rim.getcolors()) == 1
