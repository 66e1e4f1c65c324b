"""What one press of the button asks for (AdRequest) and what one picture came to (AdResult).

Comes in: fields typed by a person or read from a file. Goes out: frozen data. It knows nothing of
models, queues or pages.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zit_engine.request.lettering import CORNERS

MAX_COUNT = 4
# diffusers takes any 64-bit seed; 2**32 - 1 stays exact in JSON, SQLite and a person's notebook.
MAX_SEED = 2**32 - 1
MAX_WEIGHT = 1.5
# Measured (`bench variety`): at 0.5 pictures differ most and still show what was asked for.
MAX_VARIETY = 0.5
PHOTO_MODES = ("mood", "background")
PHOTO_STRENGTHS = ("little", "some", "much")


@dataclass(frozen=True, slots=True)
class AdRequest:
    """One press. `seed` None: one is chosen. `adapter_weight` None: the style's own weight.
    `variation_seed`: mixes a little of that seed's noise in, for nearly the same picture.
    `variety`: how far what is read of the prompt is shaken, 0.1 subtle to 0.5 strong, so that
    pictures of one prompt differ more; `variation_seed` then is the seed of the shaking, None: one
    is chosen. `label`: a corner for the visible AI mark, or NO_LABEL. `photo`: the id of an upload
    to paint from, "" for none; `photo_mode`: its mood kept and painted anew, or its product kept
    and the background painted; `photo_strength`: how much changes in "mood"; `photo_mask`: the id
    of an uploaded mask that is white where the product is, "" where it is found otherwise."""

    prompt: str
    style: str = "realistic"
    channel: str = "instagram-square"
    count: int = 1
    seed: int | None = None
    adapter_weight: float | None = None
    variation_seed: int | None = None
    variety: float | None = None
    label: str = CORNERS[0]
    photo: str = ""
    photo_mode: str = PHOTO_MODES[0]
    photo_strength: str = PHOTO_STRENGTHS[1]
    photo_mask: str = ""

    def as_fields(self) -> dict[str, Any]:
        """Plain fields for JSON, in declaration order."""
        return dataclasses.asdict(self)


@dataclass(frozen=True, slots=True)
class AdResult:
    """One delivered picture. `request` has count 1 and the picture's own seed: asking for it
    again gives the same pixels. `created_at` is seconds since 1970 (UTC). `note` is the id of a
    sentence the owner should read beside the picture, filled with `note_values`; "" for none.
    `lettering`: the fields of what was set over the picture, {} for nothing. `favourite`: marked
    by its owner."""

    job_id: str
    name: str
    request: AdRequest
    model: str
    width: int
    height: int
    format: str
    size_bytes: int
    seconds: float
    created_at: float
    note: str = ""
    note_values: Mapping[str, object] = field(default_factory=dict)
    lettering: Mapping[str, object] = field(default_factory=dict)
    favourite: bool = False
