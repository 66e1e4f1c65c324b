"""The trigger of a style comes before the prompt, in the language of the prompt."""

import pytest

from zit_engine.request.compose import has_hangul, model_prompt


@pytest.mark.parametrize(
    ("prompt", "trigger", "trigger_ko", "expected"),
    [
        ("따뜻한 라떼", "anime", "애니", "애니, 따뜻한 라떼"),
        ("따뜻한 라떼", "anime", "", "anime, 따뜻한 라떼"),
        ("a latte", "anime", "애니", "anime, a latte"),
        ("라떼 latte", "anime", "애니", "애니, 라떼 latte"),
        ("a latte", "", "", "a latte"),
        ("a latte", "", "애니", "a latte"),
        ("ㅋㅋ", "anime", "애니", "애니, ㅋㅋ"),
    ],
)
def test_trigger(prompt, trigger, trigger_ko, expected):
    assert model_prompt(prompt, trigger, trigger_ko) == expected


@pytest.mark.parametrize("text", ["가", "힣", "ㄱ", "\u1100", "latte 집"])
def test_hangul_is_seen(text):
    assert has_hangul(text)


@pytest.mark.parametrize("text", ["", "latte", "ラテ", "拿铁", "☕"])
def test_other_scripts_are_not_hangul(text):
    assert not has_hangul(text)
