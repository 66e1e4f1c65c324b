"""One picture to every place: pixels, weight, rules and marks, as independent readers see them."""

import dataclasses
import io
import json

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.finish.known_boxes import known_pictures
from tests.independent_readers import decodes, read_all
from zit_engine.deliver import Delivered, deliver, export, set_out
from zit_engine.errors import InvalidRequest, TooHeavy
from zit_engine.finish.crop import FOUND, Framing
from zit_engine.finish.metadata import AI_LABEL, PNG_KEYWORD
from zit_engine.messages import say
from zit_engine.request.ad_request import AdRequest
from zit_engine.request.channels import LOGO, TEXT, VIRTUAL, find_channel, load_channels
from zit_engine.request.lettering import NO_LABEL, Lettering

CHANNELS = list(load_channels().values())
WORDS = Lettering(headline="가을 신메뉴 출시", subline="10월 한 달만", price="4,500원")
BARE = Lettering(label=NO_LABEL)
SETTINGS = AdRequest(prompt="딸기 <케이크> & 라떼", seed=7).as_fields()


def noise(width: int, height: int) -> Image.Image:
    """What no method can pack."""
    values = np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(values)


def gradient(width: int, height: int) -> Image.Image:
    red = Image.linear_gradient("L").resize((width, height))
    green = Image.radial_gradient("L").resize((width, height))
    return Image.merge("RGB", (red, green, red.transpose(Image.Transpose.FLIP_TOP_BOTTOM)))


def white(width: int, height: int) -> Image.Image:
    return Image.new("RGB", (width, height), "white")


KINDS = {"noise": noise, "gradient": gradient, "white": white}
EVERY = [(channel.id, kind, typed) for channel in CHANNELS for kind in KINDS for typed in (0, 1)]
# One of the six for each place, all six among neighbours; no banner of noise.
SAMPLE = [
    (channel.id, "white" if channel.id == "print-x-banner" else list(KINDS)[i % 3], i // 3 % 2)
    for i, channel in enumerate(CHANNELS)
]


def test_one_picture_has_the_same_accent_in_every_place():
    master = Image.new("RGB", (600, 600), (240, 226, 200))
    draw = ImageDraw.Draw(master)
    draw.ellipse((220, 220, 380, 380), fill=(30, 90, 200))
    # Only tall places show this.
    draw.rectangle((0, 0, 600, 70), fill=(220, 20, 30))
    words = dataclasses.replace(WORDS, template="strip")
    fills = {
        set_out(master, find_channel(place), words).image.getpixel(at)
        for place, at in (("kakao-bizboard", (1025, 4)), ("instagram-square", (4, 1076)))
    }
    assert len(fills) == 1


def made(case: tuple[str, str, int]) -> Delivered:
    channel = find_channel(case[0])
    master = KINDS[case[1]](channel.width, channel.height)
    return deliver(master, channel, WORDS if case[2] else BARE, metadata=SETTINGS)


def name_of(case: tuple[str, str, int]) -> str:
    return f"{case[0]} {case[1]} {'글자' if case[2] else '그림'}.{find_channel(case[0]).format}"


def check_file(case, delivered, seen) -> None:
    """What both readers must find in the file of `case`."""
    channel, tags = find_channel(case[0]), seen.tags
    size = channel.width, channel.height
    format = {"png": "PNG", "jpg": "JPEG"}[channel.format]
    assert seen.magick == (*size, format)
    assert (tags["ImageWidth"], tags["ImageHeight"], tags["FileType"]) == (*size, format)
    assert channel.limit_kb is None or tags["FileSize"] <= channel.limit_kb * 1000
    assert tags["FileSize"] == delivered.size_bytes
    if format == "PNG":
        # 8 bits of each of three colours: PNG-24.
        assert (tags["BitDepth"], tags["ColorType"]) == (8, 2)
        assert json.loads(tags[PNG_KEYWORD.capitalize()]) == SETTINGS
    else:
        assert (tags["BitsPerSample"], tags["ColorComponents"]) == (8, 3)
    assert tags["DigitalSourceType"] == AI_LABEL
    assert json.loads(tags["Settings"]) == SETTINGS
    if channel.dpi:
        # 1: an inch, as JFIF counts.
        assert (tags["XResolution"], tags["ResolutionUnit"]) == (channel.dpi, 1)


def check_words(case, delivered) -> None:
    channel = find_channel(case[0])
    kinds = {box.kind for box in delivered.boxes}
    notes = [note for note, _ in delivered.notes]
    if not case[2]:
        assert not kinds
    elif TEXT in channel.refuses:
        assert not kinds and {"export.text_left_out", "export.label_left_out"} <= set(notes)
    else:
        # A small place may have no room for a line: then it is told.
        assert "headline" in kinds
        assert {"subline", "price", "label"} <= kinds | set(delivered.dropped)
    assert ("export.virtual" in notes) == (VIRTUAL in channel.refuses)
    assert ("export.unverified" in notes) == (not channel.is_verified)


def check_all(cases, folder) -> None:
    files = {case: made(case) for case in cases}
    for case, delivered in files.items():
        (folder / name_of(case)).write_bytes(delivered.data)
    seen = read_all(folder)
    assert len(seen) == len(cases)
    for case, delivered in files.items():
        check_file(case, delivered, seen[name_of(case)])
        check_words(case, delivered)
        with Image.open(io.BytesIO(delivered.data)) as image:
            image.load()
            assert image.mode == "RGB" and image.size == (delivered.width, delivered.height)


def test_every_place_gets_its_file_and_other_programs_agree(tmp_path):
    check_all(SAMPLE, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.id)
def test_every_place_with_every_worst_picture_with_and_without_type(channel, tmp_path):
    cases = [case for case in EVERY if case[0] == channel.id]
    check_all(cases, tmp_path)
    assert all(decodes(path) for path in tmp_path.iterdir())


def painted(number: int = 5) -> Image.Image:
    return known_pictures()[number].image.resize((1024, 1024), Image.Resampling.LANCZOS)


SIX = [
    "instagram-feed",
    "instagram-story",
    "kakao-bizboard",
    "kakao-message",
    "youtube-thumbnail",
    "mms",
]


def test_six_places_at_once_are_the_same_as_one_by_one():
    master = painted()
    items = [(find_channel(each), WORDS, FOUND, SETTINGS) for each in SIX]
    together = export(master, items)
    assert [(each.width, each.height) for each in together] == [
        (channel.width, channel.height) for channel, *_ in items
    ]
    for item, file in zip(items, together, strict=True):
        assert file == deliver(master, item[0], WORDS, metadata=SETTINGS)


def test_one_impossible_place_does_not_cost_the_others():
    tight = dataclasses.replace(find_channel("mms"), limit_kb=1)
    thai = dataclasses.replace(WORDS, headline="กาแฟ")
    good = find_channel("mms")
    items = [(tight, BARE, FOUND, {}), (good, thai, FOUND, {}), (good, BARE, FOUND, {})]
    heavy, unset, file = export(painted(), items)
    assert isinstance(heavy, TooHeavy) and heavy.values["limit_kb"] == 1
    assert heavy.values["size_kb"] > 1 and isinstance(unset, InvalidRequest)
    assert isinstance(file, Delivered)


def test_rules_can_be_set_aside_by_whoever_knows_better():
    menu = find_channel("baemin-menu")
    told = set_out(painted(), menu, WORDS, obey=False)
    assert {"headline", "label"} <= {box.kind for box in told.boxes}
    assert "export.text_left_out" not in dict(told.notes)


def test_a_refused_logo_is_left_out_and_told():
    logo = Image.new("RGBA", (200, 80), (200, 30, 30, 255))
    coupang = find_channel("coupang-thumbnail")
    assert LOGO in coupang.refuses
    shown = set_out(painted(), coupang, Lettering(logo=True, label=NO_LABEL), logo=logo)
    assert shown.boxes == () and "export.logo_left_out" in dict(shown.notes)
    square = set_out(painted(), find_channel("instagram-square"), Lettering(logo=True), logo=logo)
    assert {box.kind for box in square.boxes} == {"logo", "label"}


def test_without_words_a_picture_is_only_cropped():
    shown = set_out(painted(), find_channel("instagram-square"), BARE)
    assert shown.image is shown.bare and not shown.extended
    assert shown.box == pytest.approx((0, 0, 1, 1))


def test_a_longer_backdrop_and_its_place_are_told():
    shown = set_out(painted(), find_channel("kakao-bizboard"), BARE)
    left, top, right, bottom = shown.box
    assert shown.extended and "export.extended" in dict(shown.notes)
    assert left < 0 and right > 1 and top >= 0 and bottom <= 1
    assert (right - left) / (bottom - top) == pytest.approx(1029 / 258, rel=1e-6)


def test_a_preview_shows_what_will_be_delivered():
    """A third of the pixels, the same frame, the same words in the same places."""
    channel = find_channel("kakao-bizboard")
    third = dataclasses.replace(channel, width=343, height=86)
    for framing in (FOUND, Framing(0.4, 0.5, False), Framing(extend=True)):
        whole = set_out(painted(), channel, WORDS, framing=framing)
        small = set_out(painted(), third, WORDS, framing=framing)
        assert small.image.size == (343, 86)
        assert small.box == pytest.approx(whole.box, abs=0.01)
        assert [box.kind for box in small.boxes] == [box.kind for box in whole.boxes]
        assert dict(small.notes).keys() == dict(whole.notes).keys()


def test_print_says_how_much_it_was_enlarged():
    notes = dict(set_out(painted(), find_channel("print-a3"), BARE).notes)
    assert notes["export.enlarged_print"] == {"dpi": 150, "factor": "2.4"}
    assert "150dpi" in say("export.enlarged_print", "ko", **notes["export.enlarged_print"])
    small = dict(set_out(painted().resize((256, 256)), find_channel("plain-1-1"), BARE).notes)
    assert small["export.enlarged"] == {"factor": "4.0"}
    assert "export.enlarged" not in dict(set_out(painted(), find_channel("mms"), BARE).notes)


def test_a_loss_that_is_seen_is_told():
    square = find_channel("naver-square")
    heavy = deliver(noise(1200, 1200), square, BARE, metadata={})
    assert dict(heavy.notes)["export.lighter"] == {"limit_kb": 500}
    assert "export.lighter" not in dict(deliver(painted(), square, BARE, metadata={}).notes)


def test_every_note_is_a_sentence_in_both_languages():
    for channel in CHANNELS:
        if channel.id == "print-x-banner":
            continue
        master = Image.new("RGB", (256, 256), (200, 220, 240))
        ImageDraw.Draw(master).ellipse((30, 30, 226, 226), fill=(200, 40, 40))
        for note, values in set_out(master, channel, WORDS).notes:
            assert say(note, "ko", **values) and say(note, "en", **values)
