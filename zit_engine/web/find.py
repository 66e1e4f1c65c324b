"""What the gallery's search bar holds.

Comes in: whatever a browser sends. Goes out: a frozen Find with nothing odd in it.
"""

from dataclasses import dataclass
from typing import Any

# One page of tiles: two screens on a desktop, eight on a phone.
PAGE = 24
_MOST_SHOWN = 10_000
_MOST_CHARS = 200
_MOST_TURNS = 2**31
# Hangul letters that are no syllable yet: while one is typed, the words before it are searched.
_LETTERS = ("\u3131", "\u318e")


@dataclass(frozen=True, slots=True)
class Find:
    """`shown`: how many tiles there are at most. `turn`: counts what was asked, so that the page
    tells an answer from one that was overtaken."""

    search: str = ""
    favourites: bool = False
    shown: int = PAGE
    turn: int = 0

    @property
    def is_narrow(self) -> bool:
        """True when some pictures may be hidden."""
        return bool(self.search or self.favourites)


def read_find(value: Any) -> Find:
    """The Find of a page's value; what cannot be understood counts as not asked for."""
    given = value if isinstance(value, dict) else {}
    search = given.get("search")
    return Find(
        search=_typed(search) if isinstance(search, str) else "",
        favourites=given.get("favourites") is True,
        shown=_count(given.get("shown"), PAGE, _MOST_SHOWN),
        turn=_count(given.get("turn"), 0, _MOST_TURNS),
    )


def _count(value: Any, least: int, most: int) -> int:
    return min(max(value, least), most) if isinstance(value, int) else least


def _typed(search: str) -> str:
    """Without the letter a person is just typing: «라ㄸ» on the way to «라떼» finds «라»."""
    text = search[:_MOST_CHARS].strip()
    is_unfinished = bool(text) and _LETTERS[0] <= text[-1] <= _LETTERS[1]
    if is_unfinished and not (len(text) > 1 and _LETTERS[0] <= text[-2] <= _LETTERS[1]):
        text = text[:-1].strip()
    return text
