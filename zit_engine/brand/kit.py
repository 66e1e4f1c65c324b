"""A shop's own look: its name, telephone, two colours and logo.

Comes in: fields typed by a person. Goes out: a frozen BrandKit. It knows nothing of disks or pages.
"""

import dataclasses
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class BrandKit:
    """`colour` and `accent`: #rrggbb or "". `contact`: telephone and hours, as they are to be set.
    `link`: what a QR code says. The logo is a file of its own beside it."""

    name: str = ""
    contact: str = ""
    colour: str = ""
    accent: str = ""
    link: str = ""
    label: str = ""

    def as_fields(self) -> dict[str, Any]:
        """Plain fields for JSON, in declaration order."""
        return dataclasses.asdict(self)
