"""Lines by Korean rules: whole words, numbers with their units, no lone rest, even lengths."""

import itertools
import re
import unicodedata
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zit_engine.finish.breaks import counted, leans, pieces
from zit_engine.finish.clusters import clusters
from zit_engine.finish.wrap import wrap

CLOSING = ",.!?:;)]}”’」』》…·~%℃"
OPENING = "([{“‘「『《₩"
WORDS = st.one_of(
    st.text(st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3), min_size=1, max_size=7),
    st.sampled_from(["오전", "10시", "4,500원", "2+1", "50%", "₩4,500", "A4", "SALE", "개", "10"]),
    st.sampled_from(["~", "·", "(", ")", "%", "&", "「봄」", "(휴무)", "빵집!", "☕", "👨‍👩‍👧"]),
)
TEXTS = st.lists(st.lists(WORDS, min_size=1, max_size=7).map(" ".join), min_size=1, max_size=3).map(
    "\n".join
)


def width(text: str) -> float:
    """Hangul and pictures 1, everything else a half: close to real type, and exact."""
    return sum(1.0 if ord(sign[0]) >= 0x2190 else 0.5 for sign in clusters(text))


def words_of(line: str, whole: str) -> int:
    """How often whole words of a line are these; `개각` after `10` is no count of things."""
    return len(re.findall(rf"(?<!\S){re.escape(whole)}(?!\S)", line))


def bare(text: str | Sequence[str]) -> str:
    joined = text if isinstance(text, str) else "".join(text)
    return unicodedata.normalize("NFC", "".join(joined.split()))


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.integers(2, 20), st.integers(1, 8))
def test_nothing_is_lost_and_everything_fits(text: str, max_width: int, max_lines: int) -> None:
    lines = wrap(text, width, max_width, max_lines)
    if lines is None:
        return
    assert bare(lines) == bare(text)
    assert len(lines) <= max_lines
    assert all(width(line) <= max_width for line in lines)
    if all(width(word) <= max_width for word in text.split()):
        assert " ".join(lines).split() == text.split()


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.integers(3, 20))
def test_each_line_starts_and_ends_well(text: str, max_width: int) -> None:
    for paragraph in text.split("\n"):
        lines = wrap(paragraph, width, max_width, 99)
        if lines is None or len(lines) == 1:
            continue
        assert not any(line[0] in CLOSING for line in lines[1:])
        assert not any(line[-1] in OPENING for line in lines[:-1])
        assert counted(lines[-1]) >= 2
        for whole in ("오전 10시", "4,500원", "2+1", "50%", "₩4,500", "10 개", "10 %", "(휴무)"):
            on_lines = sum(words_of(line, whole) for line in lines)
            assert on_lines >= words_of(" ".join(paragraph.split()), whole), whole


def every_way(paragraph: str, max_width: float) -> list[list[str]]:
    """All ways to set a paragraph whose words fit, by trying them all."""
    parts = pieces(paragraph, lambda _: False)
    places = [index for index in range(1, len(parts)) if parts[index].may_start]
    found = []
    for count in range(len(places) + 1):
        for ends in itertools.combinations(places, count):
            edges = (0, *ends, len(parts))
            lines = [
                " ".join(part.text for part in parts[first:last])
                for first, last in itertools.pairwise(edges)
            ]
            fits = all(width(line) <= max_width for line in lines)
            if fits and (len(lines) == 1 or counted(lines[-1]) >= 2):
                found.append(lines)
    return found


@settings(max_examples=200, deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=7).map(" ".join), st.integers(7, 14))
def test_the_fewest_lines_and_of_those_the_most_even(paragraph: str, max_width: int) -> None:
    if any(width(word) > max_width for word in paragraph.split()):
        return
    ways = every_way(paragraph, max_width)
    lines = wrap(paragraph, width, max_width, 9)
    assert (lines is None) == (not ways)
    if lines is None:
        return
    fewest = min(len(way) for way in ways)
    assert len(lines) == fewest
    if not any(leans(line) for way in ways for line in way[:-1]):
        unevenness = min(
            sum(width(line) ** 2 for line in way) for way in ways if len(way) == fewest
        )
        assert sum(width(line) ** 2 for line in lines) == unevenness


@pytest.mark.parametrize(
    "text, max_width, lines",
    [
        ("오픈 기념 전 메뉴 반값", 7, ["오픈 기념", "전 메뉴 반값"]),
        ("크루아상 전 메뉴 할인", 7, ["크루아상", "전 메뉴 할인"]),
        ("봄\n여름 가을 겨울", 5.5, ["봄", "여름", "가을 겨울"]),
        ("첫 줄\n\n셋째 줄", 9, ["첫 줄", "", "셋째 줄"]),
        ("  오늘  하루 \t특가 ", 20, ["오늘 하루 특가"]),
        ("초대박할인이벤트", 5, ["초대박할", "인이벤트"]),
        ("", 5, []),
    ],
)
def test_examples(text: str, max_width: float, lines: list[str]) -> None:
    assert wrap(text, width, max_width, 5) == lines


@pytest.mark.parametrize(
    "text, max_width, max_lines",
    [
        ("크루아상 봄", 4.5, 5),  # one syllable would stand alone
        ("오전 10시", 2.5, 5),  # a number would lose its word
        ("010 1234 5678", 5, 5),
        ("가나다", 2, 5),  # two and one
        ("오늘 하루 특가", 3, 2),
        ("한 줄\n두 줄\n세 줄", 9, 2),
        ("internationale", 5, 5),
    ],
)
def test_what_cannot_be_set_is_none(text: str, max_width: float, max_lines: int) -> None:
    assert wrap(text, width, max_width, max_lines) is None
