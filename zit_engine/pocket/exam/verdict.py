"""Whether a picture shows what its prompt asked for.

In: a Prompt and what the judge saw. Out: a Verdict, a yes or no a question. Counting them into
groups is done here too; painting and judging are not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.exam.prompts import Asked, Prompt, accepted
from zit_engine.pocket.judge.reading import Seen, SeenObject
from zit_engine.pocket.phrases import BACKDROPS, COLOUR_NAMES

QUESTIONS = ("subject", "count", "backdrop", "backdrop_colour", "object_colour")


@dataclass(frozen=True)
class Verdict:
    """Answers to QUESTIONS; object_colour is None where the prompt names none."""

    subject: bool
    count: bool
    backdrop: bool
    backdrop_colour: bool
    object_colour: bool | None


def judge_picture(prompt: Prompt, seen: Seen, concepts: list[Concept]) -> Verdict:
    """Subject: every asked subject is among the objects seen, whatever else is there."""
    matches = [(asked, _find(asked, seen, concepts)) for asked in prompt.subjects]
    coloured = [(asked.colour, found) for asked, found in matches if asked.colour]
    return Verdict(
        subject=all(found is not None for _, found in matches),
        count=len(seen.objects) == prompt.count,
        backdrop=BACKDROPS[seen.backdrop] == prompt.backdrop,
        backdrop_colour=seen.first == prompt.first,
        object_colour=all(
            found is not None and COLOUR_NAMES[found.colour] == colour for colour, found in coloured
        ) if coloured else None,
    )  # fmt: skip


def _find(asked: Asked, seen: Seen, concepts: list[Concept]) -> SeenObject | None:
    wanted = accepted(concepts, asked)
    return next((each for each in seen.objects if each.concept in wanted), None)


def shares(
    prompts: Sequence[Prompt], verdicts: Sequence[Verdict]
) -> dict[str, dict[str, float | int]]:
    """By group of prompts: how many, and the share of right answers to every question."""
    groups: dict[str, list[Verdict]] = {}
    for prompt, verdict in zip(prompts, verdicts, strict=True):
        for group in prompt.groups:
            groups.setdefault(group, []).append(verdict)
    order = sorted(groups, key=lambda group: (group.startswith("backdrop"), group))
    return {group: _shares(groups[group]) for group in order}


def _shares(verdicts: list[Verdict]) -> dict[str, float | int]:
    found: dict[str, float | int] = {"prompts": len(verdicts)}
    for question in QUESTIONS:
        answers = [getattr(each, question) for each in verdicts]
        said = [answer for answer in answers if answer is not None]
        if said:
            found[question] = round(sum(said) / len(said), 4)
    return found
