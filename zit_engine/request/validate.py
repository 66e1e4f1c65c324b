"""Raw fields from a page, an API or a command line become an AdRequest, or say what is wrong.

Comes in: any JSON-able mapping. Goes out: AdRequest, or InvalidRequest and nothing else. It knows
styles and channels only as the ids it is handed.
"""

import math
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from typing import Any

from zit_engine.errors import InvalidRequest, UnknownChannel, UnknownStyle
from zit_engine.request.ad_request import (
    MAX_COUNT,
    MAX_SEED,
    MAX_VARIETY,
    MAX_WEIGHT,
    PHOTO_MODES,
    PHOTO_STRENGTHS,
    AdRequest,
)
from zit_engine.request.characters import FORBIDDEN, is_visible, shown
from zit_engine.request.lettering import CORNERS, NO_LABEL
from zit_engine.request.policy import Policy

# A decomposed Hangul syllable is three letters; anything longer cannot shrink below the limit by
# composing, so it is refused before ten megabytes are walked.
_COMPOSE_FACTOR = 4
_WHOLE_NUMBER = re.compile(r"\s*([0-9]{1,12})(?:\.0+)?\s*", re.ASCII)
_UPLOAD_ID = re.compile("upload-[0-9a-f]{32}", re.ASCII)
_DECIMAL = re.compile(r"\s*[0-9]{0,12}\.?[0-9]{0,30}\s*", re.ASCII)


def problems(
    fields: Mapping[str, object],
    *,
    styles: Collection[str],
    channels: Collection[str],
    max_prompt_chars: int,
    max_count: int = MAX_COUNT,
    policy: Policy | None = None,
) -> list[InvalidRequest]:
    """Everything wrong with `fields`, in the order of AdRequest; empty when nothing is."""
    return _read(fields, styles, channels, max_prompt_chars, max_count, policy)[1]


def checked(
    fields: Mapping[str, object],
    *,
    styles: Collection[str],
    channels: Collection[str],
    max_prompt_chars: int,
    max_count: int = MAX_COUNT,
    policy: Policy | None = None,
) -> AdRequest:
    """The request `fields` ask for; others are left out. Raises the first problem. `policy`: what
    prompts may not say."""
    values, found = _read(fields, styles, channels, max_prompt_chars, max_count, policy)
    if found:
        raise found[0]
    return AdRequest(**values)


def _read(
    fields: Mapping[str, object],
    styles: Collection[str],
    channels: Collection[str],
    max_prompt_chars: int,
    max_count: int,
    policy: Policy | None,
) -> tuple[dict[str, Any], list[InvalidRequest]]:
    if not isinstance(fields, Mapping):
        return {}, [InvalidRequest("request", "error.request")]
    readers: dict[str, Callable[[object], Any]] = {
        "prompt": lambda value: _prompt(value, max_prompt_chars, policy),
        "style": lambda value: _style(value, styles),
        "channel": lambda value: _channel(value, channels),
        "count": lambda value: _count(value, max_count),
        "seed": lambda value: _seed(value, "seed"),
        "adapter_weight": _adapter_weight,
        "variation_seed": lambda value: _seed(value, "variation_seed"),
        "variety": _variety,
        "label": label_corner,
        "photo": lambda value: _upload(value, "photo"),
        "photo_mode": lambda value: _one_of(value, "photo_mode", PHOTO_MODES, PHOTO_MODES[0]),
        "photo_strength": lambda value: _one_of(
            value, "photo_strength", PHOTO_STRENGTHS, PHOTO_STRENGTHS[1]
        ),
        "photo_mask": lambda value: _upload(value, "photo_mask"),
    }
    defaults = AdRequest(prompt="").as_fields()
    values: dict[str, Any] = {}
    found: list[InvalidRequest] = []
    for name, reader in readers.items():
        try:
            values[name] = reader(fields.get(name, defaults[name]))
        except InvalidRequest as problem:
            found.append(problem)
    return values, found


def _prompt(value: object, limit: int, policy: Policy | None) -> str:
    if not isinstance(value, str):
        raise InvalidRequest("prompt", "error.prompt_type")
    text = value.strip()
    if len(text) > limit * _COMPOSE_FACTOR:
        raise InvalidRequest("prompt", "error.prompt_long", chars=len(text), limit=limit)
    forbidden = FORBIDDEN.search(text)
    if forbidden:
        code = f"U+{ord(forbidden.group()):04X}"
        raise InvalidRequest("prompt", "error.prompt_characters", code=code)
    text = " ".join(unicodedata.normalize("NFC", text).split())
    if not any(is_visible(letter) for letter in text):
        raise InvalidRequest("prompt", "error.prompt_empty")
    if len(text) > limit:
        raise InvalidRequest("prompt", "error.prompt_long", chars=len(text), limit=limit)
    if policy is not None:
        policy.check(text)
    return text


def _style(value: object, known: Collection[str]) -> str:
    if not isinstance(value, str) or value not in known:
        raise UnknownStyle(style=shown(value), known=", ".join(known))
    return value


def _channel(value: object, known: Collection[str]) -> str:
    if not isinstance(value, str) or value not in known:
        raise UnknownChannel(channel=shown(value), known=", ".join(known))
    return value


def _count(value: object, limit: int) -> int:
    count = _whole(value)
    if count is None or not 1 <= count <= limit:
        raise InvalidRequest("count", "error.count_range", limit=limit, count=shown(value))
    return count


def _seed(value: object, field: str) -> int | None:
    if _is_blank(value):
        return None
    seed = _whole(value)
    if seed is None or not 0 <= seed <= MAX_SEED:
        raise InvalidRequest(field, "error.seed_range", limit=MAX_SEED, seed=shown(value))
    return seed


def _adapter_weight(value: object) -> float | None:
    if _is_blank(value):
        return None
    weight = _decimal(value)
    if weight is None or not 0 <= weight <= MAX_WEIGHT:
        raise InvalidRequest(
            "adapter_weight", "error.weight_range", limit=MAX_WEIGHT, weight=shown(value)
        )
    return weight


def _variety(value: object) -> float | None:
    """None for no variety, 0 included: the request is then the plain one."""
    if _is_blank(value):
        return None
    variety = _decimal(value)
    if variety is None or not 0 <= variety <= MAX_VARIETY:
        limit = f"{MAX_VARIETY:g}"
        raise InvalidRequest("variety", "error.variety_range", limit=limit, variety=shown(value))
    return variety or None


def _upload(value: object, field: str) -> str:
    """The upload's id, "" for none; whether it is there and whose is asked later."""
    if _is_blank(value):
        return ""
    if not isinstance(value, str) or not _UPLOAD_ID.fullmatch(value):
        raise InvalidRequest(field, "photo.gone")
    return value


def _one_of(value: object, field: str, known: Collection[str], usual: str) -> str:
    if _is_blank(value):
        return usual
    if not isinstance(value, str) or value not in known:
        raise InvalidRequest(field, "photo.choice", given=shown(value), known=", ".join(known))
    return value


def label_corner(value: object) -> str:
    """A corner for the AI mark, or NO_LABEL. Raises InvalidRequest."""
    known = (*CORNERS, NO_LABEL)
    if not isinstance(value, str) or value not in known:
        raise InvalidRequest(
            "label", "error.label_unknown", label=shown(value), known=", ".join(known)
        )
    return value


def _is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _whole(value: object) -> int | None:
    """The whole number `value` stands for. Booleans are none, though Python counts with them;
    7.0 is one, because JavaScript cannot tell it from 7."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    match = _WHOLE_NUMBER.fullmatch(value) if isinstance(value, str) else None
    return int(match.group(1)) if match else None


def _decimal(value: object) -> float | None:
    """The finite number `value` stands for, else None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        is_number = _DECIMAL.fullmatch(value) and any(letter.isdigit() for letter in value)
        return float(value) if is_number else None
    if isinstance(value, int | float):
        # An int beyond 1e308 has no float; it is out of every range here anyway.
        return float(value) if abs(value) < 1e9 and math.isfinite(value) else None
    return None
