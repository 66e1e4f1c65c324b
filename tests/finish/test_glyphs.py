"""Ink: nothing missing, where the boxes say, as tall as its neighbours, from any thread."""

import functools
import random
import threading
from statistics import mean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw

from zit_engine.finish.fonts import load_fonts, opened
from zit_engine.finish.glyphs import Face
from zit_engine.finish.runs import runs

FONTS = list(load_fonts())
SYLLABLES = [chr(code) for code in range(0xAC00, 0xD7A4)]
SIGNS = "₩%~·&!?()…—“”「」★♥→℃½×0123456789AZaz☕🥐📞☎🎉"
SEQUENCES = ["👨‍👩‍👧", "👍🏿", "🇰🇷", "1️⃣", "☕️", "❤️", "☕‍🥐", "🇽🇽"]
LINE = "뷁 오픈 기념 50% 할인 ☕🥐 ₩4,500 ~ 10:00·22:00"


def drawn(text: str, file: str, size: int = 64) -> bytes:
    image = Image.new("L", (3 * size, 3 * size))
    ImageDraw.Draw(image).text((size, 2 * size), text, 255, opened(file, size), anchor="ls")
    return image.tobytes()


@functools.cache
def missing(file: str) -> bytes:
    """The .notdef glyph: what is drawn for a code point that is never assigned."""
    return drawn("\U0010fffe", file)


def assert_no_missing_glyph(sign: str, font_id: str) -> bytes:
    found = runs(sign, font_id)
    assert found, sign
    looks = [drawn(run.text, run.file) for run in found]
    for run, look in zip(found, looks, strict=True):
        assert look != missing(run.file), sign
        assert any(look), sign
    return b"".join(looks)


@pytest.mark.parametrize("font_id", FONTS)
def test_a_sample_of_syllables_and_every_sign_have_ink(font_id: str) -> None:
    for sign in [*random.Random(font_id).sample(SYLLABLES, 600), *SIGNS, *SEQUENCES]:
        assert_no_missing_glyph(sign, font_id)


@pytest.mark.slow
@pytest.mark.parametrize("font_id", FONTS)
def test_all_syllables_have_ink_and_no_two_look_alike(font_id: str) -> None:
    seen: dict[bytes, str] = {}
    for syllable in SYLLABLES:
        look = assert_no_missing_glyph(syllable, font_id)
        assert look not in seen, (syllable, seen[look])
        seen[look] = syllable


def test_syllables_a_file_draws_as_others_come_from_another_file() -> None:
    for pair in ("홀훌", "횰휼", "맣맟", "롤룰", "톨툴", "룔률", "땇땋"):
        first, second = (assert_no_missing_glyph(sign, "black-han-sans") for sign in pair)
        assert first != second
    assert [run.kind for run in runs("홀훌륭", "black-han-sans")] == ["own", "hangul", "own"]


@pytest.mark.parametrize("size", [11.5, 40, 173])
@pytest.mark.parametrize("font_id", FONTS)
def test_ink_lies_in_its_box_and_fills_it(font_id: str, size: float) -> None:
    face = Face(font_id, size)
    for text in (LINE, "j그늘(봄)", "가", ",", "👍🏿"):
        mask, dx, dy = face.mask(text)
        # Fainter than a tenth is what smoothing leaves outside a shape.
        ink = mask.point(lambda value: 255 * (value > 25)).getbbox()
        box = face.ink_box(text)
        found = (ink[0] + dx, ink[1] + dy, ink[2] + dx, ink[3] + dy)
        for edge, inked, outwards in zip(box, found, (-1, -1, 1, 1), strict=True):
            assert -2 - size / 100 <= (inked - edge) * outwards <= 2, (text, box, found)


@pytest.mark.parametrize("font_id", FONTS)
def test_an_outline_widens_the_ink_on_every_side(font_id: str) -> None:
    face = Face(font_id, 60)
    plain, dx, dy = face.mask("봄 할인!")
    wide, wide_dx, wide_dy = face.mask("봄 할인!", stroke=5)
    inner, outer = plain.getbbox(), wide.getbbox()
    assert (outer[0] + wide_dx) - (inner[0] + dx) == pytest.approx(-5, abs=1)
    assert (outer[1] + wide_dy) - (inner[1] + dy) == pytest.approx(-5, abs=1)
    assert (outer[2] + wide_dx) - (inner[2] + dx) == pytest.approx(5, abs=1)
    assert (outer[3] + wide_dy) - (inner[3] + dy) == pytest.approx(5, abs=1)
    # No letter's edge is cut off by the mask's own edge.
    assert outer[0] > 0 and outer[1] > 0 and outer[2] < wide.width and outer[3] < wide.height


@pytest.mark.parametrize("font_id", FONTS)
def test_twice_the_size_is_twice_the_layout(font_id: str) -> None:
    small, large = Face(font_id, 31), Face(font_id, 62)
    assert large.width(LINE) == pytest.approx(2 * small.width(LINE))
    assert large.ink_box(LINE) == pytest.approx([2 * edge for edge in small.ink_box(LINE)])
    assert large.ink_height == pytest.approx(2 * small.ink_height)
    assert large.ascent + large.descent == pytest.approx(2 * (small.ascent + small.descent))


@pytest.mark.parametrize("font_id", FONTS)
def test_letters_of_another_file_stand_as_tall_as_their_neighbours(font_id: str) -> None:
    face = Face(font_id, 100)
    own = load_fonts()[font_id].file
    rare = [s for s in SYLLABLES[::97] if runs(s, font_id)[0].file != own]
    common = list("가나다라마바사아자차카타파하한글봄빵집")
    for edge in (1, 3) if rare else ():
        rare_edge, common_edge = (
            mean(face.ink_box(sign)[edge] for sign in signs) for signs in (rare, common)
        )
        # Crowded syllables reach lower in handwriting.
        assert rare_edge == pytest.approx(common_edge, abs=15), edge
    for sign in "☕🎂👍":
        _, top, _, bottom = face.ink_box(sign)
        assert bottom - top == pytest.approx(face.ink_height, rel=0.25)


@pytest.mark.parametrize("font_id", FONTS)
def test_signs_of_another_file_stand_where_digits_do(font_id: str) -> None:
    face = Face(font_id, 100)
    top, bottom = (mean(face.ink_box(digit)[edge] for digit in "0123456789") for edge in (1, 3))
    for sign in "₩½℃":
        box = face.ink_box(sign)
        assert box[3] == pytest.approx(bottom, abs=12), sign
        assert box[3] - box[1] == pytest.approx(bottom - top, rel=0.3), sign


def test_pairs_are_kerned() -> None:
    face = Face("pretendard", 100)
    assert face.width("AV") < face.width("A") + face.width("V") - 2


def test_nothing_to_draw_has_no_ink_and_no_width() -> None:
    face = Face("jua", 50)
    for text in ("", "\u200d", "\ufe0f"):
        assert face.width(text) == 0
        assert face.ink_box(text) == (0, 0, 0, 0)
        assert face.mask(text)[0].getbbox() is None
    assert face.width("  ") > 0
    assert face.ink_box("  ") == (0, 0, 0, 0)


@settings(max_examples=60, deadline=None)
@given(
    st.text(st.sampled_from("가뷁A1 ₩☕👍🏽🇰🇷\u200d\ufe0f♥~·漢"), max_size=12),
    st.sampled_from(FONTS),
    st.floats(8, 90),
    st.floats(0, 6),
)
def test_no_ink_touches_the_edge_of_a_mask(text: str, font_id: str, size: float, stroke: float):
    mask, _, _ = Face(font_id, size).mask(text, stroke)
    inner = Image.new("L", mask.size)
    inner.paste(mask.crop((1, 1, mask.width - 1, mask.height - 1)), (1, 1))
    assert ImageChops.difference(mask, inner).getbbox() is None


def test_eight_threads_draw_what_one_draws() -> None:
    jobs = [(font_id, size, f"{LINE} {size}") for font_id in FONTS for size in (17.5, 33, 64)]
    alone = [Face(font_id, size).mask(text)[0].tobytes() for font_id, size, text in jobs]
    wrong: list[object] = []

    def draw(seed: int) -> None:
        order = list(enumerate(jobs))
        random.Random(seed).shuffle(order)
        for index, (font_id, size, text) in order:
            if Face(font_id, size).mask(text)[0].tobytes() != alone[index]:
                wrong.append(jobs[index])

    threads = [threading.Thread(target=draw, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
