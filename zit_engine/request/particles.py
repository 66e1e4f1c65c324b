"""Korean particles by the sound a word ends in.

Comes in: a word and a pair of particles as data, the one after a consonant first. Goes out: the
word with the right one. Foreign words are guessed from their letters, as they are read aloud.
"""

import re

_FIRST_SYLLABLE, _LAST_SYLLABLE, _FINALS = 0xAC00, 0xD7A3, 28
# Digits as read in Korean: yeong, il, sam, yuk, chil, pal end in a consonant.
_DIGITS_WITH_FINAL = frozenset("013678")
# Letters named one by one: el, em, en, ar.
_CAPITALS_WITH_FINAL = frozenset("LMNR")
# English words read in Korean: salon, album, gel end in a consonant; cake and set gain a vowel.
_SMALL_WITH_FINAL = re.compile(r"(?:[lmn]|ng|[aeiou][ckp]|ck)$")
_SOUNDED = re.compile("[0-9A-Za-z\uac00-\ud7a3]")
_LATIN_TAIL = re.compile(r"[A-Za-z]+$")


def ends_in_consonant(word: str) -> bool:
    """True when the last sound of `word` is a consonant; False for words without any sound."""
    sounded = _SOUNDED.findall(word)
    if not sounded:
        return False
    last = sounded[-1]
    if _FIRST_SYLLABLE <= ord(last) <= _LAST_SYLLABLE:
        return (ord(last) - _FIRST_SYLLABLE) % _FINALS != 0
    if last.isdigit():
        return last in _DIGITS_WITH_FINAL
    tail = _LATIN_TAIL.search(word.rstrip(" .,!?)]}\"'"))
    spelt = tail.group() if tail else last
    if spelt.isupper():
        return last in _CAPITALS_WITH_FINAL
    return _SMALL_WITH_FINAL.search(spelt.lower()) is not None


class Word(str):
    """Text that takes its particle in a template: "{menu:A/B}" adds A after a consonant."""

    def __format__(self, spec: str) -> str:
        if "/" not in spec:
            return super().__format__(spec)
        after_consonant, after_vowel = spec.split("/")
        return self + (after_consonant if ends_in_consonant(self) else after_vowel)
