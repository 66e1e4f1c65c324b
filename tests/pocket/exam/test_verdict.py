"""Pictures are held against their prompts, question by question."""

from __future__ import annotations

from dataclasses import replace

import pytest

from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.exam.prompts import Asked, Prompt
from zit_engine.pocket.exam.verdict import judge_picture, shares
from zit_engine.pocket.judge.reading import Seen, SeenObject
from zit_engine.pocket.phrases import BACKDROPS, COLOUR_NAMES

UMBRELLA = Asked("2602", "우산", 1, "red")
PROMPT = Prompt("빨간 우산 뒤에 민트 줄무늬 벽", "ko", (UMBRELLA,), "stripes", "mint", None)


@pytest.fixture(scope="module")
def right(concepts: list[Concept]) -> Seen:
    number = next(i for i, each in enumerate(concepts) if each.code == "2602")
    umbrella = SeenObject(number, COLOUR_NAMES.index("red"), 0.5, 0.5, 0.9)
    return Seen((umbrella,), BACKDROPS.index("stripes"), "mint", "white")


def test_a_picture_of_all_that_was_asked_is_right(concepts: list[Concept], right: Seen) -> None:
    verdict = judge_picture(PROMPT, right, concepts)
    assert verdict.subject and verdict.count and verdict.backdrop
    assert verdict.backdrop_colour and verdict.object_colour


def test_each_fault_counts_against_its_own_question(concepts: list[Concept], right: Seen) -> None:
    one = right.objects[0]
    other = replace(one, concept=(one.concept + 1) % len(concepts))
    faults = {
        "subject": replace(right, objects=(other,)),
        "count": replace(right, objects=(one, other)),
        "backdrop": replace(right, backdrop=0),
        "backdrop_colour": replace(right, first="black"),
        "object_colour": replace(right, objects=(replace(one, colour=(one.colour + 1) % 15),)),
    }
    for question, seen in faults.items():
        verdict = judge_picture(PROMPT, seen, concepts)
        wrong = {name for name in verdict.__dataclass_fields__ if not getattr(verdict, name)}
        # without the subject there is nothing whose colour could be right
        assert wrong == ({question, "object_colour"} if question == "subject" else {question})


def test_an_empty_picture_is_wrong_but_no_error(concepts: list[Concept], right: Seen) -> None:
    verdict = judge_picture(PROMPT, replace(right, objects=()), concepts)
    assert not verdict.subject and not verdict.count and verdict.object_colour is False


def test_colour_is_not_asked_where_it_was_not_said(concepts: list[Concept], right: Seen) -> None:
    plain = replace(PROMPT, subjects=(replace(UMBRELLA, colour=None),))
    verdict = judge_picture(plain, right, concepts)
    assert verdict.object_colour is None
    assert "object_colour" not in shares([plain], [verdict])["all"]


def test_shares_are_counted_by_group(concepts: list[Concept], right: Seen) -> None:
    good = judge_picture(PROMPT, right, concepts)
    bad = judge_picture(PROMPT, replace(right, objects=()), concepts)
    found = shares([PROMPT, PROMPT], [good, bad])
    assert found["ko"]["subject"] == 0.5 and found["all"]["backdrop"] == 1.0
    assert set(found) == {"all", "ko", "one", "emoji", "backdrop stripes"}
