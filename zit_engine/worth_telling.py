"""The one note kept beside a picture.

Comes in: what painting and delivering told. Goes out: a message id with its values.
"""

from collections.abc import Mapping
from typing import Any

from zit_engine.deliver import Delivered

# The rest of what delivering tells stands on the place's card before anybody presses.
_TOLD = (
    "export.lighter",
    "export.label_left_out",
    "export.extended",
    "export.extended_only",
)


def worth_telling(
    info: Mapping[Any, Any], delivered: Delivered
) -> tuple[str, Mapping[str, object]]:
    """How it was painted before how it was fitted; ("", {}) for a picture as usual."""
    if "note" in info:
        return str(info["note"]), dict(info.get("note_values", {}))
    return next((note for note in delivered.notes if note[0] in _TOLD), ("", {}))
