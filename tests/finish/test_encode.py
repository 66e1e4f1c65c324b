"""Exact pixels, format and weight for every channel, even for pictures that cannot be packed."""

import io
import math

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageStat

from zit_engine.errors import TooHeavy
from zit_engine.finish.encode import BEST_QUALITY, encode
from zit_engine.finish.metadata import AI_LABEL, read_settings
from zit_engine.request.ad_request import AdRequest
from zit_engine.request.channels import find_channel, load_channels

# The longest prompt there is, in letters of three bytes.
LONG = AdRequest(prompt="뷁" * 2000, style="anime", channel="kakao-bizboard", seed=7).as_fields()


def noise(width: int, height: int, bands: int = 3) -> Image.Image:
    """What no method can pack: every value independent."""
    values = np.random.default_rng(1).integers(0, 256, (height, width, bands), dtype=np.uint8)
    return Image.fromarray(values)


def scene(width: int, height: int) -> Image.Image:
    """A soft picture with edges and some grain, as painted ones are."""
    x, y = np.meshgrid(np.linspace(0, 9, width), np.linspace(0, 4, height))
    waves = np.stack([np.sin(x + y), np.cos(x * y / 3), np.sin(x - y * y / 2)], axis=-1)
    grain = np.random.default_rng(2).normal(0, 3, waves.shape)
    return Image.fromarray(np.clip(128 + 100 * waves + grain, 0, 255).astype(np.uint8))


def psnr(first: Image.Image, second: Image.Image) -> float:
    """Closeness in decibels; above 40 the eye sees no difference."""
    squares = ImageStat.Stat(ImageChops.difference(first, second)).sum2
    error = sum(squares) / (3 * first.width * first.height)
    return math.inf if error == 0 else 10 * math.log10(255**2 / error)


def weighed(channel):
    """A banner of 38 megapixels takes eight seconds, so it is left to the full run."""
    marks = [pytest.mark.slow] if channel.width * channel.height > 10**7 else []
    return pytest.param(channel, id=channel.id, marks=marks)


@pytest.mark.parametrize("channel", [weighed(channel) for channel in load_channels().values()])
def test_noise_fits_each_channel(channel):
    picture = noise(channel.width, channel.height)
    encoded = encode(picture, channel.format, channel.limit_kb, LONG, channel.dpi)
    assert encoded.format == channel.format
    assert channel.limit_kb is None or len(encoded.data) <= channel.limit_kb * 1000
    with Image.open(io.BytesIO(encoded.data)) as image:
        image.load()
        assert image.size == (channel.width, channel.height)
        assert image.format == {"png": "PNG", "jpg": "JPEG"}[channel.format]
        assert image.mode == "RGB"
    assert read_settings(encoded.data) == LONG
    assert AI_LABEL.encode() in encoded.data


def test_a_normal_bizboard_is_true_colour_and_close_to_the_original():
    channel = find_channel("kakao-bizboard")
    picture = scene(channel.width, channel.height)
    encoded = encode(picture, "png", channel.limit_kb, LONG)
    with Image.open(io.BytesIO(encoded.data)) as image:
        assert image.mode == "RGB"
        assert psnr(picture, image) >= 40
    assert encoded.smoothing == 0


def test_png_without_a_limit_keeps_every_bit():
    picture = noise(320, 200)
    encoded = encode(picture, "png", None, {})
    assert (encoded.quality, encoded.dropped_bits, encoded.smoothing) == (None, 0, 0.0)
    with Image.open(io.BytesIO(encoded.data)) as image:
        assert image.tobytes() == picture.tobytes()


def test_jpeg_takes_the_best_quality_that_fits():
    picture = scene(600, 400)
    best = encode(picture, "jpg", None, {})
    assert best.quality == BEST_QUALITY
    for share in (0.95, 0.6, 0.3):
        limit = round(share * len(best.data) / 1000)
        lighter = encode(picture, "jpg", limit, {})
        assert lighter.quality is not None and lighter.quality < BEST_QUALITY
        assert len(lighter.data) <= limit * 1000
        # Either the limit is all but used or one step better would break it.
        if len(lighter.data) < 0.97 * limit * 1000:
            out = io.BytesIO()
            sampling = "4:4:4" if lighter.quality + 1 >= 85 else "4:2:0"
            picture.save(out, "JPEG", quality=lighter.quality + 1, subsampling=sampling)
            assert len(out.getvalue()) > 0.97 * limit * 1000


@pytest.mark.parametrize("format", ["png", "jpg"])
def test_print_resolution_is_in_the_file_and_only_where_asked(format):
    with Image.open(io.BytesIO(encode(scene(60, 40), format, None, {}, 150).data)) as image:
        assert image.info["dpi"] == pytest.approx((150, 150), abs=0.1)
    with Image.open(io.BytesIO(encode(scene(60, 40), format, None, {}).data)) as image:
        assert "dpi" not in image.info or format == "jpg"
        assert image.info.get("jfif_unit", 0) == 0


def test_the_picture_handed_in_is_left_alone():
    picture = scene(60, 40)
    picture.info["comment"] = "kept"
    before = picture.tobytes()
    encode(picture, "png", 2, {})
    assert picture.tobytes() == before and picture.info == {"comment": "kept"}


def test_type_keeps_its_colour_at_high_quality():
    stripes = Image.new("RGB", (64, 64), "white")
    for x in range(0, 64, 2):
        stripes.paste((220, 0, 0), (x, 0, x + 1, 64))
    with Image.open(io.BytesIO(encode(stripes, "jpg", None, {}).data)) as image:
        red = image.convert("RGB").getpixel((32, 32))
    assert red[0] > 190 and max(red[1:]) < 60


def test_the_same_picture_gives_the_same_bytes():
    picture = scene(300, 200)
    for format in ("png", "jpg"):
        assert encode(picture, format, 500, LONG).data == encode(picture, format, 500, LONG).data


def test_transparency_is_kept_in_png_and_white_in_jpeg():
    cutout = noise(100, 80, 4)
    cutout.paste((0, 0, 0, 0), (0, 0, 50, 80))
    with Image.open(io.BytesIO(encode(cutout, "png", None, {}).data)) as image:
        assert image.tobytes() == cutout.tobytes()
    with Image.open(io.BytesIO(encode(cutout, "jpg", None, {}).data)) as image:
        assert min(image.getpixel((20, 40))) > 245


def test_a_transparent_bizboard_fits_and_stays_transparent():
    cutout = noise(1029, 258, 4)
    cutout.putalpha(Image.new("L", cutout.size, 0))
    cutout.paste(noise(300, 258).convert("RGBA"), (0, 0))
    encoded = encode(cutout, "png", 300, LONG)
    assert len(encoded.data) <= 300_000
    with Image.open(io.BytesIO(encoded.data)) as image:
        assert image.mode == "RGBA" and image.getpixel((1000, 100))[3] == 0


@pytest.mark.parametrize("mode", ["L", "LA", "P", "1", "CMYK", "RGBA"])
def test_every_kind_of_picture(mode):
    for format in ("png", "jpg"):
        data = encode(scene(60, 40).convert(mode), format, 100, {}).data
        with Image.open(io.BytesIO(data)) as image:
            assert image.size == (60, 40)


def test_nothing_of_an_uploaded_picture_is_carried_over():
    exif = Image.Exif()
    exif[0x010F] = "secret camera"
    exif.get_ifd(0x8825)[1] = "N"
    upload = io.BytesIO()
    scene(60, 40).save(upload, "JPEG", exif=exif, comment=b"secret note", xmp=b"<secret/>")
    with Image.open(upload) as image:
        for format in ("png", "jpg"):
            data = encode(image, format, None, {}).data
            assert b"secret" not in data and b"Exif" not in data


@pytest.mark.parametrize("format", ["png", "jpg"])
def test_a_limit_that_nothing_can_hold_is_told_with_numbers(format):
    with pytest.raises(TooHeavy) as caught:
        encode(noise(600, 600), format, 2, {})
    assert caught.value.values["limit_kb"] == 2
    assert caught.value.values["size_kb"] > 2


def test_another_format_is_a_bug_of_the_caller():
    with pytest.raises(ValueError, match="webp"):
        encode(scene(8, 8), "webp", None, {})
