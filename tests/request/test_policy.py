"""Refusals that say why, and no false alarm over what shops really ask for."""

import tomllib
from pathlib import Path

import pytest

from zit_engine.errors import InvalidRequest, SettingsError
from zit_engine.messages import LANGUAGES, explain
from zit_engine.request.policy import load_policy
from zit_engine.request.trades import load_trades

PROMPTS = tomllib.loads(Path(__file__).with_name("policy_prompts.toml").read_text("utf-8"))
REFUSED = [(kind, prompt) for kind, many in PROMPTS["refused"].items() for prompt in many]


def alarms(prompts):
    found = []
    for prompt in prompts:
        try:
            load_policy().check(prompt)
        except InvalidRequest as refused:
            found.append(f"{prompt}: {refused.values['word']}")
    return found


def test_no_false_alarm_over_what_sounds_like_something_else():
    assert len(PROMPTS["ordinary"]) >= 170
    assert alarms(PROMPTS["ordinary"]) == []


def test_no_false_alarm_over_the_examples_of_any_trade():
    shown = [text for trade in load_trades().values() for pair in trade.examples for text in pair]
    assert len(shown) >= 300
    assert alarms(shown) == []


@pytest.mark.parametrize(("kind", "prompt"), REFUSED)
def test_refused_with_a_reason_and_the_word(kind, prompt):
    with pytest.raises(InvalidRequest) as refused:
        load_policy().check(prompt)
    assert refused.value.message_id == f"refuse.{kind}"
    assert refused.value.field == "prompt"
    for lang in LANGUAGES:
        assert f"«{refused.value.values['word']}»" in explain(refused.value, lang)


def test_words_of_ones_own_are_added(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text('[abusive]\nwords = ["옆가게"]\n[sexual]\nfine = ["누드 모델 학원"]\n', "utf-8")
    policy = load_policy(str(own))
    policy.check("누드 모델 학원 모집")
    with pytest.raises(InvalidRequest):
        policy.check("옆가게는 맛없어요")
    with pytest.raises(InvalidRequest):
        policy.check("짱깨")


@pytest.mark.parametrize("text", [None, "[[", "[funny]\nwords = []\n", "abusive = 3\n"])
def test_a_file_that_cannot_be_used_is_named(tmp_path, text):
    own = tmp_path / "own.toml"
    if text is not None:
        own.write_text(text, "utf-8")
    with pytest.raises(SettingsError) as refused:
        load_policy(str(own))
    assert str(own) in explain(refused.value, "en")
