"""Subjects on plain backdrops make room for words; other pictures are left alone."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.finish.type_trials import PLACES, picture
from zit_engine.finish.layouts import load_layouts
from zit_engine.finish.typography import set_type
from zit_engine.request.channels import load_channels
from zit_engine.request.lettering import Lettering

RED, GROUND = (214, 20, 30), (240, 226, 200)
WORDS = {"headline": "New menu", "subline": "October only", "price": "4,500", "contact": "02-1234"}


def disc(width, height, ground=GROUND):
    """A red disc of 56 % of the short side in the middle of a plain picture."""
    shown = Image.new("RGB", (width, height), ground)
    reach = 0.28 * min(width, height)
    x, y = width / 2, height / 2
    ImageDraw.Draw(shown).ellipse((x - reach, y - reach, x + reach, y + reach), fill=RED)
    return shown


def red_parts(image):
    """Width and height of what is red, and how much of that box a disc would fill."""
    red = (np.abs(np.asarray(image).astype(int) - RED).max(2) < 6) & True
    rows, columns = np.flatnonzero(red.any(1)), np.flatnonzero(red.any(0))
    wide, tall = columns[-1] - columns[0] + 1, rows[-1] - rows[0] + 1
    return wide, tall, red.sum() / (wide * tall)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("template", load_layouts())
def test_the_subject_is_seen_whole(template, place):
    channel = load_channels()[place]
    lettering = Lettering(**WORDS, template=template, colour="#101010", accent="#103060")
    setting = set_type(disc(channel.width, channel.height), lettering, channel.safe)
    wide, tall, filled = red_parts(setting.image)
    assert min(wide, tall) >= 0.55 * 0.56 * min(channel.width, channel.height)
    assert wide == pytest.approx(tall, rel=0.06)
    assert filled == pytest.approx(np.pi / 4, rel=0.06)


def test_the_backdrop_goes_on_without_a_seam():
    setting = set_type(disc(1080, 1080), Lettering(**WORDS, template="menu"), (0, 0, 0, 0))
    first = min(box.top for box in setting.boxes)
    above = np.asarray(setting.image)[: first - 120].astype(int)
    is_ground = np.abs(above - GROUND).max(2) <= 2
    is_red = above[:, :, 1] < 200
    assert (is_ground | is_red).mean() > 0.99


def test_a_busy_picture_is_not_moved():
    busy = picture("texture", 800, 800)
    setting = set_type(busy, Lettering(headline="Menu", template="menu"), (0, 0, 0, 0))
    top = np.asarray(setting.image)[:300] == np.asarray(busy)[:300]
    assert top.all()


def scene(width, height):
    """A red disc over a table, before a wall: no side but the top is of one colour."""
    shown = Image.new("RGB", (width, height), GROUND)
    draw = ImageDraw.Draw(shown)
    draw.rectangle((0, 0.6 * height, width, height), fill=(120, 80, 50))
    reach = 0.28 * min(width, height)
    x, y = width / 2, height / 2
    draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=RED)
    return shown


WHOLE = (0.21, 0.21, 0.79, 0.79)


def test_a_known_subject_is_seen_whole_before_any_backdrop_that_goes_on():
    lettering = Lettering(**WORDS, template="menu", colour="#101010", accent="#103060")
    without = red_parts(set_type(scene(900, 900), lettering, (0, 0, 0, 0)).image)
    wide, tall, filled = red_parts(
        set_type(scene(900, 900), lettering, (0, 0, 0, 0), subject=WHOLE).image
    )
    assert wide == pytest.approx(tall, rel=0.06)
    assert filled == pytest.approx(np.pi / 4, rel=0.06)
    # Not known, it lies under the card.
    assert without[1] < 0.9 * without[0]


def test_what_stands_beside_the_subject_is_not_shown_twice():
    shown = disc(900, 900)
    post = (30, 60, 200)
    ImageDraw.Draw(shown).rectangle((120, 700, 160, 899), fill=post)
    lettering = Lettering(**WORDS, template="menu", colour="#101010", accent="#306010")
    image = set_type(shown, lettering, (0, 0, 0, 0), subject=WHOLE).image
    assert red_parts(image)[0] < 0.56 * 900 - 4
    blue = np.abs(np.asarray(image).astype(int) - post).max(2) < 40
    columns = np.flatnonzero(blue.any(0))
    assert np.diff(columns).max() == 1


def test_a_subject_cut_by_a_side_is_not_torn_from_it():
    shown = Image.new("RGB", (900, 900), GROUND)
    ImageDraw.Draw(shown).ellipse((250, 500, 650, 1000), fill=RED)
    lettering = Lettering(**WORDS, template="labels", colour="#101010", accent="#103060")
    setting = set_type(shown, lettering, (0, 0, 0, 0), subject=(0.27, 0.55, 0.73, 1.0))
    bottom = np.asarray(setting.image)[-1].astype(int)
    assert (np.abs(bottom - RED).max(1) < 12).any()
