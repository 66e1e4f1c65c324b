"""Captions as people type them: many ways to say a scene, with words that say nothing.

In: scenes. Out: the same Caption as CaptionWriter gives, in looser words. Loose words and invented
ones stand anywhere between the rest, so that a text encoder learns that a word it does not know is
no object.
"""

from __future__ import annotations

import re

from zit_engine.pocket import phrases
from zit_engine.pocket.captions import Caption, CaptionWriter
from zit_engine.pocket.free_phrases import (
    BARE_COLOURS_KO,
    COUNTERS_KO,
    FREE_ADJECTIVES_KO,
    FREE_BACKDROPS,
    FREE_FRAMES,
    JOINED_EN,
    JOINED_KO,
    LOOSE,
    NUMBERS_EN,
    ONE_EN,
    ONE_KO,
)
from zit_engine.pocket.records import Scene
from zit_engine.pocket.remarks import REMARKS

PARTICLE = re.compile(r"(.)(을\(를\)|이\(가\)|과\(와\)|으로\(로\)|이랑\(랑\))")
HANGUL, RIEUL = 0xAC00, 8  # first syllable; number of the final consonant that takes 로
CONSONANTS, VOWELS = "bcdfghjklmnprstvwyz", "aeiou"
NO_PLURAL = ("s", "glasses", "chopsticks")
BOUND = "\u00a0"  # between the words of one name or colour, where no loose word may come


def with_particles(text: str) -> str:
    """을(를) and its kin as the syllable before them asks; after other letters the vowel's form."""

    def fitting(match: re.Match[str]) -> str:
        closed, open_form = match[2].removesuffix(")").split("(")
        final = (ord(match[1]) - HANGUL) % 28 if "가" <= match[1] <= "힣" else 0
        if closed == "으로" and final == RIEUL:
            final = 0
        return match[1] + (closed if final else open_form)

    return PARTICLE.sub(fitting, text)


def plural(name: str) -> str:
    """A name's plural by the common rules; names that look plural stay."""
    if name.endswith(NO_PLURAL):
        return name
    if name.endswith(("x", "ch", "sh", "z")):
        return name + "es"
    if name.endswith("y") and name[-2:-1] not in VOWELS:
        return name[:-1] + "ies"
    return name + "s"


class FreeWriter(CaptionWriter):
    """Writes looser captions from the same random stream as its SceneMaker."""

    def write(self, scene: Scene) -> Caption:
        """One caption; in a tenth of them the backdrop is left out."""
        rnd = self.random
        language = "ko" if rnd.random() < 0.5 else "en"
        subject = self._free_subject(scene, language)
        subject += phrases.SIDE[language][scene.side]
        small = scene.small and rnd.random() < 0.7
        if small:
            subject += phrases.ROOM[language]
        said, second_said = rnd.random() >= 0.1, False
        text = subject
        if said:
            backdrop, second_said = self._free_backdrop(scene, language)
            text = rnd.choice(FREE_FRAMES[language]).format(s=subject, b=backdrop)
        if rnd.random() < 0.35:
            text = rnd.choice(phrases.BEFORE[language]) + text
        if rnd.random() < 0.35:
            text += rnd.choice(phrases.AFTER[language])
        text = self._loosened(with_particles(text), language).replace(BOUND, " ")
        return Caption(text.strip(), self._labels(scene, said, second_said, small))

    def _free_backdrop(self, scene: Scene, language: str) -> tuple[str, bool]:
        rnd = self.random
        own = rnd.random() < 0.3
        words = phrases.BACKDROP_PHRASES if own else FREE_BACKDROPS
        phrase = rnd.choice(words[language][scene.backdrop])
        phrase = phrase.replace("{b}", "{c}") if own else phrase
        first = self._colour_word(scene.first_name, language, "{a} " in phrase)
        second = self._colour_word(scene.second_name, language, "{c} " in phrase)
        prop = rnd.choice(phrases.PROP_PHRASES[language][scene.prop]) if scene.prop else ""
        return phrase.format(a=first, c=second) + prop, "{c}" in phrase

    def _colour_word(self, name: str, language: str, has_noun: bool) -> str:
        """A colour's name; in Korean also bare (분홍), and before a noun as it stands there
        (빨간)."""
        if language == "en":
            return name.replace(" ", BOUND)
        adjectives = FREE_ADJECTIVES_KO.get(name)
        if adjectives and self.random.random() < 0.3:
            adjective = self.random.choice(adjectives)
            return adjective if has_noun and self.random.random() < 0.6 else adjective + "색"
        return self.random.choice((*phrases.COLOURS[name][0], *BARE_COLOURS_KO.get(name, ())))

    def _colour(self, scene: Scene, which: int, language: str) -> str:
        colour = scene.colours[which] if scene.colours else None
        if colour is None or language == "en":
            return super()._colour(scene, which, language)
        return self._colour_word(phrases.COLOUR_NAMES[colour], language, True) + " "

    def _free_subject(self, scene: Scene, language: str) -> str:
        rnd = self.random
        names = [
            self._counted(self._colour(scene, k, language), self.name(i, language), n, language)
            for k, (i, n) in enumerate(scene.contents)
        ]
        if scene.relation:
            return self._related(names, scene, language)
        if len(names) == 2:
            x, y = names
            return rnd.choice(JOINED_KO if language == "ko" else JOINED_EN).format(x=x, y=y)
        return ", ".join(names)

    def _counted(self, colour: str, name: str, count: int, language: str) -> str:
        rnd, named = self.random, (colour + name).replace(" ", BOUND)
        if language == "ko":
            return rnd.choice(COUNTERS_KO.get(count, ONE_KO)).format(x=named)
        phrase = rnd.choice(NUMBERS_EN.get(count, ONE_EN))
        phrase = phrase.format(x=named, p=(colour + plural(name)).replace(" ", BOUND))
        return re.sub(r"\ba (?=[aeiou])", "an ", phrase)

    def _loosened(self, text: str, language: str) -> str:
        """None to four loose words between others, a fifth of them invented; and none to three
        remarks around."""
        rnd = self.random
        words = text.split(" ")
        for _ in range(rnd.choice((0, 0, 0, 1, 1, 2, 3, 4))):
            word = rnd.choice(LOOSE[language]) if rnd.random() < 0.8 else self._invented(language)
            words.insert(rnd.randrange(len(words) + 1), word)
        text = " ".join(words)
        for _ in range(rnd.choice((0, 0, 0, 0, 1, 1, 2, 3))):
            remark, between = rnd.choice(REMARKS[language]), rnd.choice((", ", ", ", ". ", " "))
            text = between.join((remark, text) if rnd.random() < 0.4 else (text, remark))
        return text

    def _invented(self, language: str) -> str:
        rnd = self.random
        if language == "ko":
            return "".join(chr(HANGUL + rnd.randrange(11172)) for _ in range(rnd.choice((2, 3))))
        return "".join(
            rnd.choice(CONSONANTS) + rnd.choice(VOWELS) for _ in range(rnd.choice((2, 3)))
        )
