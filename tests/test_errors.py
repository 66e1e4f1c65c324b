"""Every failure has a sentence in both languages and an id that is found again in the log."""

import inspect
import re

import pytest

from zit_engine import errors
from zit_engine.errors import (
    InvalidRequest,
    PromptTooLong,
    QueueFull,
    RequestError,
    UnknownChannel,
    UnknownStyle,
    ZitError,
)
from zit_engine.messages import explain, explain_both, sentences

CLASSES = [
    each
    for _, each in inspect.getmembers(errors, inspect.isclass)
    if issubclass(each, ZitError) and each.__module__ == errors.__name__
]


@pytest.mark.parametrize("error", CLASSES)
def test_each_class_stands_for_an_existing_sentence(error):
    assert error.default_message_id in sentences()


def test_the_tree_in_the_docstring_is_the_tree():
    drawn = re.findall(r"^( +)([A-Z]\w+)", errors.__doc__, re.M)
    parents: dict[int, str] = {}
    tree = {}
    for indent, name in drawn:
        depth = len(indent)
        parents[depth] = name
        tree[name] = parents.get(depth - 2, "Exception")
    assert tree == {each.__name__: each.__base__.__name__ for each in CLASSES} | {
        # Drawn under RequestError, though as subclasses of InvalidRequest they name a field too.
        name: "RequestError"
        for name in ("UnknownStyle", "UnknownChannel", "PromptTooLong")
    }


def test_a_person_and_the_log_read_the_same_id():
    error = ZitError(detail="/secret/path broke")
    assert error.error_id in str(error) and "/secret/path" in str(error)
    for lang in ("ko", "en"):
        assert error.error_id in explain(error, lang)
        assert "/secret" not in explain(error, lang)


def test_ids_differ():
    assert len({ZitError().error_id for _ in range(50)}) == 50


@pytest.mark.parametrize(
    ("error", "field", "words"),
    [
        (UnknownStyle("cubism", "realistic, anime"), "style", ["cubism", "realistic, anime"]),
        (UnknownChannel("fax", "mms"), "channel", ["fax", "mms"]),
        (PromptTooLong(600, 512), "prompt", ["600", "512"]),
    ],
)
def test_a_refused_field_is_named_with_what_would_do(error, field, words):
    assert isinstance(error, InvalidRequest) and isinstance(error, RequestError)
    assert error.field == field
    for lang in ("ko", "en"):
        assert all(word in explain(error, lang) for word in words)


def test_both_languages_at_once_for_callers_without_one():
    error = QueueFull(seconds=12)
    assert explain_both(error) == f"{explain(error, 'ko')} / {explain(error, 'en')}"
