"""Prompts with a remark: the same wish, in words the model was not taught with."""

from __future__ import annotations

from zit_engine.pocket import phrases
from zit_engine.pocket import remarks as taught
from zit_engine.pocket.exam.prompts import load_prompts
from zit_engine.pocket.exam.remarks import load_remarks, remarked
from zit_engine.pocket.vocabulary import every_concept

REMARKS = load_remarks()


def test_every_prompt_gets_a_remark_of_its_language_and_asks_for_the_same() -> None:
    prompts = load_prompts()
    again = remarked(prompts)
    for prompt, said in zip(prompts, again, strict=True):
        (remark,) = {said.text.removeprefix(prompt.text), said.text.removesuffix(prompt.text)} - {
            said.text
        }
        assert remark.strip(", ") in REMARKS[prompt.language]
        assert said.subjects == prompt.subjects and said.backdrop == prompt.backdrop
    used = {remark for said in again for words in REMARKS.values() for remark in words
            if remark in said.text}  # fmt: skip
    assert used == {remark for words in REMARKS.values() for remark in words}


def test_no_remark_was_taught() -> None:
    for language, remarks in REMARKS.items():
        assert not [each for each in remarks if each in taught.REMARKS[language]]


def test_no_remark_names_a_subject_or_a_colour() -> None:
    named = {name for concept in every_concept() for language in ("ko", "en")
             for name in concept.names[language]}  # fmt: skip
    named |= {*phrases.COLOURS, *(word for words, _ in phrases.COLOURS.values() for word in words)}
    for remark in (each for remarks in REMARKS.values() for each in remarks):
        assert not [name for name in named if f" {name.lower()} " in f" {remark.lower()} "], remark
