"""Download names: readable Korean, and safe on every system."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zit_engine.store.names import (
    MAX_NAME_BYTES,
    MAX_NAME_CHARS,
    file_name,
    is_job_id,
    is_safe_name,
)


def test_a_usual_name():
    name = file_name("따뜻한 라떼와 크루아상", "애니", "인스타 정사각", 7, 0, "png")
    assert name == "따뜻한-라떼와-크루아상_애니_인스타-정사각_7.png"


def test_the_second_picture_of_a_job_has_its_own_name():
    assert file_name("라떼", "애니", "인스타", 7, 1, "jpg") == "라떼_애니_인스타_7-2.jpg"


def test_decomposed_hangul_is_composed():
    typed_on_a_mac = unicodedata.normalize("NFD", "라떼 한 잔")
    assert file_name(typed_on_a_mac, "애니", "인스타", 1, 0, "png").startswith("라떼-한-잔_")


def test_long_prompts_end_with_a_word():
    name = file_name("따뜻한 라떼와 " * 40, "애니", "인스타 정사각", 7, 0, "png")
    assert name.endswith("_애니_인스타-정사각_7.png")
    assert name.split("_")[0].endswith(("따뜻한", "라떼와"))
    assert len(name) <= MAX_NAME_CHARS and len(name.encode()) <= MAX_NAME_BYTES


@pytest.mark.parametrize(
    "prompt", ["CON", "nul", "com1", "../../etc/passwd", "a\x00b", "\u202egnp"]
)
def test_harmless_names_from_harmful_prompts(prompt):
    name = file_name(prompt, "", "", 7, 0, "png")
    assert is_safe_name(name)
    stem = name.split(".")[0].casefold()
    assert stem not in {"con", "nul", "com1"} and stem.endswith("7")


@pytest.mark.parametrize("prompt", ["", "!!!", "😀", "   "])
def test_prompts_without_letters(prompt):
    assert file_name(prompt, "애니", "인스타", 7, 0, "png") == "애니_인스타_7.png"


@given(
    st.text(st.characters(), max_size=300),
    st.text(st.characters(), max_size=40),
    st.text(st.characters(), max_size=40),
    st.integers(0, 2**32 - 1),
    st.integers(0, 99),
)
def test_every_name_is_safe(prompt, style, channel, seed, index):
    name = file_name(prompt, style, channel, seed, index, "png")
    assert is_safe_name(name) and name.endswith(".png")
    assert all(letter.isalnum() or letter in "-_." for letter in name)
    assert unicodedata.normalize("NFC", name) == name


@given(st.text(max_size=100), st.text(max_size=30))
def test_names_of_one_job_differ_even_with_one_seed(prompt, style):
    names = {file_name(prompt, style, "인스타", 7, index, "png").casefold() for index in range(9)}
    assert len(names) == 9


@pytest.mark.parametrize("extension", ["", ".png", "PNG", "p/g", "toolong", "한글"])
def test_extension_is_a_bug_of_the_caller(extension):
    with pytest.raises(ValueError, match="extension"):
        file_name("a", "b", "c", 1, 0, extension)


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", ".hidden", "a/b", "a\\b", "../a", "/a", "a\x00", "a\n", "a\u202eb", "a:b"]
    + ["a*", "a.part", "a\ud800", "x" * 81, "뷁" * 70],
)
def test_unsafe_names(name):
    assert not is_safe_name(name)


@pytest.mark.parametrize("job_id", ["", "a/b", "..", "a b", "가", "a\n", "a\x00", "x" * 65])
def test_unsafe_job_ids(job_id):
    assert not is_job_id(job_id)
