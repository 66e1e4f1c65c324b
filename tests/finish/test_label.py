"""The AI mark and the logo: large enough, where they belong, never drowned."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.finish.type_trials import measured_mark, picture
from zit_engine.finish.typography import set_type
from zit_engine.request.channels import load_channels
from zit_engine.request.lettering import Lettering

PLACES = [c for c in load_channels().values() if c.width * c.height < 4_000_000]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.id)
def test_the_mark_can_be_read_on_every_place(place):
    for ground in ("white", "noise"):
        setting = set_type(picture(ground, place.width, place.height), Lettering(), place.safe)
        (mark,) = setting.boxes
        # The plate is about twice as high as its words.
        assert mark.bottom - mark.top >= 1.9 * max(12, 0.02 * min(place.width, place.height))
        assert mark.right - mark.left < 0.5 * place.width
        assert min(mark.contrast, measured_mark(setting.image, mark)) >= 4.5


def logo_on(ground, colour):
    mark = Image.new("RGBA", (400, 300))
    ImageDraw.Draw(mark).ellipse((100, 100, 299, 199), fill=(*colour, 255))
    shown = Image.new("RGB", (800, 800), ground)
    setting = set_type(shown, Lettering(logo=True, template="strip"), (0, 0, 0, 0), mark)
    box = next(box for box in setting.boxes if box.kind == "logo")
    return setting.image.crop((box.left, box.top, box.right, box.bottom))


def test_the_empty_rim_of_a_logo_is_cut_off_and_its_shape_kept():
    shown = np.asarray(logo_on((255, 255, 255), (10, 60, 40))).astype(int)
    rows, columns = np.nonzero(np.abs(shown - (10, 60, 40)).max(2) < 10)
    wide, tall = np.ptp(columns) + 1, np.ptp(rows) + 1
    assert wide / tall == pytest.approx(2, rel=0.05)
    assert tall > 0.6 * shown.shape[0]


def test_a_logo_that_would_drown_gets_a_plate():
    clear = logo_on((255, 255, 255), (10, 60, 40))
    drowned = logo_on((20, 20, 20), (30, 30, 30))
    assert clear.getpixel((3, clear.height // 2)) == (255, 255, 255)
    assert min(drowned.getpixel((3, drowned.height // 2))) > 200


def test_a_logo_nobody_would_see_is_not_set():
    empty = Image.new("RGBA", (100, 100))
    setting = set_type(picture("white", 400, 400), Lettering(logo=True), (0, 0, 0, 0), empty)
    assert [box.kind for box in setting.boxes] == ["label"]
