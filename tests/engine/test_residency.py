"""The ladder of arrangements as a table: what is taken, what is passed over and why."""

import pytest

from zit_engine.engine.placement import FULL, FULL_SIZES
from zit_engine.engine.residency import (
    GIB,
    Memory,
    Residency,
    Sizes,
    decode_bytes,
    decode_room,
    ladder,
)
from zit_engine.messages import say

F, T, E, O, P = Residency  # noqa: E741 - the five in their order
POCKET = Sizes(88_000_000, 22_000_000, 15_000_000)


def open_rungs(device_gib, host_gib, base=FULL, sizes=FULL_SIZES, fp8=False):
    device = None if device_gib is None else round(device_gib * GIB)
    rungs = ladder(sizes, Memory(device, round(host_gib * GIB)), base, fp8)
    return [rung.residency for rung in rungs if rung.is_open]


@pytest.mark.parametrize(
    ("device_gib", "host_gib", "fp8", "wanted"),
    [
        (79.0, 100, False, [F, T, E, O]),  # H100
        (79.0, 16, False, [F, T, E]),  # host too small for offloading
        (22.5, 14, False, [T, E]),  # L4 beside 16 GB of RAM
        (22.5, 14, True, [T, E, P]),
        (22.5, 8, False, [T]),  # the encoder finds no room in the host either
        (21.0, 14, False, [E]),
        (15.5, 28, False, [E]),
        (14.0, 40, False, [O]),
        (14.0, 28, False, []),
        (11.5, 28, False, []),
        (11.5, 28, True, [P]),
        (8.0, 100, True, []),
        (None, 60, False, [F, T]),  # no memory of its own: tiles are all there is to save
        (None, 16, False, []),
    ],
)
def test_what_is_open(device_gib, host_gib, fp8, wanted):
    assert open_rungs(device_gib, host_gib, fp8=fp8) == wanted


def test_the_miniature_runs_nearly_everywhere():
    assert open_rungs(2.0, 4, "pocket", POCKET) == [F, T, E, O]
    assert open_rungs(None, 4, "pocket", POCKET) == [F, T]


def test_an_l4_holds_the_model_and_six_styles_within_its_share():
    rungs = {r.residency: r for r in ladder(FULL_SIZES, Memory(GIB * 22, 14 * GIB), FULL, False)}
    assert rungs[T].device_bytes <= 21.5 * GIB
    assert rungs[T].device_bytes < rungs[F].device_bytes


def test_each_step_needs_less_of_the_card():
    needs = [r.device_bytes for r in ladder(FULL_SIZES, Memory(GIB, GIB), FULL, True)]
    assert needs == sorted(needs, reverse=True)


def test_every_closed_rung_says_why_with_figures():
    for rung in ladder(FULL_SIZES, Memory(5 * GIB, 2 * GIB), FULL, False):
        for lang in ("ko", "en"):
            reason = say(rung.reason_id, lang, **rung.reason_values)
            assert "{" not in reason
            assert ("5.0" in reason) == (rung.residency is not P)


@pytest.mark.parametrize(
    ("device_gib", "side", "fits"),
    [
        (22.5, 1024, False),  # an L4 tiles from the start
        (24.0, 1024, True),
        (24.0, 1536, False),
        (31.0, 1536, True),
        (29.0, 2048, False),
        (79.0, 2048, True),
        (None, 2048, True),
    ],
)
def test_a_whole_decode_only_where_it_fits(device_gib, side, fits):
    device = None if device_gib is None else round(device_gib * GIB)
    room = decode_room(FULL_SIZES, Memory(device, 64 * GIB), FULL)
    assert (room is None or decode_bytes(side, side, FULL) <= room) == fits
