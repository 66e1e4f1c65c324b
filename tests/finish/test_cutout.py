"""A product is freed as it was photographed, or it is said that it cannot be."""

import numpy as np
import pytest
import skimage.data
from PIL import Image, ImageDraw
from scipy import ndimage

from tests.finish.products import cup, photographed
from zit_engine.errors import UploadRefused
from zit_engine.finish.cutout import (
    SOFT_EDGE,
    cut_by_itself,
    cut_by_mask,
    is_cut_out,
    trimmed,
)
from zit_engine.finish.plain_backdrop import find_product

CUP = cup()
SHAPE = np.asarray(CUP.getchannel("A")) >= 128
PHOTO = photographed(CUP, (225, 222, 215))
PLAIN = {
    "grey": (225, 222, 215),
    "white": (250, 250, 250),
    "pink": (240, 170, 190),
    "blue": (90, 140, 210),
    "black": (40, 40, 45),
}


def overlap(mask: Image.Image, shape: np.ndarray) -> float:
    found = np.asarray(mask) >= 128
    return float((found & shape).sum() / (found | shape).sum())


def masks() -> dict[str, Image.Image]:
    """What a hand, a program and a mistake might paint."""
    numbers = np.random.default_rng(3)
    blot = Image.new("L", PHOTO.size, 0)
    draw = ImageDraw.Draw(blot)
    for x, y in numbers.integers(100, 500, (40, 2)):
        draw.ellipse((x - 40, y - 40, x + 40, y + 40), fill=255)
    half = Image.new("L", PHOTO.size, 0)
    half.paste(255, (0, 0, 300, 600))
    holed = Image.fromarray(np.where(SHAPE, 255, 0).astype(np.uint8))
    ImageDraw.Draw(holed).ellipse((240, 300, 290, 350), fill=0)
    return {
        "the cup": CUP.getchannel("A"),
        "small": CUP.getchannel("A").resize((150, 150)),
        "brush strokes": blot,
        "up to the edge": half,
        "with a hole": holed,
        "grey": CUP.getchannel("A").point([0] * 100 + [140] * 156),
    }


@pytest.mark.parametrize("mask", masks().values(), ids=masks())
def test_deeper_than_the_soft_edge_every_pixel_is_the_photos(mask: Image.Image) -> None:
    cut = cut_by_mask(PHOTO, mask)
    full = mask.resize(PHOTO.size, Image.Resampling.BILINEAR) if mask.size != PHOTO.size else mask
    inside = np.asarray(full) >= 128
    depth = ndimage.distance_transform_edt(np.pad(inside, 9, mode="edge"))[9:-9, 9:-9]
    pixels = np.asarray(cut)
    deep = depth > SOFT_EDGE
    assert deep.sum() > 5000
    assert (pixels[deep, 3] == 255).all()
    assert (pixels[deep, :3] == np.asarray(PHOTO)[deep]).all()
    assert (pixels[~inside, 3] == 0).all()
    edge = pixels[inside & ~deep, 3]
    assert edge.size and edge.min() > 0 and edge.max() < 255


def test_the_old_background_does_not_shine_through_the_edge() -> None:
    """A dark cup from a white backdrop: its soft edge is dark."""
    dark = cup(600, (60, 40, 30))
    cut = np.asarray(cut_by_mask(photographed(dark, (250, 250, 250)), dark.getchannel("A")))
    edge = (cut[..., 3] > 0) & (cut[..., 3] < 255)
    assert cut[edge][:, :3].max() < 140


def test_a_photo_that_is_already_cut_out_is_told_from_others() -> None:
    assert is_cut_out(CUP) and not is_cut_out(PHOTO)
    veiled = PHOTO.convert("RGBA")
    veiled.putalpha(200)
    assert not is_cut_out(veiled)
    assert not is_cut_out(Image.new("RGBA", (100, 100)))


def test_trimming_keeps_all_of_the_product() -> None:
    cut = trimmed(CUP)
    left, top, right, bottom = CUP.getchannel("A").getbbox() or ()
    assert cut.size == (right - left, bottom - top)
    assert cut.tobytes() == CUP.crop((left, top, right, bottom)).tobytes()


@pytest.mark.parametrize(
    ("mask", "message_id"),
    [
        (Image.new("L", PHOTO.size, 0), "photo.mask_empty"),
        (Image.new("L", PHOTO.size, 255), "photo.mask_full"),
        (Image.new("L", (300, 200), 255), "photo.mask_shape"),
    ],
)
def test_a_mask_of_no_use_is_told(mask: Image.Image, message_id: str) -> None:
    with pytest.raises(UploadRefused) as refused:
        cut_by_mask(PHOTO, mask)
    assert refused.value.message_id == message_id


def test_a_mask_frees_no_more_than_the_photo_has() -> None:
    right_half = Image.new("L", CUP.size, 0)
    right_half.paste(255, (300, 0, 600, 600))
    seen = np.asarray(cut_by_mask(CUP, right_half).getchannel("A")) > 0
    assert seen.any() and not (seen & ~SHAPE).any() and not seen[:, :300].any()


@pytest.mark.parametrize("backdrop", PLAIN.values(), ids=PLAIN)
def test_a_product_before_a_plain_backdrop_is_found(backdrop: tuple[int, int, int]) -> None:
    mask = find_product(photographed(CUP, backdrop, grain=3))
    assert mask is not None and overlap(mask, SHAPE) > 0.985


def test_a_large_photo_is_cut_as_closely() -> None:
    large = cup(2000)
    mask = find_product(photographed(large, (235, 225, 210)))
    assert mask is not None and mask.size == large.size
    assert overlap(mask, np.asarray(large.getchannel("A")) >= 128) > 0.99


@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea", "rocket", "colorwheel"])
def test_a_photograph_of_the_world_is_given_up(name: str) -> None:
    """Real photographs: a cup on a table, a cat, a person in front of things."""
    picture = Image.fromarray(getattr(skimage.data, name)())
    with pytest.raises(UploadRefused) as refused:
        cut_by_itself(picture, None)
    assert refused.value.message_id == "photo.not_plain"


@pytest.mark.parametrize(
    ("product", "backdrop"),
    [
        (cup(600, (240, 240, 238)), (246, 246, 244)),  # white on white
        (cup(600, (30, 30, 32)), (22, 22, 24)),  # black on black
        (cup(600, (205, 85, 60)), (205, 82, 60)),  # red on red
    ],
)
def test_a_product_like_its_backdrop_is_given_up(
    product: Image.Image, backdrop: tuple[int, int, int]
) -> None:
    assert find_product(photographed(product, backdrop)) is None


def test_a_backdrop_with_nothing_before_it_is_given_up() -> None:
    empty = Image.new("RGBA", (600, 600))
    assert find_product(photographed(empty, (225, 222, 215), shadow=0)) is None
    assert find_product(Image.new("RGB", (64, 64), "white")) is None


def test_what_was_found_by_itself_says_how() -> None:
    cut, how = cut_by_itself(PHOTO, None)
    assert how == "photo.cut_from_plain" and overlap(cut.getchannel("A"), SHAPE) > 0.97
    asked = []

    def segmenter(photo: Image.Image) -> Image.Image:
        asked.append(photo.size)
        return CUP.getchannel("A")

    cut, how = cut_by_itself(PHOTO, segmenter)
    assert how == "photo.cut_by_model" and asked == [PHOTO.size]
