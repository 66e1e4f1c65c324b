"""What the gallery's search bar holds.

Comes in: whatever a browser sends. Goes out: a frozen Find with nothing odd in it.
"""

from dataclasses import dataclass
from typing import Any

# One page of tiles: two screens on a desktop, eight on a phone.
PAGE = 24
_MOST_SHOWN = 10_000
_MOST_CHARS = 200
# Hangul letters that are no syllable yet: while one is typed, the words before it are searched.
_LETTERS = ("\u3131", "\u318e")


@dataclass(frozen=True, slots=True)
class Find:
    """`shown`: how many tiles there are at most."""

    search: str = ""
    favourites: bool = False
    shown: int = PAGE

    @property
    def is_narrow(self) -> bool:
        """True when some pictures may be hidden."""
        return bool(self.search or self.favourites)


def read_find(value: Any) -> Find:
    """The Find of a page's value; what cannot be understood counts as not asked for."""
    given = value if isinstance(value, dict) else {}
    search, shown = given.get("search"), given.get("shown")
    return Find(
        search=_typed(search) if isinstance(search, str) else "",
        favourites=given.get("favourites") is True,
        shown=min(max(shown, PAGE), _MOST_SHOWN) if isinstance(shown, int) else PAGE,
    )


def _typed(search: str) -> str:
    """Without the letter a person is just typing: «라ㄸ» on the way to «라떼» finds «라»."""
    text = search[:_MOST_CHARS].strip()
    is_unfinished = bool(text) and _LETTERS[0] <= text[-1] <= _LETTERS[1]
    if is_unfinished and not (len(text) > 1 and _LETTERS[0] <= text[-2] <= _LETTERS[1]):
        text = text[:-1].strip()
    return text
