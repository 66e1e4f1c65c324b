"""Words set over pictures: where they stand, that they read, that nothing else changes."""

import random
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image, ImageChops
from scipy import ndimage

from tests.finish.type_trials import PLACES, faults, logo, picture, run, trials
from zit_engine.errors import InvalidRequest
from zit_engine.finish.fonts import load_fonts
from zit_engine.finish.layouts import TEXTS, load_layouts
from zit_engine.finish.typography import set_type
from zit_engine.messages import explain_both
from zit_engine.request.channels import load_channels
from zit_engine.request.lettering import CORNERS, NO_LABEL, Lettering

SAMPLED = 60
SAFE = (64, 64, 64, 64)
SMALL_SAFE = (20, 20, 20, 20)
# Latin stands for the words where nothing depends on Hangul.
WORDS = {"headline": "New menu", "subline": "October only", "price": "4,500", "contact": "02-1234"}
each_layout = pytest.mark.parametrize("template", load_layouts())


def small(name="sample", size=(400, 500)):
    return picture(name, *size)


@pytest.mark.parametrize("trial", random.Random(11).sample(list(trials(200)), SAMPLED), ids=str)
def test_set_words_hold(trial):
    assert faults(trial) == []


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_every_headline_holds_in_every_layout_and_place():
    assert run(list(trials(200))) == []


@each_layout
@pytest.mark.parametrize("place", PLACES)
def test_a_preview_shows_the_same_layout(template, place):
    channel = load_channels()[place]
    size = channel.width, channel.height
    scale = 720 / max(size)
    preview = round(size[0] * scale), round(size[1] * scale)
    lettering = Lettering(**WORDS, template=template, qr="https://a.example", logo=True)
    safe = tuple(side * scale for side in channel.safe)
    whole = set_type(picture("sample", *size), lettering, channel.safe, logo())
    shown = set_type(picture("sample", *preview), lettering, safe, logo(), scale=scale)
    assert shown.dropped == whole.dropped
    assert [(box.kind, box.lines) for box in shown.boxes] == [
        (box.kind, box.lines) for box in whole.boxes
    ]
    for one, two in zip(shown.boxes, whole.boxes, strict=True):
        for side in ("left", "top", "right", "bottom"):
            assert abs(getattr(one, side) / scale - getattr(two, side)) <= 2 / scale + 1


@each_layout
def test_the_same_words_give_the_same_pixels_from_any_thread(template):
    lettering = Lettering(**WORDS, template=template)
    first = set_type(small(), lettering, SMALL_SAFE)
    with ThreadPoolExecutor(4) as pool:
        again = pool.map(lambda _: set_type(small(), lettering, SMALL_SAFE), range(4))
        assert all(one.image.tobytes() == first.image.tobytes() for one in again)


@each_layout
def test_nothing_asked_for_changes_nothing(template):
    shown = small("noise")
    setting = set_type(shown, Lettering(template=template, label=NO_LABEL), SMALL_SAFE)
    assert setting.boxes == () and setting.dropped == ()
    assert setting.image.tobytes() == shown.tobytes()


@each_layout
@pytest.mark.parametrize("corner", CORNERS)
def test_the_mark_alone_touches_only_its_corner(template, corner):
    shown = small("noise")
    setting = set_type(shown, Lettering(template=template, label=corner), SMALL_SAFE)
    (mark,) = setting.boxes
    assert mark.kind == "label" and mark.contrast >= 4.5
    changed = ImageChops.difference(setting.image, shown).getbbox()
    assert mark.left <= changed[0] and changed[2] <= mark.right
    assert mark.top <= changed[1] and changed[3] <= mark.bottom
    assert (mark.left > 200) == corner.endswith("right")
    assert (mark.top > 250) == corner.startswith("bottom")


@each_layout
@pytest.mark.parametrize("kind", TEXTS)
def test_one_text_alone_leaves_no_empty_plate(template, kind):
    """Whatever is filled on the picture holds the words."""
    shown = Image.new("RGB", (400, 500), (120, 120, 120))
    lettering = Lettering(**{kind: WORDS[kind]}, template=template, label=NO_LABEL)
    setting = set_type(shown, lettering, SMALL_SAFE)
    (box,) = setting.boxes
    assert (box.kind, " ".join(box.lines)) == (kind, WORDS[kind])
    changed = np.asarray(ImageChops.difference(setting.image, shown)).max(2) > 8
    parts, _ = ndimage.label(changed)
    for part in ndimage.find_objects(parts):
        tall, wide = (side.stop - side.start for side in part)
        is_filled = changed[part].mean() > 0.6 and tall * wide > 600
        meets_words = part[0].start <= box.bottom and part[0].stop >= box.top
        assert meets_words or not is_filled


@each_layout
def test_colours_chosen_by_hand_stay_and_read(template):
    for colour, accent in (("#808080", "#ffd43b"), ("#ffffff", "#ffffff"), ("#000000", "#000000")):
        lettering = Lettering(**WORDS, template=template, colour=colour, accent=accent)
        setting = set_type(small("white"), lettering, SMALL_SAFE)
        assert min(box.contrast for box in setting.boxes) >= 4.5
        headline = next(box for box in setting.boxes if box.kind == "headline")
        assert headline.ink == colour


@pytest.mark.parametrize("font", load_fonts())
def test_the_typeface_chosen_is_used(font):
    mine = set_type(small(), Lettering(headline="Menu", font=font, label=NO_LABEL), SMALL_SAFE)
    others = {
        set_type(
            small(), Lettering(headline="Menu", font=f, label=NO_LABEL), SMALL_SAFE
        ).image.tobytes()
        for f in load_fonts()
        if f != font
    }
    assert mine.image.tobytes() not in others


@pytest.mark.parametrize("font", ["nanum-pen", "east-sea-dokdo"])
def test_thin_handwriting_is_set_larger(font):
    def tall(chosen):
        lettering = Lettering(headline="봄빵", font=chosen, label=NO_LABEL, template="minimal")
        (box,) = set_type(small("white"), lettering, SMALL_SAFE).boxes
        return box.bottom - box.top

    assert tall(font) > 1.1 * tall("jua")


def test_a_dark_plate_is_turned_light_on_a_dark_picture():
    lettering = Lettering(headline="Menu", template="labels", label=NO_LABEL)
    for ground, is_light in (((12, 18, 60), True), ((240, 230, 210), False)):
        setting = set_type(Image.new("RGB", (400, 500), ground), lettering, SMALL_SAFE)
        (box,) = setting.boxes
        beside = setting.image.getpixel((box.left - 3, (box.top + box.bottom) // 2))
        assert (sum(beside) > 600) == is_light


def test_a_line_break_of_ones_own_is_kept():
    lettering = Lettering(headline="one\ntwo three\nfour")
    (headline, _) = set_type(small(), lettering, SMALL_SAFE).boxes
    assert headline.lines == ("one", "two three", "four")


def test_a_sum_is_larger_than_its_unit():
    digits = set_type(small("white"), Lettering(price="4,500", label=NO_LABEL), SMALL_SAFE)
    both = set_type(small("white"), Lettering(price="4,500 KRW", label=NO_LABEL), SMALL_SAFE)
    (short,), (long,) = digits.boxes, both.boxes
    assert long.bottom - long.top == pytest.approx(short.bottom - short.top, abs=2)
    assert long.right - long.left < 1.8 * (short.right - short.left)


def test_words_that_cannot_be_set_are_refused_with_what_would_fit():
    tiny = picture("white", 160, 60)
    with pytest.raises(InvalidRequest) as refused:
        set_type(tiny, Lettering(headline="W" * 40, label=NO_LABEL), (0, 0, 0, 0))
    assert refused.value.field == "headline"
    fits = refused.value.values["limit"]
    assert 0 < fits < 40 and str(fits) in explain_both(refused.value)
    assert set_type(tiny, Lettering(headline="W" * fits, label=NO_LABEL), (0, 0, 0, 0)).boxes


@pytest.mark.parametrize("kind", TEXTS)
def test_signs_no_typeface_has_are_named(kind):
    with pytest.raises(InvalidRequest) as refused:
        set_type(small(), Lettering(**{kind: "a \u0e01\u0e02 b"}), SMALL_SAFE)
    assert refused.value.field == kind
    assert "\u0e01 \u0e02" in explain_both(refused.value)


def test_a_see_through_picture_is_set_on_white():
    glass = Image.new("RGBA", (400, 500), (255, 0, 0, 0))
    setting = set_type(glass, Lettering(headline="Menu"), SMALL_SAFE)
    assert setting.image.mode == "RGB"
    assert setting.image.getpixel((200, 100)) == (255, 255, 255)


@each_layout
def test_a_picture_framed_by_hand_is_not_moved(template):
    shown = small()
    setting = set_type(shown, Lettering(**WORDS, template=template), SMALL_SAFE, held=True)
    plates = [group.plate for group in load_layouts()[template].shapes["portrait"].groups]
    if any(plate and plate.splits for plate in plates):
        return
    same = np.asarray(setting.image) == np.asarray(shown)
    assert same.all(2).mean() > 0.3


def test_what_has_no_room_is_told():
    banner = picture("white", 1029, 258)
    setting = set_type(banner, Lettering(**WORDS, qr="https://a.example/" + "x" * 100), SAFE)
    assert "qr" in setting.dropped and "contact" in setting.dropped
    assert {box.kind for box in setting.boxes}.isdisjoint(setting.dropped)
