"""Any order of styles and strengths: each picture is its own, and the base stays the base."""

import random
from dataclasses import replace
from types import MappingProxyType

import pytest

from zit_engine.engine.adapters import StyleAdapters
from zit_engine.settings import ROOT
from zit_engine.styles.catalogue import load_catalogue

STYLES = ("realistic", "semi-realistic", "anime", "pencil-sketch", "pixel-art", "oil-painting")
WEIGHTS = (0.5, 1.0)


def check_switches(count, paint, shot, base):
    """`count` random switches; every picture equals the first of its style and weight."""
    seen: dict[tuple[str, float], str] = {}
    order = random.Random(count)
    for _ in range(count):
        style, weight = order.choice(STYLES), order.choice(WEIGHTS)
        picture = paint(replace(shot(style, side=64), adapter_weight=weight))
        is_plain = style == "realistic"
        key = (style, 0.0 if is_plain else weight)
        assert seen.setdefault(key, picture.info["latents"]) == picture.info["latents"], key
    assert len(set(seen.values())) == len(seen) >= min(count // 2, 6)
    assert paint(shot()).tobytes() == base


def test_twenty_four_random_switches(paint, shot, base):
    check_switches(24, paint, shot, base)


@pytest.mark.slow
def test_two_hundred_random_switches(paint, shot, base):
    check_switches(200, paint, shot, base)


def test_a_picture_does_not_depend_on_what_was_painted_before(engine, catalogue, paint, shot):
    """The same style first in a fresh pipeline and after five others."""
    from zit_engine.engine.z_image import ZImageEngine

    after_others = paint(shot("anime", side=64)).info["latents"]
    fresh = ZImageEngine(engine._settings, catalogue)
    try:
        first = fresh.paint(shot("anime", side=64), lambda done, total: None, lambda: False)
        assert first.info["latents"] == after_others
        fresh.paint(shot("pencil-sketch", side=64), lambda done, total: None, lambda: False)
    finally:
        fresh.close()


MIX = """
[base]
ko = "기본"
en = "Base"
thumb = "x"
is_base = true
[one]
ko = "하나"
en = "One"
thumb = "x"
[one.files.pocket]
path = "pocket/anime.safetensors"
trigger = "first"
adapter_weight = 1.0
licence = "Apache-2.0"
[two]
ko = "둘"
en = "Two"
thumb = "x"
[two.files.pocket]
path = "pocket/pencil-sketch.safetensors"
trigger = ""
adapter_weight = 1.0
licence = "Apache-2.0"
[both]
ko = "둘 다"
en = "Both"
thumb = "x"
mix = { one = 0.6, two = 0.4 }
"""


@pytest.fixture
def mixed(tmp_path):
    (tmp_path / "catalogue.toml").write_text(MIX, encoding="utf-8")
    return load_catalogue(tmp_path)


def test_a_mix_is_its_parts_together_and_leaves_no_trace(mixed, paint, shot, base):
    both = replace(shot(side=64), style=mixed["both"], adapter_weight=1.0)
    first = paint(both).info["latents"]
    alone = {
        name: paint(replace(both, style=mixed[name], adapter_weight=weight)).info["latents"]
        for name, weight in (("one", 0.6), ("two", 0.4))
    }
    assert len({first, *alone.values()}) == 3
    assert paint(both).info["latents"] == first
    only_one = replace(mixed["both"], parts=((mixed["one"], 0.6),))
    assert paint(replace(both, style=only_one)).info["latents"] == alone["one"]
    assert (
        paint(replace(both, adapter_weight=0.0)).info["latents"]
        == (paint(shot(side=64)).info["latents"])
    )
    assert paint(shot()).tobytes() == base


def silent(stage, fraction):
    pass


def test_within_a_limit_the_least_recently_used_style_is_let_go(engine, catalogue, paint, shot):
    from zit_engine.engine.z_image import ZImageEngine

    size = (ROOT / "style_loras" / "pocket" / "anime.safetensors").stat().st_size
    settings = engine._settings.model_copy(update={"style_gib": 2.5 * size / 2**30})
    small = ZImageEngine(settings, catalogue)
    try:
        told = []
        for style in ("anime", "pencil-sketch", "anime", "oil-painting", "pencil-sketch"):
            picture = small.paint(shot(style, side=64), lambda done, total: None, lambda: False)
            told.append(small._resident.adapters.loaded)
            assert small._resident.adapters.loaded_bytes <= 2.5 * size
            assert picture.info["latents"] == paint(shot(style, side=64)).info["latents"]
        assert told[2] == ("pencil-sketch", "anime")
        assert told[3] == ("anime", "oil-painting")
        plain = small.paint(shot(side=64), lambda done, total: None, lambda: False)
        assert plain.info["latents"] == paint(shot(side=64)).info["latents"]
    finally:
        small.close()


def test_the_parts_of_a_mix_stay_beside_each_other_even_over_the_limit(resident, mixed):
    adapters = StyleAdapters(resident.pipeline, "pocket", ROOT / "style_loras", limit_bytes=1)
    adapters._layers = resident.adapters._layers
    renamed = [
        (replace(part, id=f"limited-{part.id}", files=MappingProxyType(dict(part.files))), weight)
        for part, weight in mixed["both"].parts
    ]
    adapters.activate(replace(mixed["both"], parts=tuple(renamed)), 1.0, silent)
    assert adapters.loaded == ("limited-one", "limited-two")
    for name in adapters.loaded:
        adapters._forget(name)
