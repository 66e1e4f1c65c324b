"""Every sentence is there in both languages, is used, and sounds as a shop owner should be met."""

import ast
import re
import string

import pytest

from zit_engine.errors import QueueFull
from zit_engine.messages import LANGUAGES, explain, say, sentences
from zit_engine.settings import ROOT

SECTIONS = {message_id.partition(".")[0] for message_id in sentences()}
# page.css and page.js are files, "page.nav_" is put together with a tab's name.
_ID = re.compile(rf"(?:{'|'.join(sorted(SECTIONS))})\.(?!css$|js$|json$)[a-z_]*[a-z]")
_HANGUL = re.compile("[가-힣]")
# What the owner's part of the page never says, in either language.
TRADE_WORDS = (
    "sampler",
    "cfg",
    "lora",
    "vram",
    "inference",
    "diffusion",
    "tensor",
    "checkpoint",
    "adapter",
    "latent",
    "token",
    "샘플러",
    "로라",
    "추론",
    "텐서",
    "어댑터",
    "토큰",
    "체크포인트",
)


def used_in_code() -> tuple[set[str], list[re.Pattern[str]]]:
    """Ids written in the code, and patterns of those put together there (f"page.nav_{tab}")."""
    ids, patterns = set(), []
    for path in [*(ROOT / "zit_engine").rglob("*.py"), ROOT / "app.py"]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = [
                    re.escape(part.value) if isinstance(part, ast.Constant) else "[a-z_]+"
                    for part in node.values
                ]
                if parts[0].split("\\.")[0] in SECTIONS and len(parts) > 1:
                    patterns.append(re.compile("".join(parts)))
            if isinstance(node, ast.Constant) and _ID.fullmatch(str(node.value)):
                ids.add(node.value)
    for path in (ROOT / "zit_engine").rglob("templates/*.html"):
        ids.update(re.findall(r'both\("([^"]+)"', path.read_text(encoding="utf-8")))
    return ids, patterns


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_every_sentence_the_code_asks_for_exists():
    ids, _ = used_in_code()
    assert len(ids) > 80
    assert sorted(ids - set(sentences())) == []


def test_every_sentence_is_used():
    ids, patterns = used_in_code()
    unused = {
        each
        for each in sentences()
        if each not in ids and not any(pattern.fullmatch(each) for pattern in patterns)
    }
    assert not unused


@pytest.mark.parametrize("message_id", sentences())
def test_a_sentence_is_whole_in_both_languages(message_id):
    pair = sentences()[message_id]
    korean, english = pair
    for sentence in pair:
        assert sentence == sentence.strip() and sentence.isprintable() and sentence
    assert not _HANGUL.search(english), english
    # A label may be the same unit or number in both; a sentence is not.
    assert _HANGUL.search(korean) or not re.search("[a-z]{3}", korean.format_map(Blank())), korean


class Blank(dict):
    def __missing__(self, key: str) -> str:
        return ""


# Questions of a form, not sentences to somebody.
HEADINGS = {"make.look"}
# English may need a word less or more than Korean; these differ on purpose.
ENGLISH_ONLY = {"error.broken_image": {"kind"}}


@pytest.mark.parametrize("message_id", sentences())
def test_both_languages_take_the_same_values(message_id):
    korean, english = sentences()[message_id]
    extra = ENGLISH_ONLY.get(message_id, set())
    assert placeholders(english) - extra == placeholders(korean)


@pytest.mark.parametrize("message_id", sentences())
def test_korean_sentences_end_politely(message_id):
    korean = re.sub(r"\{[^}]*\}", "…", sentences()[message_id][0])
    korean = re.sub(r"«[^»]*»|\([^)]*\)", "", korean)
    for sentence in re.findall(r"[^.?!]*[.?!](?=\s|$)", korean):
        told = re.sub(r": .*", "", sentence).strip().rstrip(".?!").strip()
        assert told.endswith("요") or message_id in HEADINGS, sentence


@pytest.mark.parametrize("section", ["make", "tile", "status", "mine"])
def test_owners_meet_no_words_of_the_trade(section):
    for message_id, pair in sentences().items():
        if message_id.startswith(f"{section}."):
            shown = " ".join(pair).lower()
            assert not [word for word in TRADE_WORDS if word in shown], message_id


def test_a_sentence_with_its_values():
    assert say("status.done", "ko", count=3) == "다 됐어요. 3장을 만들었어요."
    assert say("status.done", "en", count=3) == "Done: 3 made."
    assert say("status.done", count=3) == say("status.done", "ko", count=3)


@pytest.mark.parametrize("call", [("no.such",), ("status.done", "ko"), ("status.cancelled", "fr")])
def test_a_bug_in_asking_is_loud(call):
    with pytest.raises((KeyError, ValueError)):
        say(*call)


def test_a_value_is_text_and_never_a_template():
    error = QueueFull(seconds="{error_id}")
    for lang in LANGUAGES:
        assert "{error_id}" in explain(error, lang)
