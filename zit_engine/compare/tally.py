"""What votes say of styles: counts, win rates with their uncertainty, strengths.

Comes in: votes. Goes out: a Tally. Wilson intervals are scipy's, strengths choix's. It knows
nothing of pictures, pages or files.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import choix
from scipy.stats import binomtest

CONFIDENCE = 0.95
# A little pull towards 0, so that a style that never lost stays finite. With 50 votes a style it
# moves strengths by less than a hundredth.
ALPHA = 0.01


@dataclass(frozen=True, slots=True)
class Choice:
    """One vote as statistics see it: the styles shown and the chosen one, None for none of them."""

    shown: tuple[str, ...]
    chosen: str | None
    prompt: str = ""
    trade: str = ""
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StyleTally:
    """`shown` counts votes with a choice that this style was in; `rate` is wins of them, `low` to
    `high` its 95 % Wilson interval, None without any. `strength` (Bradley-Terry-Luce, natural
    logarithm, mean 0) and `beats_base`, the probability to be chosen over the base, are None where
    nothing was compared."""

    style: str
    shown: int
    wins: int
    rate: float | None
    low: float | None
    high: float | None
    strength: float | None
    beats_base: float | None
    reasons: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Tally:
    votes: int
    undecided: int
    styles: tuple[StyleTally, ...]


def tally(choices: Sequence[Choice], styles: Sequence[str], base: str = "") -> Tally:
    """Count `choices` for `styles`, in that order; a choice naming another style is left out."""
    known = set(styles)
    usable = [choice for choice in choices if set(choice.shown) <= known and len(choice.shown) > 1]
    decided = [choice for choice in usable if choice.chosen in choice.shown]
    strengths = _strengths(decided, styles)
    rows = tuple(_row(style, decided, strengths, base) for style in styles)
    return Tally(len(usable), len(usable) - len(decided), rows)


def signed(strength: float) -> str:
    """With its sign and two decimals; what rounds to nothing is +0.00."""
    return f"{round(strength, 2) + 0.0:+.2f}"


def by(choices: Iterable[Choice], what: str) -> dict[str, list[Choice]]:
    """Choices grouped by "prompt" or "trade", in order of first appearance."""
    groups: dict[str, list[Choice]] = {}
    for choice in choices:
        groups.setdefault(getattr(choice, what), []).append(choice)
    return groups


def worth_showing(
    whole: Tally, by_prompt: Mapping[str, Tally], by_trade: Mapping[str, Tally]
) -> list[tuple[str, str, Tally]]:
    """("all" | "prompt" | "trade", name, counts) without those that only say again what stands
    before: the only text, a trade of one text, texts of no trade."""
    shown = [("all", "", whole)]
    for kind, group in (("prompt", by_prompt), ("trade", by_trade)):
        known = [counted for _, _, counted in shown]
        shown += [
            (kind, name, counted)
            for name, counted in group.items()
            if name and counted not in known
        ]
    return shown


def _row(
    style: str, decided: Sequence[Choice], strengths: dict[str, float], base: str
) -> StyleTally:
    shown = [choice for choice in decided if style in choice.shown]
    won = [choice for choice in shown if choice.chosen == style]
    rate = low = high = None
    if shown:
        result = binomtest(len(won), len(shown))
        interval = result.proportion_ci(CONFIDENCE, method="wilson")
        rate, low, high = len(won) / len(shown), float(interval.low), float(interval.high)
    strength = strengths.get(style)
    beats = None
    if strength is not None and base in strengths and style != base:
        beats = 1 / (1 + math.exp(strengths[base] - strength))
    reasons = Counter(reason for choice in won for reason in choice.reasons)
    counted = tuple(reasons.most_common())
    return StyleTally(style, len(shown), len(won), rate, low, high, strength, beats, counted)


def _strengths(decided: Sequence[Choice], styles: Sequence[str]) -> dict[str, float]:
    """Maximum-likelihood strengths of the styles that were compared at all. A pair is a choice of
    one among two, so both kinds of ballot go into one model (Luce's choice axiom)."""
    compared = [style for style in styles if any(style in choice.shown for choice in decided)]
    if len(compared) < 2:
        return {}
    number = {style: index for index, style in enumerate(compared)}
    data = [
        (
            number[choice.chosen],
            tuple(number[style] for style in choice.shown if style != choice.chosen),
        )
        for choice in decided
        if choice.chosen is not None
    ]
    found = choix.ilsr_top1(len(compared), data, alpha=ALPHA, max_iter=1000)
    return {style: float(found[index] - found.mean()) for style, index in number.items()}
