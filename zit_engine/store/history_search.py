"""What a person typed into the search box as a condition on rows.

Comes in: an owner key, the typed text, a mark. Goes out: SQL and its values. It runs nothing.
"""

from typing import Any

from zit_engine.store.history_rows import folded

# A whole prompt pasted in is looked for as it is: a hundred words would be a hundred looks at
# every row.
_MOST_WORDS = 10


def condition(key: str, search: str, favourites: bool) -> tuple[str, tuple[Any, ...]]:
    """Rows of the owner that hold every word of `search`, in any order.

    `instr`, not LIKE: % and _ are what people type (50%), and LIKE folds the case of ASCII only.
    """
    typed = folded(search)
    words = typed.split()
    if len(words) > _MOST_WORDS:
        words = [" ".join(words)]
    parts = ["owner_key = ?", "trashed_at IS NULL"]
    if favourites:
        parts.append("favourite")
    parts += ["instr(words, ?)"] * len(words)
    # Lone surrogates cannot be asked for; in the rows they are question marks as well.
    sought = [word.encode("utf-8", "replace").decode("utf-8") for word in words]
    return " AND ".join(parts), (key, *sought)
