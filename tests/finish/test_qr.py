"""QR codes in finished pictures, read back by a decoder."""

import io

import pytest
import zxingcpp
from PIL import Image

from tests.finish.type_trials import PLACES, picture
from zit_engine.finish import qr
from zit_engine.finish.layouts import load_layouts
from zit_engine.finish.typography import set_type
from zit_engine.request.channels import load_channels
from zit_engine.request.lettering import Lettering

ADDRESS = "https://place.example/shop/42?from=poster"


def read(image: Image.Image) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(image)]


@pytest.mark.parametrize("place", [place for place in PLACES if place != "kakao-bizboard"])
@pytest.mark.parametrize("template", load_layouts())
def test_a_phone_reads_it_from_a_rough_jpeg(template, place):
    channel = load_channels()[place]
    lettering = Lettering(headline="Menu", price="4,500", qr=ADDRESS, template=template)
    setting = set_type(picture("noise", channel.width, channel.height), lettering, channel.safe)
    assert setting.dropped == ()
    file = io.BytesIO()
    setting.image.save(file, "JPEG", quality=60)
    with Image.open(file) as opened:
        assert read(opened) == [ADDRESS]


@pytest.mark.parametrize("length", [1, 60, 300])
def test_any_length_allowed_reads_on_a_poster(length):
    text = "\uac00" * length
    setting = set_type(picture("white", 1240, 1754), Lettering(qr=text), (0, 0, 0, 0))
    assert read(setting.image) == [text]


@pytest.mark.parametrize("side", [111, 123, 148, 200])
def test_sides_that_are_no_multiple_of_a_module_read_too(side):
    code = qr.draw(ADDRESS, side, (20, 20, 30), (250, 250, 250))
    assert code.size == (side, side)
    page = Image.new("RGB", (side + 60, side + 60), (20, 20, 30))
    page.paste(code, (30, 30))
    assert read(page) == [ADDRESS]
