"""The practice model knows what it knows, with particles, plurals and capitals; and says what is
near when it does not."""

import pytest

from zit_engine.request.subjects import Vocabulary, load_vocabulary
from zit_engine.settings import ROOT

POCKET = ROOT / "assets" / "pocket"


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return load_vocabulary(POCKET)


@pytest.mark.parametrize(
    "prompt",
    [
        "따뜻한 라떼와 크루아상, 베이지색 배경",
        "수박을 크게",
        "침대를 하늘색 배경에",
        "햄버거, 빨간색 배경",
        "Two Hamburgers on a red table",
        "a STRAWBERRY cake",
    ],
)
def test_known_subjects(vocabulary: Vocabulary, prompt: str) -> None:
    assert vocabulary.knows(prompt)


@pytest.mark.parametrize(
    "prompt",
    [
        "우주 정거장의 회의실",
        "양자역학 강의",
        "우주선, 흰색 받침대 위, 분홍색 배경",
        "quantum mechanics",
        "?!",
    ],
)
def test_unknown_subjects(vocabulary: Vocabulary, prompt: str) -> None:
    assert not vocabulary.knows(prompt)


def test_what_is_offered_instead_is_known(vocabulary: Vocabulary) -> None:
    offers = vocabulary.near("우주 정거장의 회의실")
    assert len(offers) == 4
    assert all(vocabulary.knows(ko) and vocabulary.knows(en) for ko, en in offers)


def test_a_misspelt_subject_finds_its_neighbour(vocabulary: Vocabulary) -> None:
    assert "hamburger" in {en for _, en in vocabulary.near("hamberger")}
