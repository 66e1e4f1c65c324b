"""Text cut into signs: what a person takes for one letter or one picture.

Comes in: a text. Goes out: its signs in composed form (NFC), the sequences of emoji whole. It knows
nothing of fonts.
"""

import re
import unicodedata
from collections.abc import Iterator

_JOINER = "\u200d"
TEXT_STYLE, _EMOJI_STYLE = "\ufe0e", "\ufe0f"
_TONES = "\U0001f3fb-\U0001f3ff"
_TAGS = "\U000e0020-\U000e007f"
_FLAG_LETTERS = "\U0001f1e6-\U0001f1ff"
_KEYCAP = "\u20e3"
# Where Unicode's Extended_Pictographic lies, by whole ranges.
_PICTURE = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u27bf\u2900-\u297f\u2b00-\u2bff"
    "\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
_ELEMENT = f"[{_PICTURE}][{_EMOJI_STYLE}{_TONES}]*[{_TAGS}]*"
_SIGN = re.compile(
    f"[{_FLAG_LETTERS}]{{2}}|[0-9#*]{_EMOJI_STYLE}?{_KEYCAP}|{_ELEMENT}(?:{_JOINER}{_ELEMENT})*|.",
    re.DOTALL,
)
_ASKS_FOR_EMOJI = re.compile(
    f"[{_KEYCAP}]|[{_PICTURE}][{_JOINER}{_EMOJI_STYLE}{_TONES}{_TAGS}]|[{_FLAG_LETTERS}]{{2}}"
)
_DRESS = re.compile(f"[{_TONES}{_KEYCAP}]")
# Unicode's Default_Ignorable_Code_Point, tones left out: they steer what stands beside them.
_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff\u0000-\u0008\u000e-\u001b\u007f-\u0084\u0086-\u009f]"
)


def clusters(text: str) -> Iterator[str]:
    """The signs in order; joined, they are the text in composed form. Marks stay with the letter
    they stand on."""
    held = ""
    for match in _SIGN.finditer(unicodedata.normalize("NFC", text)):
        sign = match.group()
        if held and not held.isspace() and unicodedata.category(sign[0]).startswith("M"):
            held += sign
            continue
        if held:
            yield held
        held = sign
    if held:
        yield held


def visible(cluster: str) -> str:
    """The cluster without letters that only steer others; "" where nothing is to be seen."""
    return _IGNORABLE.sub("", cluster)


def bases(sequence: str) -> list[str]:
    """The pictures of a sequence without joiners, styles, tones and keycaps."""
    return list(_DRESS.sub("", visible(sequence)))


def asks_for_emoji(cluster: str) -> bool:
    """True for sequences that mean a picture even where a text letter of that code exists."""
    return bool(_ASKS_FOR_EMOJI.match(cluster[-1] if cluster[-1] == _KEYCAP else cluster))


def is_counted(cluster: str) -> bool:
    """True for letters, digits and pictures; False for punctuation, spaces and unseen letters."""
    seen = visible(cluster)
    return bool(seen) and unicodedata.category(seen[0])[0] not in "PZC"
