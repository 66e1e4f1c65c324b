"""Captions: Korean or English text saying (part of) what a scene holds, with its labels.

In: scenes. Out: text as a shop owner might type it, and class numbers of what was said.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from zit_engine.pocket import phrases
from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.records import Scene

SLOTS = 3  # objects a label can name


@dataclass(frozen=True)
class Caption:
    """Text and labels: 3 concepts (len(concepts) = none), count - 1, backdrop (10 = unsaid),
    first and second colour (15 = unsaid), side + 1, small (0 or 1), the colours of the 3
    concepts (15 = none), relation, prop (7 = unsaid)."""

    text: str
    labels: tuple[int, ...]


class CaptionWriter:
    """Writes captions from a random stream, which may be shared with a SceneMaker.

    `framed` is the share of captions with a backdrop that are whole sentences.
    """

    def __init__(self, concepts: list[Concept], random: Random, framed: float = 0.0) -> None:
        self.concepts = concepts
        self.random = random
        self.framed = framed

    def write(self, scene: Scene) -> Caption:
        """One caption; in a fifth of them the backdrop is left out."""
        rnd = self.random
        language = "ko" if rnd.random() < 0.55 else "en"
        subject, phrase, backdrop, after = self._parts(scene, language)
        where = phrases.SIDE[language][scene.side]
        prop = rnd.choice(phrases.PROP_PHRASES[language][scene.prop]) if scene.prop else ""
        small = scene.small and rnd.random() < 0.7
        if small:
            where += phrases.ROOM[language]
        order = rnd.random()
        if order < 0.2:
            text = subject + where + after
        elif self.framed and rnd.random() < self.framed:
            frame = rnd.choice(phrases.FRAMES[language])
            text = frame.format(s=subject + where, b=backdrop + prop)
        elif order < 0.8:
            text = f"{subject}{where}, {backdrop}{prop}{after}"
        else:
            text = f"{backdrop}{prop}, {subject}{where}{after}"
        labels = self._labels(scene, order >= 0.2, "{b}" in phrase, small)
        return Caption(text.strip(), labels)

    def _parts(self, scene: Scene, language: str) -> tuple[str, str, str, str]:
        rnd = self.random
        if language == "en":
            subject = self._subject_en(scene)
            first, second = scene.first_name, scene.second_name
            phrase = rnd.choice(phrases.BACKDROP_PHRASES["en"][scene.backdrop])
        else:
            first = rnd.choice(phrases.COLOURS[scene.first_name][0])
            second = rnd.choice(phrases.COLOURS[scene.second_name][0])
            subject = self._subject_ko(scene)
            phrase = rnd.choice(phrases.BACKDROP_PHRASES["ko"][scene.backdrop])
        subject = rnd.choice(phrases.BEFORE[language]) + subject
        backdrop = phrase.format(a=first, b=second)
        return subject, phrase, backdrop, rnd.choice(phrases.AFTER[language])

    def _subject_en(self, scene: Scene) -> str:
        names = [
            phrases.COUNTS_EN.get(n, "") + self._colour(scene, k, "en") + self.name(i, "en")
            for k, (i, n) in enumerate(scene.contents)
        ]
        if scene.relation:
            return self._related(names, scene, "en")
        return (" and " if len(names) < SLOTS else ", ").join(names)

    def _subject_ko(self, scene: Scene) -> str:
        names = []
        for k, (concept, count) in enumerate(scene.contents):
            name = self._colour(scene, k, "ko") + self.name(concept, "ko")
            names.append(name + (self.random.choice(phrases.COUNTS_KO[count]) if count > 1 else ""))
        if scene.relation:
            return self._related(names, scene, "ko")
        return self.random.choice(phrases.JOINERS_KO).join(names)

    def _related(self, names: list[str], scene: Scene, language: str) -> str:
        phrase = self.random.choice(phrases.RELATION_PHRASES[language][scene.relation])
        return phrase.format(a=names[0], b=names[1])

    def _colour(self, scene: Scene, which: int, language: str) -> str:
        """The colour word before an object's name; none where the scene gave it no colour."""
        colour = scene.colours[which] if scene.colours else None
        if colour is None:
            return ""
        name = phrases.COLOUR_NAMES[colour]
        if language == "en":
            return name + " "
        words = [*phrases.COLOURS[name][0], *([phrases.ADJECTIVES_KO[name]] * 2
                 if name in phrases.ADJECTIVES_KO else [])]  # fmt: skip
        return self.random.choice(words) + " "

    def name(self, concept: int, language: str) -> str:
        """One of an object's names: mostly the shop's word or the dictionary's, at times a tag."""
        entry, rnd = self.concepts[concept], self.random
        chance = rnd.random()
        shop_words, tags = entry.shop_words[language], entry.tags[language]
        if shop_words and chance < 0.65:
            return rnd.choice(shop_words)
        if chance < 0.90 or not tags:
            return entry.names[language][0]
        if chance < 0.94:
            return entry.names[language][0] + " " + rnd.choice(tags)
        return rnd.choice(tags)

    def _labels(self, scene: Scene, said: bool, second_said: bool, small: bool) -> tuple[int, ...]:
        nothing, colours = len(self.concepts), phrases.COLOUR_NAMES
        slots = [concept for concept, _ in scene.contents]
        slots += [nothing] * (SLOTS - len(slots))
        painted = [len(colours) if each is None else each for each in scene.colours]
        painted += [len(colours)] * (SLOTS - len(painted))
        return (
            *slots,
            scene.contents[0][1] - 1,
            scene.backdrop if said else len(phrases.BACKDROPS),
            colours.index(scene.first_name) if said else len(colours),
            colours.index(scene.second_name) if said and second_said else len(colours),
            scene.side + 1,
            int(small),
            *painted,
            scene.relation,
            scene.prop if said else len(phrases.PROPS),
        )
