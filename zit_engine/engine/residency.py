"""Where the parts of the model live, and what to try next when that does not fit.

Comes in: sizes of the parts, memory of the card and of the host. Goes out: the ladder of
arrangements, each with what it needs and why it is taken or passed over. A decision only: nothing
is loaded or moved here, and torch is not imported.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from zit_engine.engine.base import LONGEST_SIDE

GB = 10**9
GIB = 2**30
_FULL_SIZE = "z-image-turbo"


class Residency(StrEnum):
    """From the fastest to the smallest. Each but FULL decodes in tiles."""

    FULL = "full"  # everything on the device, whole decodes
    TILED = "tiled"  # everything on the device
    ENCODER_RESTS = "encoder_rests"  # the text encoder waits in host memory
    OFFLOAD = "offload"  # one part at a time on the device (enable_model_cpu_offload)
    FP8 = "fp8"  # as ENCODER_RESTS, the transformer stored in 8 bits


# The transformer is on the device as it was loaded.
WHOLE = (Residency.FULL, Residency.TILED, Residency.ENCODER_RESTS)


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes of each part in the type it runs in."""

    transformer: int
    text_encoder: int
    vae: int

    @property
    def total(self) -> int:
        return self.transformer + self.text_encoder + self.vae


@dataclass(frozen=True, slots=True)
class Memory:
    """Free bytes before loading. `device` is None where the device has no memory of its own."""

    device: int | None
    host: int


@dataclass(frozen=True, slots=True)
class Rung:
    """One arrangement with its needs in bytes. `reason_id` says why it is not taken ("" if it
    is open)."""

    residency: Residency
    device_bytes: int
    host_bytes: int
    reason_id: str = ""
    reason_values: Mapping[str, object] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        return not self.reason_id


@dataclass(frozen=True, slots=True)
class _Work:
    """Bytes needed beside the weights."""

    whole_decode: int
    tiled_decode: int
    styles: int


# Measured at 1024², bf16, on an H100: beside 20.52 GB of weights a whole decode reserves 3.1 GB,
# a tiled one 0.9 GB; a rank-32 style is 0.159 GB and six are expected.
_FULL_WORK = _Work(round(3.1 * GB), round(0.9 * GB), round(0.95 * GB))
# Generous for 512 px pictures; the miniature's six styles are 20 MB.
_SMALL_WORK = _Work(round(0.3 * GB), round(0.2 * GB), round(0.05 * GB))
_CONTEXT = round(0.65 * GB)  # CUDA's own, measured in the same run
# The encoder passes through the card layer by layer: Qwen3-4B's embedding is 778 MB, a layer 202.
_PASSING = 0.125
# Pinned memory comes in powers of two, so arenas of it are never quite full.
_PINNED = 1.15
# diffusers' offload measured on a model of this kind held 35.5 GB for 20.5 GB of weights.
_OFFLOAD_HOST = 1.7
_HOST_RESERVE = GB
# Linear weights, nearly all of the transformer, take one byte instead of two.
_FP8_SHARE = 0.52


def ladder(sizes: Sizes, memory: Memory, base: str, fp8_allowed: bool) -> tuple[Rung, ...]:
    """Every arrangement in the order it is tried; only the first two where the device has no
    memory of its own, because there is nowhere to move things to."""
    if memory.device is None:
        return tuple(_in_host_memory(each, sizes, memory) for each in list(Residency)[:2])
    work = _FULL_WORK if base == _FULL_SIZE else _SMALL_WORK
    return tuple(_judge(each, sizes, work, memory, fp8_allowed) for each in Residency)


def decode_bytes(width: int, height: int, base: str) -> int:
    """What decoding a whole picture takes beside the weights. Measured at full size: 2.6 GB at
    1024² and 5.8 GB at 1536², so it grows with the pixels."""
    at_one_megapixel = 2.6 * GB if base == _FULL_SIZE else 0.6 * GB
    return round(at_one_megapixel * width * height / 2**20)


def decode_room(sizes: Sizes, memory: Memory, base: str) -> int | None:
    """Bytes a decode may take beside weights, styles and CUDA's own; None: no card to fill.

    Judged once, at loading, so that the same shot gives the same pixels all day.
    """
    if memory.device is None:
        return None
    work = _FULL_WORK if base == _FULL_SIZE else _SMALL_WORK
    return memory.device - sizes.total - _CONTEXT - work.styles


def merge_room(room: int, base: str) -> int:
    """Bytes that weights with a style merged into them may take, where decoding has `room`: what
    the largest picture leaves, and a usual one tried beside it."""
    return max(0, room - trial_room(LONGEST_SIDE // 2, base))


def trial_room(side: int, base: str) -> int:
    """Bytes for decoding a square of `side` pixels while the largest picture is decoded."""
    largest = decode_bytes(LONGEST_SIDE, LONGEST_SIDE, base)
    return largest + decode_bytes(side, side, base)


def _in_host_memory(residency: Residency, sizes: Sizes, memory: Memory) -> Rung:
    rung = Rung(residency, 0, sizes.total + _HOST_RESERVE)
    if rung.host_bytes <= memory.host:
        return rung
    return _closed(rung, "residency.host_small", _figures(rung.host_bytes, memory.host))


def _judge(
    residency: Residency, sizes: Sizes, work: _Work, memory: Memory, fp8_allowed: bool
) -> Rung:
    device, host = _needs(residency, sizes, work)
    rung = Rung(residency, device, host)
    if residency is Residency.FP8 and not fp8_allowed:
        return _closed(rung, "residency.eight_bits_off", {})
    if memory.device is not None and device > memory.device:
        return _closed(rung, "residency.device_small", _figures(device, memory.device))
    if host > memory.host:
        return _closed(rung, "residency.host_small", _figures(host, memory.host))
    return rung


def _closed(rung: Rung, reason_id: str, values: Mapping[str, object]) -> Rung:
    return Rung(rung.residency, rung.device_bytes, rung.host_bytes, reason_id, values)


def _needs(residency: Residency, sizes: Sizes, work: _Work) -> tuple[int, int]:
    """(device bytes, host bytes)."""
    beside = _CONTEXT + work.styles
    tiled = beside + work.tiled_decode
    passing = round(_PASSING * sizes.text_encoder)
    resting_host = round(_PINNED * sizes.text_encoder) + _HOST_RESERVE
    if residency is Residency.FULL:
        return sizes.total + beside + work.whole_decode, _HOST_RESERVE
    if residency is Residency.TILED:
        return sizes.total + tiled, _HOST_RESERVE
    if residency is Residency.ENCODER_RESTS:
        return sizes.transformer + sizes.vae + passing + tiled, resting_host
    if residency is Residency.OFFLOAD:
        largest = max(sizes.transformer, sizes.text_encoder, sizes.vae)
        return largest + tiled, round(_OFFLOAD_HOST * sizes.total)
    return round(_FP8_SHARE * sizes.transformer) + sizes.vae + passing + tiled, resting_host


def _figures(needed: int, free: int) -> dict[str, object]:
    return {"needed": f"{needed / GIB:.1f}", "free": f"{free / GIB:.1f}"}
