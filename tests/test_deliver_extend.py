"""A longer backdrop asked for or found: words stay off what is shown, and only that is told."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from zit_engine.deliver import set_out
from zit_engine.finish.crop import Framing
from zit_engine.request.channels import find_channel
from zit_engine.request.lettering import NO_LABEL, Lettering

BADGE = Lettering(
    headline="딸기의 계절이 돌아왔어요", price="6,800원", template="badge", label=NO_LABEL
)


def disc() -> Image.Image:
    image = Image.new("RGB", (512, 512), (235, 225, 210))
    ImageDraw.Draw(image).ellipse((140, 140, 372, 372), fill=(210, 30, 30))
    return image


@pytest.mark.parametrize("extend", [None, True])
def test_a_longer_backdrop_keeps_the_badge_off_what_is_shown(extend):
    """Where the red disc is seen, no part of it is missing."""
    framing = Framing(extend=extend)
    shown = set_out(disc(), find_channel("kakao-bizboard"), BADGE, framing=framing)
    pixels = np.asarray(shown.image).astype(int)
    is_red = (np.abs(pixels - (210, 30, 30)).max(axis=2) < 12)[:, 540:790]
    rows, columns = np.nonzero(is_red)
    wide, tall = np.ptp(columns) + 1, np.ptp(rows) + 1
    assert shown.extended and abs(wide - tall) <= 4
    assert is_red.sum() == pytest.approx(np.pi / 4 * wide * tall, rel=0.06)


def test_nobody_is_told_that_nothing_is_covered_where_the_badge_covers_it():
    held = Framing(x=-0.6, y=0.5, extend=True)
    shown = set_out(disc(), find_channel("kakao-bizboard"), BADGE, framing=held)
    assert shown.extended and "export.extended" not in dict(shown.notes)
    assert "export.extended_only" in dict(shown.notes)
