"""Exact pixels, nothing stretched, the subject kept, the backdrop continued where it must be."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from tests.finish.known_boxes import kept, known_pictures
from zit_engine.finish.crop import Framing, Room, crop_to, frame
from zit_engine.finish.subject import Box, Subject, find_subject
from zit_engine.request.channels import find_channel, load_channels, render_size

# Every shape a place of use has, from a story to a banner, small enough to be quick.
SHAPES = {"1:1": (400, 400), "4:5": (400, 500), "9:16": (270, 480), "2:1": (600, 300)}
SHAPES["4:1"] = (1029, 258)


def disc(size: tuple[int, int], centre: tuple[int, int], radius: int) -> Image.Image:
    """A red disc on grey: the one thing that matters."""
    image = Image.new("RGB", size, (128, 128, 128))
    x, y = centre
    box = (x - radius, y - radius, x + radius, y + radius)
    ImageDraw.Draw(image).ellipse(box, fill=(220, 40, 30))
    return image


def red_box(image: Image.Image) -> tuple[int, int, int, int] | None:
    """Bounds of what is clearly red."""
    red, green, _ = image.convert("RGB").split()
    clear = Image.composite(
        red.point(lambda v: 255 * (v > 180)),
        Image.new("L", image.size),
        green.point(lambda v: 255 * (v < 80)),
    )
    return clear.getbbox()


@pytest.mark.parametrize("channel", load_channels().values(), ids=lambda channel: channel.id)
def test_exact_pixels_and_no_stretching_for_each_channel(channel):
    width, height = render_size(channel, 256 * 256, 2.0)
    radius = min(width, height) // 6
    painted = disc((width, height), (width // 2, height // 2), radius)
    # A banner of 38 megapixels is made whole elsewhere; its shape is what matters here.
    size = channel.width, channel.height
    wanted = size if max(size) < 4000 else (size[0] // 5, size[1] // 5)
    for cropped in (crop_to(painted, *wanted), frame(painted, *wanted).image):
        assert cropped.size == wanted
        left, top, right, bottom = red_box(cropped)
        # A circle stays a circle within the width of its soft edge.
        scale = max(wanted[0] / width, wanted[1] / height)
        assert abs((right - left) - (bottom - top)) <= 2 + scale


@pytest.mark.parametrize("x", [90, 300, 512, 730, 930])
def test_the_subject_is_kept_when_the_sides_go(x):
    radius = 60
    cropped = crop_to(disc((1024, 512), (x, 256), radius), 512, 512)
    left, _, right, _ = red_box(cropped)
    assert right - left >= 2 * radius - 4


@pytest.mark.parametrize("y", [90, 300, 512, 730, 930])
def test_the_subject_is_kept_when_top_and_bottom_go(y):
    radius = 60
    cropped = crop_to(disc((1024, 1024), (512, y), radius), 1024, 384)
    _, top, _, bottom = red_box(cropped)
    assert bottom - top >= 2 * radius - 4


@pytest.mark.parametrize(("focus", "kept"), [((0.0, 0.5), 0), ((1.0, 0.5), 200), ((0.5, 0.5), 100)])
def test_focus_decides(focus, kept):
    ramp = Image.linear_gradient("L").rotate(90).resize((300, 100)).convert("RGB")
    expected = ramp.crop((kept, 0, kept + 100, 100))
    assert crop_to(ramp, 100, 100, focus).tobytes() == expected.tobytes()


def test_focus_outside_the_picture_stays_inside():
    assert crop_to(disc((300, 100), (50, 50), 20), 100, 100, (-5.0, 9.0)).size == (100, 100)


@pytest.mark.parametrize("size", [(300, 100), (100, 300), (1000, 37)])
def test_the_middle_of_a_flat_picture(size):
    image = Image.new("RGB", size, (200, 200, 200))
    image.putpixel((size[0] // 2, size[1] // 2), (201, 201, 201))
    assert crop_to(image, 64, 64).size == (64, 64)


def test_same_picture_same_pixels():
    image = Image.effect_mandelbrot((640, 480), (-2, -1.5, 1, 1.5), 50).convert("RGB")
    digests = {hashlib.sha256(crop_to(image, 1029, 258).tobytes()).digest() for _ in range(3)}
    assert len(digests) == 1


def test_the_right_size_is_copied_bit_for_bit():
    image = Image.effect_noise((64, 48), 80)
    copy = crop_to(image, 64, 48)
    assert copy is not image and copy.tobytes() == image.tobytes()


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "CMYK"])
def test_every_kind_of_picture(mode):
    cropped = crop_to(disc((300, 200), (150, 100), 40).convert(mode), 90, 90)
    assert cropped.size == (90, 90)
    assert cropped.has_transparency_data == (mode in ("RGBA", "LA"))


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(st.integers(1, 400), st.integers(1, 400)),
    st.tuples(st.integers(1, 400), st.integers(1, 400)),
    st.none() | st.booleans(),
    st.none() | st.floats(0, 1),
)
def test_any_size_from_any_size(size, wanted, extend, focus):
    image = disc(size, (size[0] // 3, size[1] // 2), 20)
    framed = frame(image, *wanted, Framing(focus, focus, extend))
    assert framed.image.size == wanted
    left, top, right, bottom = framed.box
    assert (right - left) / (bottom - top) == pytest.approx(wanted[0] / wanted[1])
    assert framed.enlarged == pytest.approx(wanted[0] / (right - left))


@pytest.mark.parametrize("size", [(0, 10), (10, 0), (-1, 5)])
def test_sizes_below_one_are_a_bug_of_the_caller(size):
    with pytest.raises(ValueError, match="cannot crop"):
        crop_to(Image.new("RGB", (8, 8)), *size)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_known_boxes_are_kept_from_a_square(shape):
    """At least 90 % of the box in 18 of 20 painted pictures (all 20 when this was written)."""
    width, height = SHAPES[shape]
    shares = []
    for picture in known_pictures():
        framed = frame(picture.image, width, height)
        assert framed.image.size == (width, height)
        box = tuple(edge / picture.image.width for edge in framed.box)
        shares.append(kept(picture.box, box))
    assert sum(share >= 0.9 for share in shares) >= 18


def test_a_subject_too_tall_for_a_banner_is_shown_whole_on_a_longer_backdrop():
    framed = frame(disc((512, 512), (256, 256), 170), 1029, 258)
    left, top, right, bottom = red_box(framed.image)
    assert framed.extended and framed.box[0] < 0 and framed.box[2] > 512
    assert top > 0 and bottom < 258 and abs((right - left) - (bottom - top)) <= 2
    # Grey all around: what was continued is backdrop.
    assert framed.image.crop((0, 0, 300, 258)).getcolors() == [(300 * 258, (128, 128, 128))]


def test_a_subject_too_wide_for_a_story_is_shown_whole():
    framed = frame(disc((800, 400), (400, 200), 180), 270, 480)
    left, top, right, bottom = red_box(framed.image)
    assert framed.extended and framed.box[1] < 0 and framed.box[3] > 400
    assert left > 0 and right < 270 and abs((right - left) - (bottom - top)) <= 2


def test_nothing_is_extended_where_the_subject_fits():
    framed = frame(disc((512, 512), (256, 400), 90), 500, 250)
    assert not framed.extended and framed.box[3] - framed.box[1] == 256
    assert framed.box == pytest.approx((0, 256, 512, 512), abs=20)


def test_a_person_may_forbid_and_ask_for_a_longer_backdrop():
    image = disc((512, 512), (256, 256), 170)
    never = frame(image, 1029, 258, Framing(extend=False))
    assert not never.extended and never.box[2] - never.box[0] == 512
    whole = frame(disc((512, 512), (256, 256), 20), 1029, 258, Framing(extend=True))
    assert whole.extended and (whole.box[1], whole.box[3]) == (0, 512)


@pytest.mark.parametrize(("x", "middle"), [(0.0, 20), (0.5, 100), (1.0, 180), (0.7, 140)])
def test_the_point_of_a_person_stands_in_the_middle(x, middle):
    framed = frame(disc((200, 100), (100, 50), 10), 40, 100, Framing(x=x, extend=False))
    assert (framed.box[0] + framed.box[2]) / 2 == pytest.approx(middle)


def test_on_a_longer_backdrop_a_person_moves_the_picture():
    image = disc((100, 100), (50, 50), 20)
    right = frame(image, 400, 100, Framing(x=0.0, extend=True))
    left = frame(image, 400, 100, Framing(x=1.0, extend=True))
    assert right.box == pytest.approx((-200, 0, 200, 100))
    assert left.box == pytest.approx((-100, 0, 300, 100))
    assert red_box(right.image)[0] > 200 > red_box(left.image)[2]


def test_the_box_says_what_is_shown():
    image = Image.effect_mandelbrot((640, 480), (-2, -1.5, 1, 1.5), 50).convert("RGB")
    framed = frame(image, 160, 240, Framing(0.3, 0.5, False))
    again = image.resize((160, 240), Image.Resampling.LANCZOS, box=framed.box)
    assert again.tobytes() == framed.image.tobytes()


def test_a_place_may_limit_how_wide_the_subject_becomes():
    image = disc((800, 400), (400, 200), 60)
    subject = find_subject(image)
    wide = frame(image, 1029, 258, subject=subject)
    slim = frame(image, 1029, 258, subject=subject, room=Room(widest=120 / 1029))
    assert red_box(wide.image)[2] - red_box(wide.image)[0] > 140
    assert red_box(slim.image)[2] - red_box(slim.image)[0] <= 120


@pytest.mark.parametrize(("x", "middle"), [(256, 0.75), (350, 0.75), (150, 0.25)])
@pytest.mark.parametrize("radius", [30, 140])
def test_room_for_words_beside_the_subject(x, middle, radius):
    """In the middle of the right half, or of the left one where the picture has it there."""
    room = Room(widest=0.3, aside=True)
    framed = frame(disc((512, 512), (x, 256), radius), 1029, 258, room=room)
    left, top, right, bottom = red_box(framed.image)
    assert (left + right) / 2 == pytest.approx(middle * 1029, abs=6)
    assert right - left <= 0.3 * 1029 and abs((right - left) - (bottom - top)) <= 3
    chosen = frame(disc((512, 512), (x, 256), radius), 1029, 258, Framing(x=x / 512), room=room)
    if radius == 140:
        assert abs(red_box(chosen.image)[0] + red_box(chosen.image)[2] - 1029) <= 4


@pytest.mark.parametrize(("y", "middle"), [(256, 0.3), (400, 0.7)])
def test_room_for_words_below_or_above_the_subject(y, middle):
    room = Room(tallest=0.4, aside=True, safe=(0.1, 0, 0.1, 0))
    _, top, _, bottom = red_box(frame(disc((512, 512), (256, y), 100), 270, 480, room=room).image)
    assert (top + bottom) / 2 == pytest.approx(middle * 480, abs=4)


def test_whoever_forbids_a_longer_backdrop_gets_none_for_words_either():
    image = disc((512, 512), (256, 256), 140)
    framed = frame(image, 1029, 258, Framing(extend=False), room=Room(widest=0.3, aside=True))
    assert not framed.extended


def test_what_is_known_of_the_subject_is_believed():
    subject = Subject(Box(0.0, 0.0, 0.25, 1.0), 0.125, 0.5)
    framed = frame(disc((400, 100), (350, 50), 40), 100, 100, subject=subject)
    assert framed.box[:1] == (0,)


def test_a_cutout_stays_a_cutout_beyond_its_edges():
    cutout = Image.new("RGBA", (200, 200))
    cutout.paste((220, 40, 30, 255), (20, 20, 180, 180))
    framed = frame(cutout, 400, 100)
    assert framed.extended and framed.image.mode == "RGBA"
    assert framed.image.getpixel((5, 50))[3] == 0 and framed.image.getpixel((200, 50))[3] == 255


def test_a_banner_of_38_megapixels_is_made_whole():
    banner = find_channel("print-x-banner")
    framed = frame(disc((656, 1568), (328, 784), 300), banner.width, banner.height)
    assert framed.image.size == (3543, 10630) and framed.enlarged > 5


def test_notes_of_the_engine_stay_with_the_painted_picture():
    painted = Image.new("RGB", (64, 64), "red")
    painted.info["latents"] = "0f"
    for size in ((64, 64), (100, 100), (100, 40)):
        assert frame(painted, *size).image.info == {}
    assert painted.info == {"latents": "0f"}


def test_a_colour_that_is_seen_through_stays_so():
    painted = Image.new("RGB", (64, 64), "red")
    painted.info["transparency"] = (255, 0, 0)
    assert frame(painted, 64, 64).image.has_transparency_data
