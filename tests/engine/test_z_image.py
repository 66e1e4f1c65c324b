"""The whole engine on the real pocket model: same pixels, one at a time, unharmed by failures."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from operator import attrgetter

import pytest
import torch

from zit_engine.engine.base import ImageEngine
from zit_engine.engine.z_image import ZImageEngine
from zit_engine.errors import BrokenImage, Cancelled, InvalidRequest, ModelMissing, OutOfMemory
from zit_engine.settings import load_settings

ONE_STEP = {"model": "pocket", "num_inference_steps": 1, "cpu_threads": 1}


def quiet(done: int, total: int) -> None:
    pass


def never() -> bool:
    return False


@pytest.fixture(scope="module")
def quick(catalogue, tmp_path_factory):
    """An engine of one step, for what does not depend on the picture."""
    folder = tmp_path_factory.mktemp("quick")
    made = ZImageEngine(load_settings(data_dir=folder, clean_every=5, **ONE_STEP), catalogue)
    yield made
    made.close()


def test_follows_the_contract(engine):
    contract: ImageEngine = engine
    assert contract.facts.base == "pocket"
    assert contract.facts.num_inference_steps == 8
    assert "연습용" in contract.facts.reason_in("ko")


def test_same_shot_same_pixels(paint, shot):
    assert paint(shot()).tobytes() == paint(shot()).tobytes()


def test_another_seed_another_picture(paint, shot):
    assert paint(shot(seed=8)).tobytes() != paint(shot(seed=9)).tobytes()


def test_size_is_exact(paint, shot):
    picture = paint(replace(shot(), width=160, height=96))
    assert (picture.size, picture.mode) == ((160, 96), "RGB")


@pytest.mark.parametrize("side", [0, -16, 8, 100, 2064, 10**9])
def test_unusable_size_is_told(paint, shot, side):
    with pytest.raises(InvalidRequest) as refused:
        paint(replace(shot(), width=side))
    assert refused.value.message_id == "error.picture_size"


def test_steps_are_told_one_by_one(engine, shot):
    told = []
    engine.paint(shot(), lambda done, total: told.append((done, total)), never)
    assert told == [(n, 8) for n in range(1, 9)]


def test_first_requests_of_many_threads_load_one_model(catalogue, shot):
    made = ZImageEngine(load_settings(**ONE_STEP), catalogue)
    assert (made.is_ready, made.load_count) == (False, 0)
    with ThreadPoolExecutor(4) as pool:
        pictures = list(
            pool.map(lambda _: made.paint(shot(side=64), quiet, never).tobytes(), range(4))
        )
    assert made.load_count == 1
    assert len(set(pictures)) == 1
    made.close()
    made.close()
    assert not made.is_ready


def test_fifty_parallel_paints_never_two_inside(quick, shot):
    transformer = quick._get_resident(lambda stage, fraction: None).pipeline.transformer
    inside, most = 0, 0
    guard = threading.Lock()

    def enter(*_):
        nonlocal inside, most
        with guard:
            inside += 1
            most = max(most, inside)

    def leave(*_):
        nonlocal inside
        with guard:
            inside -= 1

    hooks = [
        transformer.register_forward_pre_hook(enter),
        transformer.register_forward_hook(leave),
    ]
    with ThreadPoolExecutor(50) as pool:
        shots = [shot(side=64, seed=number % 2) for number in range(50)]
        pictures = list(pool.map(lambda one: quick.paint(one, quiet, never), shots))
    for hook in hooks:
        hook.remove()
    assert (len(pictures), most) == (50, 1)
    assert len({picture.tobytes() for picture in pictures}) == 2


def test_cancel_stops_within_a_step_and_harms_nothing(base, engine, paint, shot):
    told = []
    with pytest.raises(Cancelled):
        engine.paint(shot(), lambda done, _: told.append(done), lambda: len(told) >= 3)
    assert told == [1, 2, 3]
    assert paint(shot()).tobytes() == base


def test_cancelled_before_the_start_runs_no_step(engine, shot):
    with pytest.raises(Cancelled):
        engine.paint(shot(), lambda done, total: pytest.fail("a step ran"), lambda: True)


def test_an_error_in_the_listener_harms_nothing(engine, paint, shot):
    before = paint(shot("anime")).tobytes()
    with pytest.raises(ZeroDivisionError):
        engine.paint(shot(), lambda done, total: 1 // 0, never)
    assert paint(shot("anime")).tobytes() == before


@contextmanager
def failing(module: torch.nn.Module, times: int):
    """`module` runs out of memory on its next `times` calls."""
    left = [times]

    def fail(*_):
        if left[0]:
            left[0] -= 1
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    hook = module.register_forward_pre_hook(fail)
    try:
        yield
    finally:
        hook.remove()


@pytest.mark.parametrize("part", ["transformer", "text_encoder", "vae.decoder"])
def test_out_of_memory_once_is_survived(paint, shot, resident, part):
    wanted = replace(shot(), model_prompt=f"수박, 노란색 배경 {part}")
    with failing(attrgetter(part)(resident.pipeline), 1):
        first = paint(wanted).tobytes()
    assert paint(wanted).tobytes() == first


def test_out_of_memory_twice_is_told_and_the_next_paint_is_fine(base, paint, shot, resident):
    cleaned = resident.clean_up.count
    with failing(resident.pipeline.transformer, 2), pytest.raises(OutOfMemory):
        paint(shot())
    assert resident.clean_up.count >= cleaned + 2
    assert paint(shot()).tobytes() == base


@pytest.mark.parametrize(
    ("weight", "bias", "kind"),
    [(0.0, 0.3, "flat"), (0.0, -9.0, "black"), (float("nan"), 0.0, "not finite")],
)
def test_broken_pictures_are_told(base, paint, shot, resident, weight, bias, kind):
    last = resident.pipeline.vae.decoder.conv_out
    kept = {name: value.clone() for name, value in last.state_dict().items()}
    with torch.no_grad():
        last.weight.fill_(weight)
        last.bias.fill_(bias)
    with pytest.raises(BrokenImage) as broken:
        paint(shot())
    last.load_state_dict(kept)
    assert broken.value.values["kind"] == kind
    assert paint(shot()).tobytes() == base


def test_cleans_up_every_fifth_picture(quick, shot):
    clean_up = quick._get_resident(lambda stage, fraction: None).clean_up
    before = clean_up.count
    for _ in range(10):
        quick.paint(shot(side=64), quiet, never)
    assert clean_up.count == before + 2


def test_missing_model_is_told_by_facts_and_paint(catalogue, shot):
    made = ZImageEngine(load_settings(model="/nowhere/model"), catalogue)
    with pytest.raises(ModelMissing):
        _ = made.facts
    with pytest.raises(ModelMissing):
        made.paint(shot(), quiet, never)
    assert made.load_count == 0


def test_auto_falls_back_when_the_download_fails(catalogue, monkeypatch):
    def unreachable(*_args, **_options):
        raise ConnectionError("no route")

    from zit_engine.engine import chosen_model, placement

    monkeypatch.setattr(chosen_model, "fetch_snapshot", unreachable)
    monkeypatch.setattr(placement, "cached_snapshot", lambda repo, revision: None)
    made = ZImageEngine(load_settings(model="auto"), catalogue)
    card = placement.Device("cuda", "H100", 85.0)
    made._model._placement = replace(
        placement.choose_model("auto", "", card, 10**11), device=placement.Device("cpu", "CPU")
    )
    assert made.facts.base == "z-image-turbo"
    made.warm_up(lambda stage, fraction: None)
    assert made.facts.base == "pocket"
    assert "내려받지 못해" in made.facts.reason_in("ko")
    made.close()


def test_a_named_repo_does_not_fall_back(catalogue, monkeypatch):
    def unreachable(*_args, **_options):
        raise ConnectionError("no route")

    from zit_engine.engine import chosen_model, placement

    monkeypatch.setattr(chosen_model, "fetch_snapshot", unreachable)
    monkeypatch.setattr(placement, "cached_snapshot", lambda repo, revision: None)
    made = ZImageEngine(load_settings(model="Tongyi-MAI/Z-Image-Turbo"), catalogue)
    with pytest.raises(ModelMissing) as missing:
        made.warm_up(lambda stage, fraction: None)
    assert missing.value.values["model"] == "Tongyi-MAI/Z-Image-Turbo"


def test_who_loads_computes_with_the_threads_that_are_set(tmp_path):
    usual = torch.get_num_threads()
    engine = ZImageEngine(load_settings(data_dir=tmp_path, model="pocket", cpu_threads=1), {})
    try:
        torch.set_num_threads(2)
        engine.warm_up(lambda stage, fraction: None)
        assert torch.get_num_threads() == 1  # another number gives other bytes
    finally:
        engine.close()
        torch.set_num_threads(usual)
