"""A shop's own look: its name, telephone, two colours and logo.

Comes in: fields typed by a person. Goes out: a frozen BrandKit. It knows nothing of disks or pages.
"""

import dataclasses
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zit_engine.errors import InvalidRequest
from zit_engine.request.characters import FORBIDDEN, is_visible
from zit_engine.request.lettering import checked_lettering

# The longest signs in the street have some twenty letters.
MAX_NAME_CHARS = 40
# A decomposed Hangul syllable is three letters: longer texts cannot shrink below their limit.
_COMPOSE_FACTOR = 4


@dataclass(frozen=True, slots=True)
class BrandKit:
    """`colour` and `accent`: #rrggbb or "". `contact`: telephone and hours, as they are to be set.
    `link`: what a QR code says. `label`: a corner for the AI mark, "none", or "" for no wish. The
    logo is a file of its own beside it."""

    name: str = ""
    contact: str = ""
    colour: str = ""
    accent: str = ""
    link: str = ""
    label: str = ""

    def as_fields(self) -> dict[str, Any]:
        """Plain fields for JSON, in declaration order."""
        return dataclasses.asdict(self)


def checked_kit(fields: Mapping[str, object]) -> BrandKit:
    """The kit of `fields`; others are left out and missing ones are empty.

    What ends up as lettering is checked as lettering is, so that nothing is remembered here that
    would be refused there. Raises InvalidRequest naming the field as in BrandKit.
    """
    if not isinstance(fields, Mapping):
        raise InvalidRequest("request", "error.request")
    asked = {name: fields.get(name) for name in ("contact", "colour", "accent", "label")}
    try:
        checked = checked_lettering({**asked, "qr": fields.get("link")}, templates=(), fonts=())
    except InvalidRequest as error:
        if error.field != "qr":
            raise
        raise InvalidRequest("link", error.message_id, **error.values) from error
    return BrandKit(
        name=_name(fields.get("name")),
        contact=checked.contact,
        colour=checked.colour,
        accent=checked.accent,
        link=checked.qr,
        label=checked.label if asked["label"] else "",
    )


def _name(value: object) -> str:
    """One line, NFC; "" where nothing would be seen."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidRequest("name", "type.not_text")
    if len(value) > MAX_NAME_CHARS * _COMPOSE_FACTOR:
        raise _too_long(len(value))
    forbidden = FORBIDDEN.search(value)
    if forbidden:
        code = f"U+{ord(forbidden.group()):04X}"
        raise InvalidRequest("name", "error.prompt_characters", code=code)
    name = " ".join(unicodedata.normalize("NFC", value).split())
    if len(name) > MAX_NAME_CHARS:
        raise _too_long(len(name))
    return name if any(is_visible(letter) for letter in name) else ""


def _too_long(chars: int) -> InvalidRequest:
    return InvalidRequest("name", "kit.name_long", chars=chars, limit=MAX_NAME_CHARS)
