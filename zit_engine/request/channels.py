"""Places of use: what each one wants delivered, and how large to paint for it.

Comes in: channels.toml beside this file. Goes out: frozen Channel and Group data, a render size.
It knows nothing of pictures or models; the model's limits are handed in as numbers.
"""

import functools
import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from zit_engine.errors import UnknownChannel

# What a place may refuse: type (the AI mark is type too), a logo, a picture nobody photographed.
TEXT, LOGO, VIRTUAL = "text", "logo", "virtual"

_TABLE = Path(__file__).with_name("channels.toml")
_UNPROVEN = "unverified"
# A crop of 1 % is invisible; more cuts into what the model composed.
RATIO_TOLERANCE = 0.01
# Pictures this much smaller or larger than the model's best area still look right.
_AREA_SPREAD = (0.7, 1.4)
# Within this spread a size that needs no scaling at all beats one nearer to the best area.
_EXACT_SPREAD = (0.85, 1.15)


@dataclass(frozen=True, slots=True)
class Group:
    """A heading over channels."""

    id: str
    ko: str
    en: str

    def title(self, lang: str) -> str:
        return self.ko if lang == "ko" else self.en


@dataclass(frozen=True, slots=True)
class Channel:
    """One place of use. width, height, safe (top, right, bottom, left) and subject_px (the widest
    the thing shown may be) in delivered pixels; limit_kb in units of 1000 bytes, None: no limit.

    `refuses` holds what the place sends back (TEXT, LOGO, VIRTUAL), rule_ko and rule_en say it to
    people, empty where nothing is to be said. `checked`: the day the sources were looked for, as
    YYYY-MM-DD. `dpi`: pixels an inch of a printed one."""

    id: str
    ko: str
    en: str
    group: str
    width: int
    height: int
    format: Literal["png", "jpg"]
    limit_kb: int | None
    safe: tuple[int, int, int, int]
    source: str
    checked: str
    common: bool = False
    refuses: frozenset[str] = frozenset()
    rule_ko: str = ""
    rule_en: str = ""
    rule_source: str = ""
    dpi: int | None = None
    subject_px: int | None = None

    @property
    def is_verified(self) -> bool:
        """False where no source proves the pixels."""
        return not self.source.startswith(_UNPROVEN)

    @property
    def is_rule_verified(self) -> bool:
        """False where no source proves the rule; True where there is none."""
        return not self.rule_source.startswith(_UNPROVEN)

    def rule(self, lang: str) -> str:
        """What to know before uploading; empty: nothing."""
        return self.rule_ko if lang == "ko" else self.rule_en

    def title(self, lang: str) -> str:
        return self.ko if lang == "ko" else self.en


@functools.cache
def _table() -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads(_TABLE.read_text(encoding="utf-8"))


@functools.cache
def load_groups() -> Mapping[str, Group]:
    """Groups by id, in file order."""
    return MappingProxyType({row["id"]: Group(**row) for row in _table()["group"]})


@functools.cache
def load_channels() -> Mapping[str, Channel]:
    """Channels by id, in file order."""
    return MappingProxyType({row["id"]: _channel(row) for row in _table()["channel"]})


def _channel(row: dict[str, Any]) -> Channel:
    return Channel(
        **{
            **row,
            "limit_kb": row.get("limit_kb"),
            "safe": tuple(row.get("safe", (0, 0, 0, 0))),
            "refuses": frozenset(row.get("refuses", ())),
            "checked": row["checked"].isoformat(),
        }
    )


def find_channel(channel_id: str) -> Channel:
    """The channel of that id. Raises UnknownChannel, which names the known ones."""
    channels = load_channels()
    if channel_id not in channels:
        raise UnknownChannel(channel=channel_id, known=", ".join(channels))
    return channels[channel_id]


def render_size(
    channel: Channel, render_area: int, max_aspect: float, multiple: int = 16
) -> tuple[int, int]:
    """(width, height) in pixels to paint for `channel`, both multiples of `multiple`.

    The delivered size itself where the model can paint it. Else the area nearest to `render_area`
    whose ratio is within 1 % of the channel's; where no such size exists, the nearest ratio. A
    channel more extreme than `max_aspect` (long side over short side) is painted at `max_aspect`
    and cropped later. 16 is what Z-Image takes. Raises ValueError for max_aspect < 1.
    """
    if max_aspect < 1:
        raise ValueError(f"max_aspect must be at least 1, not {max_aspect}")
    if _is_paintable(channel, render_area, max_aspect, multiple):
        return channel.width, channel.height
    ratio = min(max(channel.width / channel.height, 1 / max_aspect), max_aspect)
    sizes = list(_sizes(ratio, render_area, max_aspect, multiple))
    close = [size for size in sizes if _ratio_error(size, ratio) <= RATIO_TOLERANCE]
    if close:
        return min(
            close, key=lambda size: (_area_error(size, render_area), _ratio_error(size, ratio))
        )
    return min(sizes, key=lambda size: (_ratio_error(size, ratio), _area_error(size, render_area)))


def _is_paintable(channel: Channel, area: int, max_aspect: float, multiple: int) -> bool:
    width, height = channel.width, channel.height
    low, high = _EXACT_SPREAD
    return (
        width % multiple == 0
        and height % multiple == 0
        and max(width, height) <= max_aspect * min(width, height)
        and low * area <= width * height <= high * area
    )


def _sizes(ratio: float, area: int, max_aspect: float, multiple: int) -> Iterator[tuple[int, int]]:
    """Sizes around `area` and `ratio`; each height with the two widths nearest to the ratio."""
    low, high = _AREA_SPREAD
    first = max(1, math.floor(math.sqrt(low * area / ratio) / multiple))
    last = max(1, math.ceil(math.sqrt(high * area / ratio) / multiple))
    for rows in range(first, last + 1):
        nearest = math.floor(rows * ratio)
        for columns in {max(1, nearest), nearest + 1}:
            size = columns * multiple, rows * multiple
            fits_area = low * area <= size[0] * size[1] <= high * area
            if fits_area and max(size) <= max_aspect * min(size):
                yield size
    side = max(1, round(math.sqrt(area) / multiple)) * multiple
    # The square always fits the aspect: something is found even for tiny areas.
    yield side, side


def _ratio_error(size: tuple[int, int], ratio: float) -> float:
    return abs(size[0] / size[1] / ratio - 1)


def _area_error(size: tuple[int, int], area: int) -> int:
    return abs(size[0] * size[1] - area)
