"""The thing shown is found: in painted pictures with known places, and in drawn ones."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.finish.known_boxes import area, common, kept, known_pictures
from zit_engine.finish import subject
from zit_engine.finish.subject import find_subject, subject_box


def drawn(*discs: tuple[int, int, int], size=(400, 300), backdrop=None) -> Image.Image:
    """Red discs (x, y, radius) with a white rim."""
    image = (backdrop or Image.new("RGB", size, (90, 140, 120))).copy()
    for x, y, radius in discs:
        box = (x - radius, y - radius, x + radius, y + radius)
        ImageDraw.Draw(image).ellipse(box, fill=(220, 40, 30), outline="white", width=3)
    return image


def box_around(discs, size) -> tuple[float, float, float, float]:
    edges = [(x - r, y - r, x + r, y + r) for x, y, r in discs]
    lows = [min(edge[axis] for edge in edges) / size[axis] for axis in (0, 1)]
    return *lows, *[max(edge[axis + 2] for edge in edges) / size[axis] for axis in (0, 1)]


def stripes(size=(400, 300)) -> Image.Image:
    y, x = np.mgrid[0 : size[1], 0 : size[0]]
    is_dark = (x + y) // 40 % 2 == 0
    light, dark = np.array([250, 212, 80]), np.array([58, 110, 220])
    return Image.fromarray(np.where(is_dark[..., None], dark, light).astype(np.uint8))


def lit(size=(400, 300)) -> Image.Image:
    """Dark at the edges, bright in the middle."""
    y, x = np.mgrid[0 : size[1], 0 : size[0]]
    away = np.hypot(x / size[0] - 0.5, y / size[1] - 0.5)
    level = (1 - away)[..., None] * np.array([180.0, 190.0, 230.0])
    return Image.fromarray(level.astype(np.uint8))


def test_the_known_boxes_are_found():
    """20 of 20 with 85 % or more, 18 with 90 %, and the found box is not simply the picture."""
    shares, overlaps = [], []
    for picture in known_pictures():
        found = subject_box(picture.image)
        assert found is not None
        both = area(common(found, picture.box))
        shares.append(kept(picture.box, found))
        overlaps.append(both / (area(found) + area(picture.box) - both))
    assert sum(share >= 0.9 for share in shares) >= 18 and min(shares) >= 0.85
    assert np.mean(overlaps) >= 0.7


@pytest.mark.parametrize("backdrop", [None, stripes(), lit()], ids=["plain", "stripes", "lit"])
@pytest.mark.parametrize(
    "discs",
    [[(200, 150, 60)], [(60, 60, 40)], [(330, 230, 50)], [(90, 150, 50), (310, 160, 40)]],
)
def test_discs_are_found_wherever_they_stand(discs, backdrop):
    found = subject_box(drawn(*discs, backdrop=backdrop))
    true = box_around(discs, (400, 300))
    assert kept(true, found) >= 0.97
    assert area(found) <= 1.5 * area(true) + 0.02


@pytest.mark.parametrize("image", [Image.new("RGB", (300, 200), (200, 10, 10)), stripes(), lit()])
def test_a_bare_backdrop_has_no_subject(image):
    found = find_subject(image)
    assert found.box is None
    assert found.x == pytest.approx(0.5, abs=0.05) and found.y == pytest.approx(0.5, abs=0.05)


def test_a_picture_full_to_its_edges_has_no_subject():
    rng = np.random.default_rng(1)
    patches = Image.fromarray(rng.integers(0, 256, (9, 12, 3), dtype=np.uint8))
    assert subject_box(patches.resize((400, 300), Image.Resampling.NEAREST)) is None


def test_what_is_see_through_is_not_shown():
    cutout = Image.new("RGBA", (200, 100), (255, 255, 255, 0))
    cutout.paste((250, 250, 250, 255), (40, 20, 120, 90))
    assert subject_box(cutout) == (0.2, 0.2, 0.6, 0.9)
    assert find_subject(Image.new("RGBA", (20, 10))).box is None


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (900, 1), (3, 2), (4000, 30)])
def test_thin_and_tiny_pictures(size):
    found = find_subject(Image.effect_noise(size, 90))
    assert 0 <= found.x <= 1 and 0 <= found.y <= 1


def test_every_mode_and_the_same_picture_the_same_box():
    image = drawn((120, 150, 60))
    box = subject_box(image)
    assert subject_box(image) == box
    for mode in ("L", "P", "CMYK"):
        assert (
            kept(box_around([(120, 150, 60)], image.size), subject_box(image.convert(mode))) > 0.9
        )


def test_the_picture_itself_is_left_alone():
    image = drawn((120, 150, 60))
    before = image.tobytes()
    find_subject(image)
    assert image.tobytes() == before


@pytest.mark.parametrize("size", [(128, 128), (200, 67), (3, 3)])
def test_colours_are_compared_in_parts_with_the_same_result(size):
    """Against the whole picture at once, bit for bit."""
    width, height = size
    lab = np.random.default_rng(5).random((height, width, 3), dtype=np.float32)
    flat = lab.reshape(-1, 3)
    whole = subject._AT_ONCE
    try:
        found = subject._colour_distance(lab)
        subject._AT_ONCE = len(flat)
        assert np.array_equal(subject._colour_distance(lab), found)
    finally:
        subject._AT_ONCE = whole
