"""The words and marks set over a picture, as a person asked for them.

Comes in: fields typed by a person or read from the history. Goes out: a frozen Lettering. It knows
templates and fonts only as ids, and nothing of pixels.
"""

import dataclasses
from dataclasses import dataclass
from typing import Any

# Where the AI mark may stand; NO_LABEL leaves it out (the mark inside the file always stays).
CORNERS = ("bottom-right", "bottom-left", "top-right", "top-left")
NO_LABEL = "none"


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
