"""Every letter comes from a file that holds it; what none holds is named."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageFont

from zit_engine.finish.clusters import visible
from zit_engine.finish.fonts import FOLDER, holds, load_fonts
from zit_engine.finish.runs import runs, unsupported

FONTS = list(load_fonts())
SIGNS = "₩%~·&!?()…—“”‘’「」『』★☆♥→℃½×÷+-=/:;,.#@*※○●■▲▼◆①③㎏㎖㎡㈜™©®°±′″￦０～ㆍ・"
EMOJI = "☕🥐🎂🌸🍕🍜🍺🐟📞☎🔥🎉⭐✨💐🍓🧋🛒🎁⏰📍"
SEQUENCES = ["👨‍👩‍👧", "👩🏽‍🍳", "👍🏿", "🇰🇷", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "1️⃣", "☕️", "❤️‍🔥", "🏳️‍🌈", "🧑🏻‍❤️‍💋‍🧑🏿"]
# Mixed so that hypothesis meets every branch: joiners, styles, tones, flags, letters of few files.
MIXED = st.text(
    st.sampled_from(
        "가뷁힣aé1%  \t\n♥❤☕👍🏽🇰🇷🏴\u200d\ufe0f\ufe0e\u20e3\u0308漢か\u200b\U000e0067"
    )
)


def files_are_asked_rightly(text: str, font_id: str) -> None:
    for run in runs(text, font_id):
        assert holds(run.file, visible(run.text).replace("\u20e3", "")), run


@pytest.mark.parametrize("font_id", FONTS)
def test_syllables_and_signs_are_all_held(font_id: str) -> None:
    syllables = [chr(code) for code in random.Random(1).sample(range(0xAC00, 0xD7A4), 600)]
    text = "".join(syllables) + SIGNS + EMOJI
    assert unsupported(text) == []
    assert "".join(run.text for run in runs(text, font_id)) == text
    files_are_asked_rightly(text, font_id)


@given(MIXED, st.sampled_from(FONTS))
def test_any_mix_is_set_from_files_that_hold_it(text: str, font_id: str) -> None:
    files_are_asked_rightly(text, font_id)


@given(MIXED, st.sampled_from(FONTS))
def test_what_can_be_set_is_the_same_in_every_typeface(text: str, font_id: str) -> None:
    seen = "".join(run.text for run in runs(text, font_id))
    assert bool(seen.strip()) == bool("".join(run.text for run in runs(text, FONTS[0])).strip())


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_a_sequence_the_emoji_have_is_one_run(sequence: str) -> None:
    found = runs(f"빵{sequence}집", FONTS[0])
    assert [(run.text, run.kind) for run in found] == [
        ("빵", "own"),
        (sequence, "emoji"),
        ("집", "own"),
    ]


@pytest.mark.parametrize("sequence, shown", [("☕‍🥐", ["☕", "🥐"]), ("🇽🇽", ["🇽", "🇽"])])
def test_a_sequence_they_lack_falls_apart_into_its_pictures(sequence: str, shown: list) -> None:
    assert [run.text for run in runs(sequence, FONTS[0])] == shown


def test_a_heart_is_filled_and_stays_beside_letters() -> None:
    for heart in ("❤️", "❤", "♥", "♥️"):
        assert [run.text for run in runs(f"사랑{heart}집", "pretendard")] == ["사랑♥집"]


def test_flags_in_a_row_stay_two() -> None:
    assert [run.text for run in runs("🇰🇷🇯🇵", FONTS[0])] == ["🇰🇷", "🇯🇵"]


def test_unseen_letters_leave_no_trace() -> None:
    plain = runs("가나다", "jua")
    assert runs("\ufeff가\u200d나\ufe0f\u00ad다\u200b", "jua") == plain
    assert unsupported("가\u200d나\ufe0f\u00ad다\u200b") == []


def test_spaces_of_any_kind_are_spaces_of_the_typeface() -> None:
    (run,) = runs("가\t나\u202f다\n라", "black-han-sans")
    assert run.text == "가 나 다 라"


def test_what_nobody_holds_is_named_once_and_in_order() -> None:
    assert unsupported("大盛 라면 大 \u0378 ☕") == ["大", "盛", "\u0378"]


def test_style_selectors_choose_between_letter_and_picture() -> None:
    assert [run.kind for run in runs("™\ufe0e", "pretendard")] == ["own"]
    assert [run.kind for run in runs("™\ufe0f", "pretendard")] == ["emoji"]
    assert [run.text for run in runs("1\ufe0f", "pretendard")] == ["1"]


def test_without_a_shaper_sequences_fall_apart_and_nothing_is_lost(monkeypatch) -> None:
    """Where libraqm is missing, Pillow sets letter by letter."""

    def opened(file: str, size: float) -> ImageFont.FreeTypeFont:
        return ImageFont.truetype(FOLDER / file, size, layout_engine=ImageFont.Layout.BASIC)

    monkeypatch.setattr("zit_engine.finish.runs.opened", opened)
    assert [run.text for run in runs("가👨‍👩‍👧👍🏽", FONTS[0])] == ["가", "👨", "👩", "👧", "👍"]
    assert unsupported("".join(SEQUENCES)) == []
