"""Letters as people type them: which are refused, which are blank, how any value is shown.

Comes in: text. Goes out: whether it may be used, or text safe inside a sentence. It knows no field.
"""

import re
import unicodedata

SHOWN_CHARS = 40
# Controls (but tab, line feed, carriage return), Arabic letter mark, bidirectional marks and
# overrides, lone surrogates and non-characters.
FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
    "\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane + low) for plane in range(0, 0x110000, 0x10000) for low in (0xFFFE, 0xFFFF))
    + "]"
)
# Letters to Unicode, but blank on every screen.
_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")


def is_visible(letter: str) -> bool:
    """False for spaces, joiners, marks without a letter and blank letters. Code points without a
    meaning yet count as visible: they are next year's emoji."""
    category = unicodedata.category(letter)
    is_unknown = category in ("Cn", "Co")
    return (is_unknown or category[0] not in "ZMC") and letter not in _BLANK_LETTERS


def shown(value: object) -> str:
    """`value` for a sentence: at most 40 characters, nothing that could reorder or break a line."""
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 128:
        # Python refuses to print integers of more than 4,300 digits.
        return f"{'-' if value < 0 else ''}2^{value.bit_length() - 1}…"
    if isinstance(value, str):
        text = value[: SHOWN_CHARS + 1]
    elif value is None or isinstance(value, bool | int | float):
        text = str(value)
    else:
        text = type(value).__name__
    text = "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in text)
    return text if len(text) <= SHOWN_CHARS else text[: SHOWN_CHARS - 1] + "…"
