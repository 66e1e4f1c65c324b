"""What a finished file is to be, and what came of it.

Comes in: raw fields of a form. Goes out: frozen data, or InvalidRequest. It reads no picture and
no disk.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from zit_engine.deliver import Notes
from zit_engine.errors import InvalidRequest, ZitError
from zit_engine.finish.crop import Framing
from zit_engine.request.ad_request import AdResult
from zit_engine.request.channels import Channel
from zit_engine.request.lettering import Lettering


@dataclass(frozen=True, slots=True)
class Wish:
    """What one file is to be: where it goes, what stands on it, what part of the picture."""

    channel: Channel
    lettering: Lettering
    framing: Framing


@dataclass(frozen=True, slots=True)
class Kept:
    """One finished file in the history, and what people must be told of it: notes of the place and
    kinds of marks that found no room."""

    result: AdResult
    notes: Notes
    dropped: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Made:
    """One export: the files made, the places refused with the reason, and the ZIP of the files;
    None where none was made or the disk refused the ZIP."""

    kept: tuple[Kept, ...]
    refused: tuple[tuple[Channel, ZitError], ...]
    archive: tuple[str, Path] | None

    @property
    def results(self) -> tuple[AdResult, ...]:
        return tuple(each.result for each in self.kept)


def scaled(channel: Channel, scale: float) -> Channel:
    """`channel` with every length in pixels times `scale`, at least one pixel a side."""
    top, right, bottom, left = channel.safe
    return dataclasses.replace(
        channel,
        width=max(1, round(channel.width * scale)),
        height=max(1, round(channel.height * scale)),
        safe=(round(top * scale), round(right * scale), round(bottom * scale), round(left * scale)),
    )


def checked_framing(value: object) -> Framing:
    """{x, y, extend}, or nothing for what is found by itself. Raises InvalidRequest."""
    if value is None or isinstance(value, Framing):
        return value or Framing()
    if not isinstance(value, Mapping):
        raise InvalidRequest("framing", "error.request")
    numbers = {}
    for side in ("x", "y"):
        given = value.get(side)
        is_number = isinstance(given, int | float) and not isinstance(given, bool)
        if given is not None and not (is_number and 0.0 <= given <= 1.0):
            raise InvalidRequest("framing", "error.request")
        numbers[side] = None if given is None else float(given)
    extend = value.get("extend")
    if extend is not None and not isinstance(extend, bool):
        raise InvalidRequest("framing", "error.request")
    return Framing(numbers["x"], numbers["y"], extend)


def remembered_fields(wish: Wish) -> dict[str, object]:
    """What a row remembers: every field of the lettering, and the framing."""
    return {**wish.lettering.as_fields(), "framing": dataclasses.asdict(wish.framing)}
