"""Colours taken from pictures: of the picture, and fit to be read."""

import pytest
from PIL import Image, ImageDraw

from tests.finish.type_trials import PICTURES, picture
from zit_engine.finish.colours import readable, scheme_of, suggest_colours
from zit_engine.finish.contrast import between
from zit_engine.finish.oklab import to_lch, to_rgb


def rgb(text: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(text[1:])
    return red, green, blue


def backdrop_with(colour: str, thing: str) -> Image.Image:
    shown = Image.new("RGB", (300, 300), colour)
    ImageDraw.Draw(shown).ellipse((90, 90, 210, 210), fill=thing)
    return shown


@pytest.mark.parametrize("name", PICTURES)
def test_a_few_colours_are_suggested_that_read_on_black_or_white(name):
    found = suggest_colours(picture(name, 320, 240))
    assert 3 <= len(found) <= 6
    assert len(set(found)) == len(found)
    for colour in map(rgb, found):
        assert max(between(colour, (0, 0, 0)), between(colour, (255, 255, 255))) >= 4.5


@pytest.mark.parametrize(
    ("ground", "thing", "hue"), [("white", "#d02040", 15), ("#1a285e", "#ffd030", 90)]
)
def test_the_accent_is_the_colour_of_the_thing_shown(ground, thing, hue):
    first = to_lch(rgb(suggest_colours(backdrop_with(ground, thing))[0]))
    assert abs(first[2] - hue) < 20
    assert first[1] > 0.1


def test_a_scheme_reads_on_itself():
    for name in PICTURES:
        scheme = scheme_of(picture(name, 320, 240), "", "")
        for ground in (scheme.vivid, scheme.paper, scheme.deep):
            assert between(scheme.on(ground), ground) >= 4.5
            if ground != scheme.vivid:
                assert between(scheme.accent_on(ground), ground) >= 4.5


def test_the_persons_own_colours_are_kept():
    scheme = scheme_of(picture("noise", 320, 240), "#808080", "#123456")
    assert scheme.ink == (128, 128, 128)
    assert scheme.vivid == scheme.accent_on((0, 0, 0)) == (0x12, 0x34, 0x56)


def test_a_shifted_colour_keeps_its_hue():
    shifted = readable((230, 60, 120), (255, 160, 200))
    assert between(shifted, (255, 160, 200)) >= 4.5
    assert abs(to_lch(shifted)[2] - to_lch((230, 60, 120))[2]) < 12


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (200, 30, 90), (12, 200, 160)])
def test_oklab_returns_what_it_was_given(colour):
    assert to_rgb(to_lch(colour)) == colour
