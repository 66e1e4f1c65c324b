"""A background is asked for in the prompt's own language, its words first and none of them lost."""

from zit_engine.request.compose import has_hangul
from zit_engine.request.empty_scene import empty_scene


def test_the_words_follow_in_the_same_language() -> None:
    korean, english = empty_scene("대리석 탁자, 햇살"), empty_scene("marble table, sunlight")
    assert korean.startswith("대리석 탁자, 햇살, ") and english.startswith(
        "marble table, sunlight, "
    )
    assert not has_hangul(english) and has_hangul(korean.removeprefix("대리석 탁자, 햇살, "))
    # Named is painted: nothing may be ruled out by name.
    assert not {"no", "not", "without"} & set(english.replace(",", "").split())
