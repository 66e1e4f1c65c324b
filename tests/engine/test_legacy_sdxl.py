"""The archived engine as it was: one checkpoint in memory, switched by loading, 77 tokens read."""

import functools
import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import torch

from tests.engine.sdxl_checkpoints import (  # noqa: F401 - fixtures
    checkpoints,
    legacy_settings,
    make_engine,
    shot_of,
)
from zit_engine.engine.base import ImageEngine
from zit_engine.engine.legacy_sdxl import STEPS, LegacySdxlEngine
from zit_engine.errors import (
    BrokenImage,
    Cancelled,
    InvalidRequest,
    ModelMissing,
    SettingsError,
    StyleUnavailable,
)
from zit_engine.messages import LANGUAGES, explain, say

STYLES = ("realistic", "semi-realistic", "anime")


def quiet(done, total):
    pass


def never():
    return False


def paint(engine, shot):
    return engine.paint(shot, quiet, never)


@pytest.fixture
def engine(make_engine):  # noqa: F811
    return make_engine(auto_unload=False)


def test_follows_the_contract(engine):
    contract: ImageEngine = engine
    facts = contract.facts
    assert (facts.base, facts.device, facts.dtype) == ("legacy-sdxl", "cpu", "float32")
    assert facts.render_area == 128 * 128 and "77" in facts.reason_in("ko")
    assert all(contract.count_tokens("cake " * n) == n + 2 for n in (1, 75, 500))
    assert contract.count_tokens("수박 " * 5000) <= facts.token_limit


def test_documented_defaults_and_the_checkpoints_own_scheduler(legacy_settings, catalogue, shot_of):  # noqa: F811
    made = LegacySdxlEngine(legacy_settings, catalogue)
    told = []
    made.paint(shot_of(), lambda done, total: told.append((done, total)), never)
    assert told == [(n, 25) for n in range(1, 26)] and STEPS == made.facts.num_inference_steps == 25
    assert made.auto_unload


def test_equals_the_stock_pipeline(engine, shot_of, checkpoints):  # noqa: F811
    from diffusers import StableDiffusionXLPipeline

    ours = paint(engine, shot_of(style="anime"))
    pipeline = StableDiffusionXLPipeline.from_pretrained(str(checkpoints / "anime"))
    stock = pipeline(
        prompt="pink cake",
        width=64,
        height=64,
        num_inference_steps=2,
        guidance_scale=7.0,
        generator=torch.Generator("cpu").manual_seed(7),
    ).images[0]
    assert ours.tobytes() == stock.tobytes()


def test_size_is_exact_and_the_shot_decides_the_pixels(engine, shot_of):  # noqa: F811
    wide = paint(engine, replace(shot_of(), width=96, height=48))
    assert (wide.size, wide.mode) == ((96, 48), "RGB")
    first = paint(engine, shot_of()).tobytes()
    assert paint(engine, shot_of()).tobytes() == first
    others = {
        paint(engine, shot).tobytes()
        for shot in (
            shot_of(seed=8),
            shot_of(style="anime"),
            shot_of(prompt="pink melon"),
            replace(shot_of(), variation_seed=3),
        )
    }
    assert len(others | {first}) == 5


@pytest.mark.parametrize("side", [0, -8, 20, 100, 2056])
def test_unusable_size_is_told(engine, shot_of, side):  # noqa: F811
    with pytest.raises(InvalidRequest):
        paint(engine, replace(shot_of(), width=side))


def test_another_style_unloads_the_one_in_memory(engine, shot_of, catalogue):  # noqa: F811
    seen = []
    for style in STYLES:
        paint(engine, shot_of(style=style))
        assert engine.resident == catalogue[style].legacy_checkpoint
        # Nothing outside may hold the last one: neither a list nor a traceback.
        assert [gone() is None for gone in seen] == [True] * len(seen)
        seen.append(weakref.ref(engine._pipeline.unet))
    assert engine.load_count == 3
    paint(engine, shot_of(style="anime"))
    assert engine.load_count == 3


def test_at_no_moment_are_two_checkpoints_in_memory(engine, shot_of, monkeypatch):  # noqa: F811
    from diffusers import UNet2DConditionModel

    alive, most, built = set(), [], UNet2DConditionModel.__init__

    @functools.wraps(built)  # diffusers reads its parameters
    def counted(self, *args, **options):
        gc.collect()
        alive.add(weakref.ref(self, alive.discard))
        most.append(len(alive))
        built(self, *args, **options)

    monkeypatch.setattr(UNet2DConditionModel, "__init__", counted)
    for style in STYLES * 2:
        paint(engine, shot_of(style=style))
    assert most == [1] * 6


def test_auto_unload_empties_memory_after_every_picture(make_engine, shot_of):  # noqa: F811
    engine, kept = make_engine(), []
    for _ in range(2):
        pictures = paint(engine, shot_of())
        kept.append(pictures.tobytes())
        gc.collect()
        assert engine.resident == "" and engine._pipeline is None
    assert engine.load_count == 2 and kept[0] == kept[1]


@pytest.mark.parametrize("auto_unload", [True, False])
def test_cancel_stops_within_a_step_and_harms_nothing(make_engine, shot_of, auto_unload):  # noqa: F811
    engine, told = make_engine(steps=6, auto_unload=auto_unload), []
    before = paint(engine, shot_of()).tobytes()
    with pytest.raises(Cancelled):
        engine.paint(shot_of(), lambda done, _: told.append(done), lambda: len(told) >= 3)
    assert told == [1, 2, 3]
    assert paint(engine, shot_of()).tobytes() == before


def test_cancelled_before_the_start_loads_nothing(engine, shot_of):  # noqa: F811  # noqa: F811
    with pytest.raises(Cancelled):
        engine.paint(shot_of(), quiet, lambda: True)
    assert engine.load_count == 0


def test_a_stop_while_loading_is_heard_before_the_first_step(engine, shot_of):  # noqa: F811
    asked = []
    with pytest.raises(Cancelled):
        engine.paint(
            shot_of(),
            lambda done, total: pytest.fail("a step ran"),
            lambda: asked.append(engine.load_count) or len(asked) > 1,
        )
    assert asked == [0, 1]


def test_a_kept_error_does_not_keep_the_checkpoint(engine, shot_of):  # noqa: F811
    paint(engine, shot_of())
    unet = weakref.ref(engine._pipeline.unet)
    with torch.no_grad():
        engine._pipeline.vae.decoder.conv_out.weight.fill_(float("nan"))
    with pytest.raises(BrokenImage) as kept:
        paint(engine, shot_of())
    paint(engine, shot_of(style="anime"))
    assert kept.value.values["kind"] == "not finite" and unet() is None


def test_many_threads_paint_one_at_a_time(engine, shot_of):  # noqa: F811
    inside, most, guard = [0], [0], threading.Lock()

    def on_step(done, total):
        with guard:
            inside[0] += 1 if done == 1 else -1
            most[0] = max(most[0], inside[0])

    shots = [shot_of(style=STYLES[n % 2]) for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        pictures = list(pool.map(lambda shot: engine.paint(shot, on_step, never).tobytes(), shots))
    assert most == [1] and len(set(pictures)) == 2


def test_words_after_77_tokens_do_not_change_the_picture_and_those_before_do(engine, shot_of):  # noqa: F811
    full = "warm " * 74 + "table"
    read = paint(engine, shot_of(full))
    cut = [paint(engine, shot_of(f"{full} {rest}")) for rest in ("melon", "pink cake " * 100)]
    assert {picture.tobytes() for picture in cut} == {read.tobytes()}
    earlier = paint(engine, shot_of("warm " * 73 + "melon table"))
    last = paint(engine, shot_of("warm " * 74 + "melon"))
    assert len({read.tobytes(), earlier.tobytes(), last.tobytes()}) == 3


def test_the_cut_is_told_on_the_picture_in_both_languages(engine, shot_of):  # noqa: F811
    assert paint(engine, shot_of("warm " * 75)).info == {}
    info = paint(engine, shot_of("warm " * 75 + "pink cake")).info
    assert info["note_values"] == {"limit": 77, "kept": 75, "dropped": 2, "first_dropped": "pink"}
    for lang in LANGUAGES:
        told = say(info["note"], lang, **info["note_values"])
        assert all(part in told for part in ("77", "75", "pink", "2"))


def test_a_prompt_that_is_cut_is_not_written_to_the_log(engine, shot_of, caplog):  # noqa: F811
    with caplog.at_level("DEBUG"):
        paint(engine, shot_of("warm " * 75 + "table"))
    assert "table" not in caplog.text and "longer than" not in caplog.text


def test_a_style_that_never_had_a_checkpoint_is_unavailable(engine, shot_of, catalogue):  # noqa: F811
    assert [s.id for s in catalogue.values() if s.runs_on("legacy-sdxl")] == list(STYLES)
    with pytest.raises(StyleUnavailable):
        paint(engine, shot_of(style="pencil-sketch"))
    assert engine.load_count == 0


def test_a_missing_checkpoint_is_told_and_leaves_the_other_in_memory(
    make_engine,  # noqa: F811
    shot_of,  # noqa: F811
    checkpoints,  # noqa: F811
    tmp_path,
):
    (tmp_path / "anime").symlink_to(checkpoints / "anime")
    engine = make_engine(tmp_path, auto_unload=False)
    engine.warm_up(lambda stage, fraction: None)
    paint(engine, shot_of(style="anime"))
    with pytest.raises(ModelMissing) as missing:
        paint(engine, shot_of(style="realistic"))
    for lang in LANGUAGES:
        told = explain(missing.value, lang)
        assert "ZIT_LEGACY_CHECKPOINTS" in told and str(tmp_path / "realistic") in told
    paint(engine, shot_of(style="anime"))
    assert engine.load_count == 1


def test_no_folder_at_all_is_told_before_anything_is_painted(make_engine, shot_of):  # noqa: F811
    engine = make_engine("/nowhere/sdxl")
    for ask in (
        lambda: engine.facts,
        lambda: engine.warm_up(lambda stage, fraction: None),
        lambda: engine.count_tokens("cake"),
        lambda: paint(engine, shot_of()),
    ):
        with pytest.raises(ModelMissing):
            ask()
    assert not engine.is_ready


def test_ready_means_found_and_loads_nothing(engine, shot_of):  # noqa: F811
    assert not engine.is_ready
    engine.warm_up(lambda stage, fraction: None)
    assert engine.is_ready and engine.load_count == 0
    states = []
    engine.paint(shot_of(), lambda done, total: states.append(engine.health.state), never)
    assert states == ["busy", "busy"] and engine.health.state == "ready"
    engine.close()
    engine.close()


def test_where_it_cannot_run_is_told_at_the_start(legacy_settings, catalogue, monkeypatch):  # noqa: F811
    only_new = {"pencil-sketch": catalogue["pencil-sketch"]}
    with pytest.raises(SettingsError):
        LegacySdxlEngine(legacy_settings, only_new)
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    with pytest.raises(SettingsError) as refused:
        LegacySdxlEngine(legacy_settings, catalogue)
    assert "ZIT_ENGINE" in explain(refused.value, "ko")
