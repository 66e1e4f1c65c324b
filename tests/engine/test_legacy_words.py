"""How many words fit in CLIP's 77 places."""

import pytest

from zit_engine.bench.tiny_sdxl import clip_tokenizer
from zit_engine.engine.legacy_words import clip_token_count, words_cut


@pytest.fixture(scope="module")
def tokenizer():
    return clip_tokenizer(["cake", "pink"])


@pytest.mark.parametrize("prompt", ["", "cake", "cake " * 75, "pink cake, " * 25, "abcde " * 15])
def test_what_fits_is_not_told(tokenizer, prompt):
    assert clip_token_count(tokenizer, prompt) <= 77
    assert words_cut(tokenizer, prompt) is None


@pytest.mark.parametrize(
    ("prompt", "kept", "dropped", "first"),
    [
        ("cake " * 76, 75, 1, "cake"),
        ("cake " * 75 + "pink\n\tcake", 75, 2, "pink"),
        # Of the last word only the beginning fits: it is not read as written.
        ("cake " * 73 + "abcde pink", 73, 2, "abcde"),
        ("pink cake, " * 60, 50, 70, "pink"),
        ("딸기 " * 20, 12, 8, "딸기"),
        ("x" * 500, 0, 1, "x" * 19 + "…"),
    ],
)
def test_what_does_not_fit_is_counted(tokenizer, prompt, kept, dropped, first):
    expected = {"limit": 77, "kept": kept, "dropped": dropped, "first_dropped": first}
    assert words_cut(tokenizer, prompt) == expected
    read = " ".join(prompt.split()[:kept])
    assert clip_token_count(tokenizer, read) <= 77
