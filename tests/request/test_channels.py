"""Places of use are complete, and every one of them has a size that can be painted."""

import dataclasses
import datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from zit_engine.errors import UnknownChannel
from zit_engine.request.channels import (
    LOGO,
    RATIO_TOLERANCE,
    TEXT,
    VIRTUAL,
    Channel,
    find_channel,
    load_channels,
    load_groups,
    render_size,
)

CHANNELS = list(load_channels().values())


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.id)
def test_each_channel_is_complete(channel):
    assert channel.id == channel.id.lower() and " " not in channel.id
    assert channel.group in load_groups()
    assert channel.ko and channel.en and channel.source
    assert channel.format in ("png", "jpg")
    assert channel.limit_kb is None or channel.limit_kb > 0
    top, right, bottom, left = channel.safe
    assert min(channel.safe) >= 0
    assert top + bottom < channel.height and left + right < channel.width
    assert channel.title("ko") == channel.ko and channel.title("en") == channel.en


def test_each_group_is_used_and_titles_are_unique():
    assert {channel.group for channel in CHANNELS} == set(load_groups())
    assert len({channel.ko for channel in CHANNELS}) == len(CHANNELS)
    assert len({channel.en for channel in CHANNELS}) == len(CHANNELS)


@pytest.mark.parametrize(
    ("channel_id", "width", "height", "format", "limit_kb"),
    [
        ("instagram-square", 1080, 1080, "jpg", 30000),
        ("instagram-feed", 1080, 1350, "jpg", 30000),
        ("instagram-story", 1080, 1920, "jpg", 30000),
        ("kakao-bizboard", 1029, 258, "png", 300),
        ("kakao-display-wide", 1200, 600, "jpg", 500),
        ("naver-smart-channel", 1250, 370, "jpg", 500),
        ("youtube-thumbnail", 1280, 720, "jpg", 2000),
        ("plain-1-1", 1024, 1024, "png", None),
        ("print-a4", 1240, 1754, "jpg", 30000),
        ("print-a3", 1754, 2480, "jpg", 30000),
        ("print-x-banner", 3543, 10630, "jpg", 30000),
    ],
)
def test_known_sizes(channel_id, width, height, format, limit_kb):
    channel = find_channel(channel_id)
    assert (channel.width, channel.height) == (width, height)
    assert (channel.format, channel.limit_kb) == (format, limit_kb)


def test_ratios_that_are_stated_as_ratios():
    assert find_channel("baemin-menu").width * 3 == find_channel("baemin-menu").height * 4
    coupang = find_channel("coupangeats-menu")
    assert coupang.width * 11 == coupang.height * 18


def test_unproven_pixels_are_marked():
    assert find_channel("kakao-bizboard").is_verified
    assert not find_channel("naver-feed").is_verified
    assert not find_channel("baemin-menu").is_verified


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.id)
def test_each_channel_says_when_it_was_checked_and_what_it_refuses(channel):
    assert datetime.date.fromisoformat(channel.checked) >= datetime.date(2026, 11, 23)
    assert channel.refuses <= {TEXT, LOGO, VIRTUAL}
    # Whoever loses their words must be told why, in both languages, and from where that is known.
    assert bool(channel.rule_source) == bool(channel.rule_ko) == bool(channel.rule_en)
    assert not channel.refuses or channel.rule_source
    for sentence in channel.rule_ko.split(". "):
        assert not sentence or sentence.rstrip(".").endswith("요")
    assert channel.rule("ko") == channel.rule_ko and channel.rule("en") == channel.rule_en


def test_refusals_are_no_more_certain_than_their_sources():
    coupang = find_channel("coupang-thumbnail")
    assert coupang.refuses == {TEXT, LOGO, VIRTUAL} and coupang.is_rule_verified
    assert find_channel("naver-image-sublink").refuses == {TEXT, LOGO, VIRTUAL}
    for menu in ("baemin-menu", "coupangeats-menu", "yogiyo-menu"):
        assert TEXT in find_channel(menu).refuses and not find_channel(menu).is_rule_verified
    assert VIRTUAL in find_channel("naver-place").refuses
    assert not find_channel("instagram-feed").refuses
    assert find_channel("kakao-bizboard").subject_px == 315


@pytest.mark.parametrize(
    ("channel_id", "millimetres"),
    [("print-a4", (210, 297)), ("print-a3", (297, 420)), ("print-x-banner", (600, 1800))],
)
def test_printed_pixels_are_the_paper_at_their_dots_an_inch(channel_id, millimetres):
    channel = find_channel(channel_id)
    wanted = tuple(round(each / 25.4 * channel.dpi) for each in millimetres)
    assert (channel.width, channel.height) == wanted and channel.dpi == 150


def test_a_huge_print_is_painted_at_the_models_best_area():
    banner = find_channel("print-x-banner")
    for area, aspect in [(1024 * 1024, 2.4), (256 * 256, 2.0)]:
        width, height = render_size(banner, area, aspect)
        assert 0.9 * area <= width * height <= 1.1 * area and height <= aspect * width


def test_five_or_six_come_first():
    assert 5 <= sum(channel.common for channel in CHANNELS) <= 6


def test_unknown_channel_names_the_known_ones():
    with pytest.raises(UnknownChannel) as caught:
        find_channel("tv-spot")
    assert caught.value.values["channel"] == "tv-spot"
    assert "kakao-bizboard" in str(caught.value.values["known"])


def test_table_cannot_be_changed():
    with pytest.raises(TypeError):
        load_channels()["x"] = CHANNELS[0]
    with pytest.raises(dataclasses.FrozenInstanceError):
        CHANNELS[0].width = 1


@pytest.mark.parametrize("area, aspect", [(1024 * 1024, 2.4), (256 * 256, 2.0)])
@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.id)
def test_each_channel_keeps_its_ratio_unless_too_extreme(channel, area, aspect):
    width, height = render_size(channel, area, aspect)
    wanted = min(max(channel.width / channel.height, 1 / aspect), aspect)
    assert abs(width / height / wanted - 1) <= (0.01 if area > 256 * 256 else 0.03)


def test_a_size_the_model_can_paint_is_painted_as_it_is():
    assert render_size(find_channel("plain-3-4"), 1024 * 1024, 2.4) == (864, 1152)
    assert render_size(find_channel("plain-1-1"), 256 * 256, 2.4) == (256, 256)


def _channel(width: int, height: int) -> Channel:
    return dataclasses.replace(CHANNELS[0], width=width, height=height)


@given(
    width=st.integers(1, 4000),
    height=st.integers(1, 4000),
    side=st.integers(64, 2048),
    max_aspect=st.floats(1, 5),
)
@example(width=1029, height=258, side=256, max_aspect=1.0)
@example(width=1, height=4000, side=64, max_aspect=5.0)
@example(width=5, height=1, side=64, max_aspect=4.75)
def test_render_size_is_always_paintable(width, height, side, max_aspect):
    area = side * side
    painted = render_size(_channel(width, height), area, max_aspect)
    assert all(edge % 16 == 0 and edge >= 16 for edge in painted)
    assert max(painted) <= max_aspect * min(painted)
    assert 0.7 * area <= painted[0] * painted[1] <= 1.4 * area
    wanted = min(max(width / height, 1 / max_aspect), max_aspect)
    if side >= 512:
        # The square is the only size that is left when max_aspect is close to 1.
        assert abs(painted[0] / painted[1] / wanted - 1) <= 0.04


@given(
    width=st.integers(200, 3000),
    height=st.integers(200, 3000),
    side=st.integers(256, 1536),
)
def test_no_nearer_area_was_missed(width, height, side):
    """Against every size around: none within 1 % of the ratio has a nearer area."""
    area, ratio = side * side, width / height
    painted = render_size(_channel(width, height), area, 20.0)
    if painted == (width, height):
        return
    is_close = abs(painted[0] / painted[1] / ratio - 1) <= RATIO_TOLERANCE
    for rows in range(1, 200):
        for columns in (int(rows * ratio), int(rows * ratio) + 1):
            other = rows * columns * 256
            if not columns or not 0.7 * area <= other <= 1.4 * area:
                continue
            if abs(columns / rows / ratio - 1) <= RATIO_TOLERANCE:
                assert is_close and abs(painted[0] * painted[1] - area) <= abs(other - area)


def test_an_aspect_below_one_is_a_bug_of_the_caller():
    with pytest.raises(ValueError, match="max_aspect"):
        render_size(CHANNELS[0], 1024 * 1024, 0.5)
