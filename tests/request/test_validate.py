"""Whatever comes from a page, an API or a file: an AdRequest, or a sentence a person can act on."""

import time
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from zit_engine.errors import InvalidRequest, UnknownChannel, UnknownStyle
from zit_engine.messages import LANGUAGES, say
from zit_engine.request.ad_request import MAX_SEED, AdRequest
from zit_engine.request.characters import SHOWN_CHARS, shown
from zit_engine.request.validate import checked, problems

KNOWN = {
    "styles": ["realistic", "anime"],
    "channels": ["instagram-square", "kakao-bizboard"],
    "max_prompt_chars": 200,
}


def prompt_of(text: str) -> str:
    return checked({"prompt": text}, **KNOWN).prompt


def problem_of(**fields: object) -> InvalidRequest:
    found = problems({"prompt": "라떼", **fields}, **KNOWN)
    assert len(found) == 1
    assert all(say(found[0].message_id, lang, **found[0].values) for lang in LANGUAGES)
    return found[0]


def test_defaults():
    assert checked({"prompt": "라떼"}, **KNOWN) == AdRequest(prompt="라떼")


def test_every_field_as_text_from_a_form():
    fields = {
        "prompt": " 라떼 ",
        "style": "anime",
        "channel": "kakao-bizboard",
        "count": "2",
        "seed": " 7 ",
        "adapter_weight": "0.8",
        "variation_seed": "9",
        "unknown": object(),
    }
    assert checked(fields, **KNOWN) == AdRequest("라떼", "anime", "kakao-bizboard", 2, 7, 0.8, 9)


@pytest.mark.parametrize("text", ["", "   ", "\n\t\r\n", "\u200b", "\u3164", "\ufe0f", "\u2800"])
def test_nothing_to_paint(text):
    assert problem_of(prompt=text).message_id == "error.prompt_empty"


@pytest.mark.parametrize("value", [None, 3, 1.5, True, b"latte", ["a"], {"a": 1}])
def test_prompt_that_is_no_text(value):
    assert problem_of(prompt=value).message_id == "error.prompt_type"


def test_longest_prompt_fits_and_one_more_does_not():
    assert prompt_of("가" * 200) == "가" * 200
    problem = problem_of(prompt="가" * 201)
    assert problem.message_id == "error.prompt_long"
    assert problem.values == {"chars": 201, "limit": 200}


def test_ten_megabytes_are_refused_quickly():
    begun = time.thread_time()
    problem = problem_of(prompt="가" * 10_000_000)
    assert problem.values == {"chars": 10_000_000, "limit": 200}
    assert problem_of(prompt=" " * 10_000_000).message_id == "error.prompt_empty"
    # Generous: it takes about 20 ms; walking every letter in Python would take seconds.
    assert time.thread_time() - begun < 2


@pytest.mark.parametrize(
    ("letter", "code"),
    [
        ("\x00", "U+0000"),
        ("\x1b", "U+001B"),
        ("\x7f", "U+007F"),
        ("\x85", "U+0085"),
        ("\u061c", "U+061C"),
        ("\u200e", "U+200E"),
        ("\u200f", "U+200F"),
        ("\u202a", "U+202A"),
        ("\u202e", "U+202E"),
        ("\u2066", "U+2066"),
        ("\u2069", "U+2069"),
        ("\ud800", "U+D800"),
        ("\udfff", "U+DFFF"),
        ("\ufdd0", "U+FDD0"),
        ("\uffff", "U+FFFF"),
        ("\U0001fffe", "U+1FFFE"),
        ("\U0010ffff", "U+10FFFF"),
    ],
)
def test_characters_that_cannot_be_used(letter, code):
    problem = problem_of(prompt=f"라떼{letter}한 잔")
    assert (problem.message_id, problem.values) == ("error.prompt_characters", {"code": code})


def test_decomposed_hangul_is_composed():
    typed_on_a_mac = unicodedata.normalize("NFD", "따뜻한 라떼")
    assert prompt_of(typed_on_a_mac) == "따뜻한 라떼"
    assert prompt_of(unicodedata.normalize("NFD", "떡" * 200)) == "떡" * 200


def test_joined_emoji_stay_whole():
    assert prompt_of("👩‍🍳 ❤️ 라떼") == "👩‍🍳 ❤️ 라떼"


def test_runs_of_space_and_lines_become_one_space():
    assert prompt_of("  라떼 \r\n\r\n\t 한\u3000잔\u2028끝 ") == "라떼 한 잔 끝"


@pytest.mark.parametrize(
    ("value", "seed"), [(None, None), ("", None), (" ", None), (0, 0), ("0", 0), (7.0, 7)]
)
def test_seeds(value, seed):
    assert checked({"prompt": "a", "seed": value}, **KNOWN).seed == seed


def test_largest_seed():
    assert checked({"prompt": "a", "seed": str(MAX_SEED)}, **KNOWN).seed == MAX_SEED
    assert problem_of(seed=MAX_SEED + 1).message_id == "error.seed_range"


@pytest.mark.parametrize(
    "value",
    [-1, "-1", 1e30, "1e30", "abc", 3.5, "3.5", True, False, float("nan"), float("inf")]
    + ["１２", "1_0", "+5", "9" * 5000, 10**5000, -(10**5000), [], {}, b"7", "\u202e7"],
    ids=lambda value: shown(value),
)
def test_bad_seeds(value):
    problem = problem_of(seed=value)
    assert (problem.field, problem.message_id) == ("seed", "error.seed_range")
    assert len(str(problem.values["seed"])) <= SHOWN_CHARS


@pytest.mark.parametrize("value", [1, "2", 4, 3.0])
def test_counts(value):
    assert checked({"prompt": "a", "count": value}, **KNOWN).count == int(value)


@pytest.mark.parametrize("value", [0, 99, -1, True, None, "", "two", 1.5, 1e300, float("nan"), []])
def test_bad_counts(value):
    assert problem_of(count=value).message_id == "error.count_range"


@pytest.mark.parametrize(("value", "weight"), [(None, None), ("", None), (0, 0.0), ("1.5", 1.5)])
def test_weights(value, weight):
    assert checked({"prompt": "a", "adapter_weight": value}, **KNOWN).adapter_weight == weight


@pytest.mark.parametrize(
    "value",
    [-0.1, 1.51, "x", ".", True, float("nan"), float("inf"), "nan", "1e0", 10**400, [], {}],
    ids=lambda value: shown(value),
)
def test_bad_weights(value):
    assert problem_of(adapter_weight=value).message_id == "error.weight_range"


@pytest.mark.parametrize("value", ["", "no-such", None, 3, ["anime"], {"a": 1}, "\ud800"])
def test_unknown_style_and_channel(value):
    style = problem_of(style=value)
    assert isinstance(style, UnknownStyle) and style.values["known"] == "realistic, anime"
    assert isinstance(problem_of(channel=value), UnknownChannel)


def test_shown_values_are_short_and_harmless():
    long = problem_of(style="x\u202e\n" * 1000).values["style"]
    assert isinstance(long, str) and len(long) <= SHOWN_CHARS and long.isprintable()
    assert shown("x" * 40) == "x" * 40
    assert shown("x" * 41) == "x" * 39 + "…"
    assert shown("\u202e") == "\\u202e"


def test_the_seed_of_a_variation_is_a_seed():
    problem = problem_of(variation_seed=-1)
    assert (problem.field, problem.message_id) == ("variation_seed", "error.seed_range")


def test_every_field_of_a_request_is_read():
    problems_found = problems(dict.fromkeys(AdRequest("").as_fields(), object()), **KNOWN)
    assert [problem.field for problem in problems_found] == list(AdRequest("").as_fields())


def test_all_problems_in_the_order_of_the_form():
    fields = {"prompt": "", "style": "?", "channel": "?", "count": 0, "seed": -1}
    found = problems({**fields, "adapter_weight": 9}, **KNOWN)
    assert [problem.field for problem in found] == [*fields, "adapter_weight"]
    with pytest.raises(InvalidRequest) as caught:
        checked(fields, **KNOWN)
    assert caught.value.field == "prompt"


@pytest.mark.parametrize("fields", [None, [], "x", 3])
def test_fields_that_are_no_mapping(fields):
    assert problems(fields, **KNOWN)[0].message_id == "error.request"


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.binary(max_size=20)
    | st.text(st.characters(), max_size=60)
    | st.text(st.sampled_from("0123456789.-+eE _\u0660\ud800\u202e가"), max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)


@settings(max_examples=2000, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(
            ["prompt", "style", "channel", "count", "seed", "adapter_weight"]
            + ["variation_seed", "x"]
        ),
        anything,
    )
)
@example({"prompt": "\u1100" * 700})
def test_nothing_but_an_answer_or_a_refusal(fields):
    try:
        request = checked(fields, **KNOWN)
    except InvalidRequest as problem:
        assert say(problem.message_id, "ko", **problem.values).isprintable()
        return
    assert 1 <= len(request.prompt) <= 200
    assert request.prompt == unicodedata.normalize("NFC", request.prompt).strip()
    request.prompt.encode("utf-8")
    # What passed once passes unchanged: settings read back from a file stay what they were.
    assert checked(request.as_fields(), **KNOWN) == request


@pytest.mark.parametrize(("given", "read"), [("", None), (None, None), ("0", None), (0.3, 0.3)])
def test_variety_is_read(given, read):
    assert checked({"prompt": "라떼", "variety": given}, **KNOWN).variety == read


@pytest.mark.parametrize("given", ["0.6", -0.1, "x", True, float("nan"), "1e9"])
def test_variety_out_of_range_is_told(given):
    problem = problem_of(variety=given)
    assert (problem.field, problem.message_id) == ("variety", "error.variety_range")


@pytest.mark.parametrize("corner", ["top-left", "bottom-right", "none"])
def test_the_ai_mark_stands_where_asked(corner):
    assert checked({"prompt": "라떼", "label": corner}, **KNOWN).label == corner


@pytest.mark.parametrize("given", ["", "middle", 3, None, True, ["none"]])
def test_an_unknown_place_for_the_ai_mark_is_told(given):
    problem = problem_of(label=given)
    assert (problem.field, problem.message_id) == ("label", "error.label_unknown")
    assert "bottom-right" in say(problem.message_id, "ko", **problem.values)
