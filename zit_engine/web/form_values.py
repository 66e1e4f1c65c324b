"""The make form's values as a request's fields, and back.

Comes in: what the form's parts hold, or a request. Goes out: raw fields, or values for the parts.
"""

from typing import Any

from zit_engine.request.ad_request import AdRequest
from zit_engine.request.lettering import CORNERS
from zit_engine.web.markup import both
from zit_engine.web.present import status

# What the section «with a photo of my own» holds.
PHOTO_FIELDS = ("photo", "photo_mode", "photo_strength", "photo_mask")


def fields_of(
    prompt: object, style: object, channel: object, count: object, details: Any, photo: Any = None
) -> dict[str, object]:
    """Raw fields of a request, as the form's parts hold them; checked by the request, not here."""
    typed = details if isinstance(details, dict) else {}
    own = photo if isinstance(photo, dict) else {}
    return {
        "prompt": prompt,
        "style": style,
        "channel": channel,
        "count": count,
        "seed": typed.get("seed"),
        "adapter_weight": None
        if typed.get("adapter_weight") in ("", None)
        else typed["adapter_weight"],
        "variation_seed": typed.get("variation_seed"),
        "variety": typed.get("variety"),
        "label": typed.get("label", CORNERS[0]),
        # Left out where empty: the request has its own words for that.
        **{name: own[name] for name in PHOTO_FIELDS if own.get(name)},
    }


def form_of(request: AdRequest) -> tuple[Any, ...]:
    """(status, prompt, style, channel, count, details, photo) that ask for `request` again."""
    details = {
        "seed": "" if request.seed is None else str(request.seed),
        "adapter_weight": "" if request.adapter_weight is None else str(request.adapter_weight),
        "variety": "" if request.variety is None else f"{request.variety:g}",
        "label": request.label,
    }
    if request.variation_seed is not None:
        # Has no field of its own; typing in another one drops it with the rest of the old picture.
        details["variation_seed"] = str(request.variation_seed)
    return (
        status(both("make.restored"), "ok"),
        request.prompt,
        request.style,
        request.channel,
        str(request.count),
        details,
        {name: getattr(request, name) for name in PHOTO_FIELDS},
    )
