"""Pictures finished anew: words set and changed, many places at once, nothing painted for it."""

import dataclasses
import zipfile

import pytest
from PIL import Image

from tests.fake_engine import FakeEngine
from zit_engine.brand.brands import Brands
from zit_engine.errors import (
    InvalidRequest,
    JobNotFound,
    SaveFailed,
    StorageFull,
    TooHeavy,
    UnknownChannel,
)
from zit_engine.finish.crop import Framing
from zit_engine.finishing import PREVIEW_SIDE, FinishingDesk
from zit_engine.request.ad_request import AdRequest, AdResult
from zit_engine.studio import Studio

SIX = [
    "instagram-square",
    "instagram-story",
    "kakao-bizboard",
    "kakao-message",
    "youtube-thumbnail",
    "naver-feed",
]
WORDS = {
    "headline": "가을 신메뉴 출시",
    "subline": "10월 한 달만 만나요",
    "price": "4,500원",
    "contact": "02-123-4567",
    "template": "",
    "font": "jua",
    "colour": "#ffffff",
    "accent": "#e4572e",
    "logo": False,
    "qr": "https://example.com",
    "label": "top-left",
}


@pytest.fixture
def studio(make_studio) -> Studio:
    return make_studio(FakeEngine(render_area=256 * 256))


@pytest.fixture
def desk(studio: Studio) -> FinishingDesk:
    return FinishingDesk(studio, Brands(studio.settings.data_dir))


@pytest.fixture
def picture(studio: Studio) -> AdResult:
    request = AdRequest("딸기 케이크", channel="instagram-square", seed=7)
    (result,) = studio.submit(request, "shop").wait(60).results
    return result


def place(result: AdResult) -> tuple[str, str]:
    return result.job_id, result.name


def test_words_changed_twenty_times_cost_one_painting(studio, desk, picture):
    current = picture
    for number in range(20):
        wish = desk.wish({**WORDS, "headline": f"{number}번째 문구"}, "instagram-square", None)
        current = desk.save("shop", *place(current), wish).result
    assert studio.engine.paints == 1
    # The painted picture and the one with the latest words: no twenty leftovers.
    assert studio.history.list("shop", 99) == [current, picture]
    found, kept = desk.remembered("shop", *place(current))
    assert found == current and kept.lettering.headline == "19번째 문구"


def test_a_reopened_picture_has_every_field_back(desk, picture):
    wish = desk.wish(WORDS, "kakao-bizboard", {"x": 0.25, "y": 0.75, "extend": False})
    made = desk.save("shop", *place(picture), wish).result
    _, again = desk.remembered("shop", *place(made))
    assert again == wish
    assert again.lettering.as_fields() == WORDS
    assert again.framing == Framing(0.25, 0.75, False)


def test_the_same_wish_gives_the_same_bytes_from_any_later_picture(studio, desk, picture):
    wish = desk.wish(WORDS, "instagram-square", None)
    first = desk.save("shop", *place(picture), wish).result
    before = studio.files.path_of("shop", *place(first)).read_bytes()
    plain = desk.wish({"label": "none"}, "kakao-message", None)
    bare = desk.save("shop", *place(first), plain).result
    again = desk.save("shop", *place(bare), wish).result
    assert studio.files.path_of("shop", *place(again)).read_bytes() == before


def test_a_painted_picture_stays_when_words_are_set(studio, desk, picture):
    before = studio.files.path_of("shop", *place(picture)).read_bytes()
    desk.save("shop", *place(picture), desk.wish(WORDS, "instagram-square", None))
    assert studio.files.path_of("shop", *place(picture)).read_bytes() == before


def test_another_place_is_another_picture(studio, desk, picture):
    first = desk.save("shop", *place(picture), desk.wish(WORDS, "instagram-square", None)).result
    second = desk.save("shop", *place(first), desk.wish(WORDS, "instagram-story", None)).result
    kept = studio.history.list("shop", 9)
    assert first in kept and second in kept
    assert (second.width, second.height) == (1080, 1920)


def test_six_places_in_one_go_with_korean_names(studio, desk, picture):
    wishes = [desk.wish({"headline": "가을 신메뉴"}, channel, None) for channel in SIX]
    made = desk.export("shop", *place(picture), wishes)
    assert [result.request.channel for result in made.results] == SIX and made.refused == ()
    job_id, path = made.archive
    assert path == studio.files.path_of("shop", job_id, path.name)
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        assert sorted(names) == sorted(result.name for result in made.results)
        assert all("딸기-케이크" in name for name in names)
        for result in made.results:
            with archive.open(result.name) as file, Image.open(file) as image:
                assert image.size == (result.width, result.height)
                assert image.format == {"jpg": "JPEG", "png": "PNG"}[result.format]
    assert studio.engine.paints == 1
    assert len(studio.history.list("shop", 99)) == 7


def test_a_place_that_cannot_be_served_is_told_and_the_others_are_made(desk, picture):
    good = desk.wish({}, "instagram-square", None)
    tight = dataclasses.replace(good.channel, limit_kb=1)
    made = desk.export("shop", *place(picture), [good, dataclasses.replace(good, channel=tight)])
    assert len(made.results) == 1
    ((channel, error),) = made.refused
    assert channel is tight and isinstance(error, TooHeavy) and error.values["limit_kb"] == 1


def test_nobody_elses_picture_can_be_finished(desk, picture):
    wish = desk.wish(WORDS, "instagram-square", None)
    calls = (
        lambda: desk.remembered("other", *place(picture)),
        lambda: desk.preview("other", *place(picture), wish),
        lambda: desk.save("other", *place(picture), wish),
        lambda: desk.export("other", *place(picture), [wish]),
        lambda: desk.original("other", *place(picture)),
    )
    for call in calls:
        with pytest.raises(JobNotFound):
            call()


def test_a_picture_from_before_originals_is_its_own(studio, desk, picture):
    studio.files.master_of("shop", *place(picture)).unlink()
    assert desk.original("shop", *place(picture)).size == (1080, 1080)
    made = desk.save("shop", *place(picture), desk.wish(WORDS, "instagram-square", None)).result
    assert (made.width, made.height) == (1080, 1080)


def test_a_preview_is_small_and_of_the_places_shape(desk, picture):
    for channel in SIX:
        shown = desk.preview("shop", *place(picture), desk.wish(WORDS, channel, None)).image
        whole = desk.wish({}, channel, None).channel
        assert max(shown.size) == min(PREVIEW_SIDE, max(whole.width, whole.height))
        assert abs(shown.width / shown.height / (whole.width / whole.height) - 1) < 0.02


@pytest.mark.parametrize(
    "framing",
    [[], "left", {"x": "0.5"}, {"x": -0.1}, {"y": 1.1}, {"x": True}, {"extend": 1}]
    + [{"x": float("nan")}],
)
def test_a_frame_that_is_none_is_refused(desk, framing):
    with pytest.raises(InvalidRequest):
        desk.wish({}, "instagram-square", framing)


def test_unknown_places_and_too_many_are_told(desk, picture):
    with pytest.raises(UnknownChannel):
        desk.wish({}, "billboard", None)
    wish = desk.wish({}, "instagram-square", None)
    for wishes in ([], [wish] * 13):
        with pytest.raises(InvalidRequest) as caught:
            desk.export("shop", *place(picture), wishes)
        assert caught.value.values["count"] == len(wishes)


def test_the_heart_goes_on_with_the_picture(studio, desk, picture):
    wish = desk.wish(WORDS, "instagram-square", None)
    first = desk.save("shop", *place(picture), wish).result
    studio.history.set_favourite("shop", *place(first), True)
    second = desk.save("shop", *place(first), wish).result
    assert studio.history.get("shop", *place(second)).favourite
    assert not studio.history.get("shop", *place(picture)).favourite


def test_a_disk_that_fills_up_midway_leaves_what_was_made(studio, desk, picture, monkeypatch):
    save, saved = studio.files.save, []

    def fills_up(owner, job_id, name, data):
        if len(saved) == 2:
            raise SaveFailed(detail="disk full")
        saved.append(name)
        return save(owner, job_id, name, data)

    monkeypatch.setattr(studio.files, "save", fills_up)
    wishes = [desk.wish({}, channel, None) for channel in SIX[:4]]
    made = desk.export("shop", *place(picture), wishes)
    assert [result.name for result in made.results] == saved
    assert [channel.id for channel, _ in made.refused] == SIX[2:4]
    assert made.archive is not None


def test_what_has_no_room_or_is_not_taken_is_told_with_the_file(desk, picture):
    words = {
        "headline": "신메뉴",
        "contact": "02-123-4567 · 10:00~22:00",
        "qr": "https://example.com",
    }
    banner, menu = (desk.wish(words, c, None) for c in ("kakao-bizboard", "baemin-menu"))
    first, second = desk.export("shop", *place(picture), [banner, menu]).kept
    assert "qr" in first.dropped
    told = [note for note, _ in second.notes]
    assert "export.text_left_out" in told and "export.label_left_out" in told


def test_a_full_share_is_told_before_anything_is_made(make_studio, picture):
    small = make_studio(FakeEngine(), owner_mb=1)
    desk = FinishingDesk(small, Brands(small.settings.data_dir))
    small.files.save("shop", "ballast", "a.png", bytes(2_000_000))
    wish = desk.wish({}, "instagram-square", None)
    for act in (
        lambda: desk.save("shop", *place(picture), wish),
        lambda: desk.export("shop", *place(picture), [wish]),
    ):
        with pytest.raises(StorageFull):
            act()
