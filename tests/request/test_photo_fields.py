"""A photo's fields of a request: an upload's id, what is done with it and how much."""

import pytest

from zit_engine.errors import InvalidRequest
from zit_engine.messages import LANGUAGES, say
from zit_engine.request.ad_request import AdRequest
from zit_engine.request.characters import SHOWN_CHARS
from zit_engine.request.validate import checked, problems

KNOWN = {"styles": ["realistic"], "channels": ["instagram-square"], "max_prompt_chars": 200}
UPLOAD = "upload-" + "0123456789abcdef" * 2


def problem_of(**fields: object) -> InvalidRequest:
    found = problems({"prompt": "컵", **fields}, **KNOWN)
    assert len(found) == 1
    assert all(say(found[0].message_id, lang, **found[0].values) for lang in LANGUAGES)
    return found[0]


def test_a_photo_and_what_is_done_with_it():
    fields = {"prompt": "컵", "photo": UPLOAD, "photo_mode": "background", "photo_mask": UPLOAD}
    request = checked({**fields, "photo_strength": "much"}, **KNOWN)
    assert (request.photo, request.photo_mask) == (UPLOAD, UPLOAD)
    assert (request.photo_mode, request.photo_strength) == ("background", "much")
    blank = dict.fromkeys(("photo", "photo_mask", "photo_mode", "photo_strength"), "")
    assert checked({"prompt": "컵", **blank}, **KNOWN) == AdRequest("컵")
    assert checked({"prompt": "컵", **dict.fromkeys(blank)}, **KNOWN) == AdRequest("컵")


@pytest.mark.parametrize("field", ["photo", "photo_mask"])
@pytest.mark.parametrize(
    "value", [3, True, ["a"], "upload-", UPLOAD.upper(), UPLOAD + "0", "../" + UPLOAD, "job"]
)
def test_what_is_no_upload(field, value):
    assert problem_of(**{field: value}).message_id == "photo.gone"


@pytest.mark.parametrize("field", ["photo_mode", "photo_strength"])
@pytest.mark.parametrize("value", [3, True, ["mood"], "MOOD", "x" * 9000, "\u202e"])
def test_a_choice_that_is_not_offered(field, value):
    problem = problem_of(**{field: value})
    assert (problem.message_id, problem.field) == ("photo.choice", field)
    assert len(str(problem.values["given"])) <= SHOWN_CHARS + 10
