"""The words and marks set over a picture, as a person asked for them.

Comes in: fields typed by a person or read from the history. Goes out: a frozen Lettering. It knows
templates and fonts only as ids, and nothing of pixels.
"""

import dataclasses
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from zit_engine.errors import InvalidRequest
from zit_engine.request.characters import FORBIDDEN, is_visible, shown

# Where the AI mark may stand; NO_LABEL leaves it out (the mark inside the file always stays).
CORNERS = ("bottom-right", "bottom-left", "top-right", "top-left")
NO_LABEL = "none"
# A headline is read in passing; what is longer than these is no longer an advert but a leaflet.
LIMITS = {"headline": 40, "subline": 60, "price": 20, "contact": 60, "qr": 300}
MAX_HEADLINE_LINES = 3
# A decomposed Hangul syllable is three letters: longer texts cannot shrink below their limit.
_COMPOSE_FACTOR = 4
_COLOUR = re.compile(r"#[0-9a-f]{6}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Lettering:
    """Everything but the picture. Texts may be empty. `template` and `font`: ids of layouts.toml
    and fonts.toml, "" for the first template and its own font. `colour`, `accent`: #rrggbb, "" to
    be chosen from the picture. `logo`: whether the shop's logo is set. `qr`: what a QR code says,
    "" for none. `label`: a corner for the visible AI mark, or NO_LABEL."""

    headline: str = ""
    subline: str = ""
    price: str = ""
    contact: str = ""
    template: str = ""
    font: str = ""
    colour: str = ""
    accent: str = ""
    logo: bool = False
    qr: str = ""
    label: str = CORNERS[0]

    def as_fields(self) -> dict[str, Any]:
        """Plain fields for JSON, in declaration order."""
        return dataclasses.asdict(self)

    @property
    def has_words(self) -> bool:
        """True when anything but the AI mark is to be set."""
        return bool(
            self.headline or self.subline or self.price or self.contact or self.logo or self.qr
        )


def checked_lettering(
    fields: Mapping[str, object], *, templates: Collection[str], fonts: Collection[str]
) -> Lettering:
    """The lettering `fields` ask for; others are left out and missing ones keep their default.

    Raises InvalidRequest naming the field: too long, letters that reorder or break lines, an
    unknown template, font or corner, a colour that is not #rrggbb.
    """
    if not isinstance(fields, Mapping):
        raise InvalidRequest("request", "error.request")
    readers: dict[str, Callable[[object], Any]] = {
        "headline": _headline,
        "subline": lambda value: _line(value, "subline"),
        "price": lambda value: _line(value, "price"),
        "contact": lambda value: _line(value, "contact"),
        "template": lambda value: _known(value, "template", templates),
        "font": lambda value: _known(value, "font", fonts),
        "colour": lambda value: _colour(value, "colour"),
        "accent": lambda value: _colour(value, "accent"),
        "logo": _switch,
        "qr": lambda value: _line(value, "qr"),
        "label": _label,
    }
    defaults = Lettering().as_fields()
    return Lettering(
        **{name: read(fields.get(name, defaults[name])) for name, read in readers.items()}
    )


def _headline(value: object) -> str:
    """Line breaks are the person's own; empty lines are not."""
    typed = _text(value, "headline").splitlines()
    lines = [" ".join(line.split()) for line in typed if line.strip()]
    if len(lines) > MAX_HEADLINE_LINES:
        raise InvalidRequest(
            "headline", "type.headline_lines", lines=len(lines), limit=MAX_HEADLINE_LINES
        )
    return _short("\n".join(lines), "headline")


def _line(value: object, field: str) -> str:
    return _short(" ".join(_text(value, field).split()), field)


def _text(value: object, field: str) -> str:
    """NFC; "" where nothing would be seen."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidRequest(field, "type.not_text")
    if len(value) > LIMITS[field] * _COMPOSE_FACTOR:
        raise _too_long(field, len(value))
    forbidden = FORBIDDEN.search(value)
    if forbidden:
        code = f"U+{ord(forbidden.group()):04X}"
        raise InvalidRequest(field, "error.prompt_characters", code=code)
    text = unicodedata.normalize("NFC", value)
    return text if any(is_visible(letter) for letter in text) else ""


def _short(text: str, field: str) -> str:
    if len(text) > LIMITS[field]:
        raise _too_long(field, len(text))
    return text


def _too_long(field: str, chars: int) -> InvalidRequest:
    message_id = {
        "headline": "type.headline_long",
        "subline": "type.subline_long",
        "price": "type.price_long",
        "contact": "type.contact_long",
        "qr": "type.qr_long",
    }[field]
    return InvalidRequest(field, message_id, chars=chars, limit=LIMITS[field])


def _known(value: object, field: str, known: Collection[str]) -> str:
    if value is None or value == "":
        return ""
    if not isinstance(value, str) or value not in known:
        message_id = "type.template_unknown" if field == "template" else "type.font_unknown"
        raise InvalidRequest(field, message_id, given=shown(value), known=", ".join(known))
    return value


def _colour(value: object, field: str) -> str:
    text = "" if value is None else value
    if not isinstance(text, str):
        raise InvalidRequest(field, "type.colour", given=shown(value))
    text = text.strip().lower()
    if text and not _COLOUR.fullmatch(text):
        raise InvalidRequest(field, "type.colour", given=shown(value))
    return text


def _switch(value: object) -> bool:
    if value is not None and not isinstance(value, bool):
        raise InvalidRequest("logo", "type.logo_switch", given=shown(value))
    return bool(value)


def _label(value: object) -> str:
    if value in (None, ""):
        return CORNERS[0]
    if not isinstance(value, str) or value not in (*CORNERS, NO_LABEL):
        known = ", ".join((*CORNERS, NO_LABEL))
        raise InvalidRequest("label", "type.label_unknown", given=shown(value), known=known)
    return value
