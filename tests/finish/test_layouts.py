"""The layouts' data: complete for every shape of picture, and different in more than colour."""

import pytest

from zit_engine.finish.fonts import load_fonts
from zit_engine.finish.layouts import (
    ORNAMENTS,
    SHAPES,
    TEXTS,
    Arrangement,
    kinds_in,
    load_layouts,
    shape_of,
)
from zit_engine.request.channels import load_channels
from zit_engine.request.lettering import CORNERS

NAMES = [name for _, name in SHAPES]
LAYOUTS = list(load_layouts().values())


def test_there_are_enough_and_their_names_differ():
    assert len(LAYOUTS) >= 8
    assert len({layout.ko for layout in LAYOUTS}) == len(LAYOUTS)
    assert len({layout.en for layout in LAYOUTS}) == len(LAYOUTS)


def test_every_shape_of_picture_has_places_of_use():
    shapes = {shape_of(channel.width, channel.height) for channel in load_channels().values()}
    assert shapes == set(NAMES)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.id)
def test_a_layout_is_whole(layout):
    assert layout.font in load_fonts() and layout.text_font in load_fonts()
    assert set(layout.shapes) == set(NAMES)
    for name, arrangement in layout.shapes.items():
        assert arrangement.logo in CORNERS and arrangement.qr in CORNERS
        for group in arrangement.groups:
            left, top, right, bottom = group.zone
            assert 0 <= left < right <= 1 and 0 <= top < bottom <= 1
            assert set(kinds_in(group.body)) <= {*TEXTS, *ORNAMENTS}
            assert set(TEXTS) <= set(group.sizes)
            assert group.plate is None or group.covers
        # A banner is too low for the small print; everything else takes all four texts.
        least = {"headline", "price"} if name == "banner" else set(TEXTS)
        assert least <= kinds_set(arrangement, set(TEXTS))
        assert "headline" in kinds_set(arrangement, {"headline"})


def kinds_set(arrangement: Arrangement, given: set[str]) -> set[str]:
    """What of `given` the arrangement has a place for."""
    groups = [g for g in arrangement.groups if g.needs <= given and not g.lacks & given]
    return {kind for group in groups for kind in kinds_in(group.body)} & given


@pytest.mark.parametrize("shape", NAMES)
def test_layouts_differ_in_structure(shape):
    """Even with all colours, fonts and sizes taken away no two are the same."""
    built = [
        tuple(
            (g.zone, g.anchor, g.body, g.plate and (g.plate.shape, g.plate.span, g.plate.bleed))
            for g in layout.shapes[shape].groups
        )
        + (layout.shapes[shape].frame, bool(layout.shapes[shape].groups[0].plate))
        for layout in LAYOUTS
    ]
    assert len(set(built)) == len(LAYOUTS)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.id)
def test_zones_of_a_layout_do_not_meet(layout):
    for arrangement in layout.shapes.values():
        groups = arrangement.groups
        for index, one in enumerate(groups):
            for two in groups[index + 1 :]:
                if one.needs & two.lacks or two.needs & one.lacks:
                    continue
                (l1, t1, r1, b1), (l2, t2, r2, b2) = one.zone, two.zone
                assert not (l1 < r2 and l2 < r1 and t1 < b2 and t2 < b1)
