"""The caption writer's language, to tell whether a text could come out of it.

A rule takes the places in the text that were reached so far and gives those reached after it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from zit_engine.pocket import free_phrases, phrases
from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.free_captions import plural

Rule = Callable[[str, set[int]], set[int]]


def words(choices: Iterable[str]) -> Rule:
    known = set(choices)
    lengths = {len(choice) for choice in known}

    def follow(text: str, places: set[int]) -> set[int]:
        return {p + n for p in places for n in lengths if text[p : p + n] in known}

    return follow


def row(*rules: Rule) -> Rule:
    def follow(text: str, places: set[int]) -> set[int]:
        for rule in rules:
            places = rule(text, places)
        return places

    return follow


def either(*rules: Rule) -> Rule:
    return lambda text, places: set().union(*(rule(text, places) for rule in rules))


def maybe(rule: Rule) -> Rule:
    return lambda text, places: places | rule(text, places)


def _filled(phrase: str, **blanks: Rule) -> Rule:
    """A phrase with some blanks, such as {a} or {s}, in it; its particles in either form."""
    parts = re.split(r"\{(\w)\}", phrase)
    return row(*(blanks[part] if k % 2 else _literal(part) for k, part in enumerate(parts)))


def _literal(part: str) -> Rule:
    """Text in which 을(를) stands for both."""
    pieces = re.split(r"(\w+)\((\w+)\)", part)
    rules = [words([pieces[0]])]
    for closed, opened, after in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        rules += [words([closed, opened]), words([after])]
    return row(*rules)


def _every(groups: Iterable[Iterable[str]], blanks: Rule) -> Rule:
    phrases_of = (phrase for group in groups for phrase in group)
    return either(*(_filled(phrase, a=blanks, b=blanks, c=blanks) for phrase in phrases_of))


def _names(concepts: list[Concept], language: str) -> Rule:
    known: set[str] = set()
    for concept in concepts:
        names, tags = concept.names[language][:1], concept.tags[language]
        known |= {*names, *tags, *concept.shop_words[language]}
        known |= {f"{name} {tag}" for name in names for tag in tags}
    return words(known)


def caption_rule(concepts: list[Concept], language: str) -> Rule:
    """Follows every short caption the writer can write, and no other wording."""
    korean = language == "ko"
    colours = list(phrases.COLOUR_NAMES)
    if korean:
        colours = [word for names, _ in phrases.COLOURS.values() for word in names]
    colour = words(colours)
    painted = words(f"{each} " for each in [*colours, *phrases.ADJECTIVES_KO.values()])
    name = row(maybe(painted), _names(concepts, language))
    if korean:
        counts = words(word for group in phrases.COUNTS_KO.values() for word in group)
        name, joiner = row(name, maybe(counts)), words(phrases.JOINERS_KO)
    else:
        name = row(maybe(words(phrases.COUNTS_EN.values())), name)
        joiner = words([" and ", ", "])
    more = maybe(row(joiner, name))
    related = _every(phrases.RELATION_PHRASES[language][1:], name)
    where = row(words(phrases.SIDE[language].values()), maybe(words([phrases.ROOM[language]])))
    subject = row(
        words(phrases.BEFORE[language]), either(row(name, more, more), related), where
    )  # fmt: skip
    props = words(phrase for group in phrases.PROP_PHRASES[language] for phrase in group)
    backdrop = row(_every(phrases.BACKDROP_PHRASES[language], colour), props)
    comma, after = words([", "]), words(phrases.AFTER[language])
    plain = either(row(subject, maybe(row(comma, backdrop))), row(backdrop, comma, subject))
    framed = (_filled(frame, s=subject, b=backdrop) for frame in phrases.FRAMES[language])
    return either(row(plain, after), *framed)


def free_rule(concepts: list[Concept], language: str) -> Rule:
    """Follows every free caption without side, room, props and loose words."""
    korean = language == "ko"
    colours = list(phrases.COLOUR_NAMES)
    if korean:
        colours = [word for names, _ in phrases.COLOURS.values() for word in names]
        free = {word for words in free_phrases.FREE_ADJECTIVES_KO.values() for word in words}
        colours += [*free, *(f"{word}색" for word in free)]
        colours += [word for bare in free_phrases.BARE_COLOURS_KO.values() for word in bare]
    colour = words(colours)
    painted = maybe(words(f"{each} " for each in [*colours, *phrases.ADJECTIVES_KO.values()]))
    name, many = (row(painted, rule) for rule in _free_names(concepts, language))
    counting = free_phrases.COUNTERS_KO if korean else free_phrases.NUMBERS_EN
    ones = free_phrases.ONE_KO if korean else free_phrases.ONE_EN
    counted = {*ones, *(each for group in counting.values() for each in group)}
    counted |= {each.replace("a {", "an {") for each in counted}
    after = {each.removeprefix("{x}") for each in counted if each.startswith("{x}")}
    after = {each for each in after if "(" not in each}  # in one step: they are most
    others = counted - {"{x}" + each for each in after}
    one = either(row(name, words(after)), *(_filled(each, x=name, p=many) for each in others))
    joined = free_phrases.JOINED_KO if korean else free_phrases.JOINED_EN
    subject = either(one, *(_filled(each, x=one, y=one) for each in joined))
    phrases_of = [phrase for group in free_phrases.FREE_BACKDROPS[language] for phrase in group]
    backdrop = either(
        _every(phrases.BACKDROP_PHRASES[language], colour),
        *(_filled(each, a=colour, c=colour) for each in phrases_of),
    )
    frames = free_phrases.FREE_FRAMES[language]
    said = either(subject, *(_filled(frame, s=subject, b=backdrop) for frame in frames))
    before, after = phrases.BEFORE[language], phrases.AFTER[language]
    return row(words({"", *before}), said, words({"", *after}))


def _free_names(concepts: list[Concept], language: str) -> tuple[Rule, Rule]:
    """Names of one and of several."""
    known: set[str] = set()
    for concept in concepts:
        names, tags = concept.names[language][:1], concept.tags[language]
        known |= {*names, *tags, *concept.shop_words[language]}
        known |= {f"{name} {tag}" for name in names for tag in tags}
    return words(known), words({plural(each) for each in known} if language == "en" else known)


def could_be_written(rule: Rule, text: str) -> bool:
    return len(text) in rule(text, {0})
