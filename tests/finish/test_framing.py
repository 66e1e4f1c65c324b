"""A longer backdrop asked for: the whole picture, and the room words need."""

import pytest

from zit_engine.finish.framing import FOUND, Framing, Room, window_of
from zit_engine.finish.subject import Box, Subject

ASKED = Framing(extend=True)
BANNER, STORY = (1029, 258), (1080, 1920)
WIDE = Subject(Box(0.05, 0.3, 0.95, 0.7), 0.5, 0.5)
BESIDE = Room(widest=0.2, aside=True)


def test_the_subject_stands_beside_the_words_as_when_found():
    asked = window_of((512, 512), BANNER, ASKED, WIDE, BESIDE)
    width = asked[2] - asked[0]
    assert (256 - asked[0]) / width == pytest.approx(0.75)
    assert 0.9 * 512 / width <= 0.2 + 1e-9


@pytest.mark.parametrize("size", [BANNER, STORY, (600, 600)])
@pytest.mark.parametrize("room", [Room(), BESIDE, Room(tallest=0.3, aside=True)])
def test_nothing_of_the_picture_is_cut(size, room):
    left, top, right, bottom = window_of((512, 400), size, ASKED, WIDE, room)
    assert left <= 1e-6 and top <= 1e-6 and right >= 512 - 1e-6 and bottom >= 400 - 1e-6
    assert (right - left) / (bottom - top) == pytest.approx(size[0] / size[1])


def test_only_a_chosen_place_is_held():
    assert not FOUND.is_held and not ASKED.is_held
    assert Framing(extend=False).is_held and Framing(x=0.5).is_held
    assert Framing(y=0.2, extend=True).is_held


def test_a_chosen_point_keeps_the_picture_as_large_as_it_was():
    window = window_of((512, 512), BANNER, Framing(x=0.5, extend=True), WIDE, BESIDE)
    assert window[3] - window[1] == 512 and (window[0] + window[2]) / 2 == 256
