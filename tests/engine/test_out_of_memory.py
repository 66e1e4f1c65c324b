"""Out of memory at every stage, again and again, on the real pocket model: the service lives, the
next picture is right, memory returns to its level and the chain tells what happened.

The device is the CPU, said to have a card's memory of its own, so that the whole ladder is
walked with the real moves of the real parts.
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from operator import attrgetter

import pytest
import torch

from tests.engine.similarity import LEAST_SSIM, similarity
from tests.engine.test_z_image import never, quiet
from zit_engine.engine import bring_up, loader
from zit_engine.engine.health import State
from zit_engine.engine.residency import GIB, Memory, Residency
from zit_engine.engine.z_image import ZImageEngine
from zit_engine.errors import OutOfMemory
from zit_engine.settings import load_settings
from zit_engine.studio import Studio

ROUNDS = [2, pytest.param(20, marks=pytest.mark.slow)]
LADDER = ["full", "tiled", "encoder_rests", "offload"]


def out_of_memory() -> torch.OutOfMemoryError:
    return torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> None:
    """A card of 24 GiB in a large host."""
    roomy = Memory(24 * GIB, 64 * GIB)
    monkeypatch.setattr(bring_up, "read_memory", lambda device, limit=0.0: roomy)


@pytest.fixture
def build(card, catalogue, tmp_path) -> Iterator[Callable[..., ZImageEngine]]:
    made: list[ZImageEngine] = []

    def build_one(**changes: object) -> ZImageEngine:
        options = {"model": "pocket", "cpu_threads": 1, "num_inference_steps": 8} | changes
        made.append(ZImageEngine(load_settings(data_dir=tmp_path, **options), catalogue))
        return made[-1]

    yield build_one
    for engine in made:
        engine.close()


def live_bytes() -> int:
    """Bytes of all tensors alive, each storage once."""
    gc.unfreeze()  # what an engine loaded is to be seen too
    gc.collect()
    sizes = {}
    for thing in gc.get_objects():
        if type(thing) in (torch.Tensor, torch.nn.Parameter) and not thing.is_meta:
            storage = thing.untyped_storage()
            sizes[storage.data_ptr()] = storage.nbytes()
    return sum(sizes.values())


@contextmanager
def failing_at(module: torch.nn.Module, call: int, times: int = 1) -> Iterator[None]:
    """`module` runs out of memory at its `call`-th call from now, and the next `times` - 1."""
    calls = [0]

    def fail(*_: object) -> None:
        calls[0] += 1
        if call <= calls[0] < call + times:
            raise out_of_memory()

    hook = module.register_forward_pre_hook(fail)
    try:
        yield
    finally:
        hook.remove()


def chain(engine: ZImageEngine) -> list[tuple[str, str]]:
    return [(each.residency, each.event) for each in engine.health.chain]


STAGES = [("text_encoder", 1), *(("transformer", step) for step in range(1, 9)), ("vae.decoder", 1)]


@pytest.mark.parametrize("rounds", ROUNDS)
def test_once_at_every_stage_of_a_picture(rounds, build, shot):
    engine, wanted = build(), shot(side=64)
    base = engine.paint(wanted, quiet, never)
    resident = engine._resident
    level = live_bytes()
    noted = 0
    for _ in range(rounds):
        for part, call in STAGES:
            resident.prompts.clear()
            with failing_at(attrgetter(part)(resident.pipeline), call):
                picture = engine.paint(wanted, quiet, never)
            assert picture.tobytes() == base.tobytes()
            noted += picture.info.get("note") == "note.painted_in_tiles"
            assert engine.paint(wanted, quiet, never).tobytes() == base.tobytes()
        assert live_bytes() <= level + 100_000
    assert engine.load_count == 1
    # The first one changes the arrangement, and only that picture's person is told.
    assert noted == 1
    assert chain(engine) == [("full", "taken"), ("full", "out of memory"), ("tiled", "taken")]


@pytest.mark.parametrize("rounds", ROUNDS)
@pytest.mark.parametrize("is_exact", [True, False], ids=["exact", "own forward"])
def test_again_and_again_walks_the_ladder_and_lives(rounds, build, shot, is_exact):
    engine, wanted = build(exact=is_exact), shot(side=64)
    base = engine.paint(wanted, quiet, never)
    level = live_bytes()
    for number in range(rounds * 2):
        part, call = STAGES[number * 3 % len(STAGES)]
        engine._resident.prompts.clear()
        with failing_at(attrgetter(part)(engine._resident.pipeline), call, times=99):
            with pytest.raises(OutOfMemory):
                engine.paint(wanted, quiet, never)
        again = engine.paint(wanted, quiet, never)
        # From one part at a time on the stock forward paints.
        assert (
            again.tobytes() == base.tobytes() if is_exact else similarity(again, base) >= LEAST_SSIM
        )
        assert live_bytes() <= level + 100_000
        assert engine.health.state is State.READY
    taken = [residency for residency, event in chain(engine) if event == "taken"]
    assert taken == LADDER[: len(taken)] and len(taken) >= 3
    assert engine.health.as_dict()["residency"] == taken[-1]


@pytest.mark.parametrize("rounds", ROUNDS)
def test_while_a_style_is_switched(rounds, build, shot, monkeypatch):
    engine = build(num_inference_steps=2, exact=True)
    anime, base = shot("anime", side=64), shot(side=64)
    in_anime, in_base = (engine.paint(each, quiet, never).tobytes() for each in (anime, base))
    pipeline = engine._resident.pipeline
    for name in ("set_adapters", "enable_lora") * rounds:
        real, left = getattr(pipeline, name), [1]

        def once(*args, real=real, left=left, **options):
            if left.pop():
                left.append(0)
                raise out_of_memory()
            left.append(0)
            return real(*args, **options)

        with monkeypatch.context() as patched:
            patched.setattr(pipeline, name, once, raising=False)
            assert engine.paint(anime, quiet, never).tobytes() == in_anime
        assert engine.paint(base, quiet, never).tobytes() == in_base


def test_while_a_style_is_chosen(build, shot, monkeypatch):
    engine = build(num_inference_steps=2)
    anime, base = replace(shot("anime", side=64), adapter_weight=0.5), shot(side=64)
    in_base = engine.paint(base, quiet, never).tobytes()
    real, left = torch._foreach_mul, [1]

    def once(*args):
        if left:
            left.pop()
            raise out_of_memory()
        return real(*args)

    with monkeypatch.context() as patched:
        patched.setattr(torch, "_foreach_mul", once)
        in_anime = engine.paint(anime, quiet, never).tobytes()
    assert not left and in_anime != in_base
    assert engine.paint(base, quiet, never).tobytes() == in_base
    assert engine.paint(anime, quiet, never).tobytes() == in_anime


def test_one_part_at_a_time_paints_a_picture_that_looks_the_same(build, shot):
    """There the stock forward paints, and no tensor of the own one stays."""
    engine, wanted = build(), shot("anime", side=128)
    before = engine.paint(wanted, quiet, never)
    resident = engine._resident
    while resident.descent.residency is not Residency.OFFLOAD:
        assert resident._step_down("for the test")
    assert resident.forward is None
    assert similarity(engine.paint(wanted, quiet, never), before) >= LEAST_SSIM


def test_while_a_style_is_read_nothing_half_stays(build, shot, monkeypatch):
    engine = build(num_inference_steps=2)
    base = engine.paint(shot(side=64), quiet, never).tobytes()
    pipeline = engine._resident.pipeline
    real, left = pipeline.load_lora_weights, [2]

    def twice(*args, **options):
        real(*args, **options)
        if left[0]:
            left[0] -= 1
            raise out_of_memory()

    monkeypatch.setattr(pipeline, "load_lora_weights", twice, raising=False)
    with pytest.raises(OutOfMemory):
        engine.paint(shot("anime", side=64), quiet, never)
    assert engine._resident.adapters.loaded == ()
    assert engine.paint(shot(side=64), quiet, never).tobytes() == base
    assert engine.paint(shot("anime", side=64), quiet, never).tobytes() != base


class FullCard:
    """Allocation fails at the `at`-th tensor of `part`, for the next `times` loads."""

    def __init__(self, part: str, at: int, times: int):
        self.part, self.at, self.left = part, at, times
        self._real = loader.load_part

    def __call__(self, part, folder, allocate, on_bytes, **options):
        if part != self.part or not self.left:
            return self._real(part, folder, allocate, on_bytes, **options)
        self.left -= 1
        made = 0

        def failing(name, shape):
            nonlocal made
            made += 1
            if made >= self.at:
                raise out_of_memory()
            return allocate(name, shape)

        return self._real(part, folder, failing, on_bytes, **options)


@pytest.mark.parametrize("part", ["transformer", "text_encoder", "vae"])
@pytest.mark.parametrize("rounds", ROUNDS)
def test_at_load_the_next_arrangement_is_tried(rounds, part, build, shot, monkeypatch):
    # exact: offloaded parts are painted by the stock forward, whose bytes are others.
    wanted = shot(side=64)
    plain = build(num_inference_steps=1, exact=True)
    base = plain.paint(wanted, quiet, never).tobytes()
    plain.close()
    level = live_bytes()
    for number in range(rounds):
        with monkeypatch.context() as patched:
            patched.setattr(
                loader, "load_part", FullCard(part, 1 + 7 * number % 56, 1 + number % 3)
            )
            engine = build(num_inference_steps=1, exact=True)
            assert engine.paint(wanted, quiet, never).tobytes() == base
        expected = LADDER[1 + number % 3]
        assert engine.health.as_dict()["residency"] == expected
        assert chain(engine)[0] == ("full", "out of memory")
        assert chain(engine)[-1] == (expected, "taken")
        engine.close()
        assert live_bytes() <= level + 100_000


def test_nothing_fits_is_told_with_figures_and_leaves_nothing(build, shot, monkeypatch):
    engine = build(num_inference_steps=1)
    level = live_bytes()
    with monkeypatch.context() as patched:
        patched.setattr(loader, "load_part", FullCard("vae", 9, 99))
        with pytest.raises(OutOfMemory) as refused:
            engine.paint(shot(side=64), quiet, never)
    assert refused.value.message_id == "error.model_too_big"
    assert refused.value.values["free"] == "24.0"
    assert live_bytes() <= level + 100_000
    assert not engine.is_ready
    # The card is free again: the service never had to be started anew.
    engine.paint(shot(side=64), quiet, never)


def test_a_named_model_too_big_for_the_host_is_refused_before_loading(build, monkeypatch):
    monkeypatch.setattr(bring_up, "read_memory", lambda device, limit=0.0: Memory(None, GIB))
    engine = build(exact=True)  # float32: 1.2 GB with what painting takes
    with pytest.raises(OutOfMemory) as refused:
        engine.warm_up(lambda stage, fraction: pytest.fail("it began to load"))
    assert refused.value.values["free"] == "1.0"
    assert ("full", "passed over") in chain(engine)


def test_moving_the_parts_fails_half_way_then_the_model_is_loaded_anew(build, shot, monkeypatch):
    from zit_engine.engine import arrangement

    engine, wanted = build(num_inference_steps=1), shot(side=64)
    base = engine.paint(wanted, quiet, never).tobytes()

    def half(pipeline, residency, device):
        pipeline.vae.to("meta")
        raise out_of_memory()

    with monkeypatch.context() as patched:
        patched.setattr(arrangement, "arrange", half)
        with failing_at(engine._resident.pipeline.transformer, 1):
            with pytest.raises((OutOfMemory, torch.OutOfMemoryError)):
                engine.paint(wanted, quiet, never)
    assert engine.paint(wanted, quiet, never).tobytes() == base
    assert engine.load_count == 2


def test_doctor_shows_the_chain(build, shot, tmp_path, settings, catalogue):
    from zit_engine.engine.diagnosis import diagnose

    engine = build(num_inference_steps=1)
    engine.paint(shot(side=64), quiet, never)
    with failing_at(engine._resident.pipeline.vae.decoder, 1):
        engine.paint(shot(side=64), quiet, never)
    told = diagnose(load_settings(data_dir=tmp_path, model="pocket"))["latest_process"]
    assert told["residency"] == "tiled"
    assert [link["event"] for link in told["chain"]] == ["taken", "out of memory", "taken"]
    assert "CUDA out of memory" in told["chain"][1]["reason"]


def test_clean_ups_come_at_5_10_and_15_only(build, shot):
    engine, seen = build(num_inference_steps=1, clean_every=5), []
    for _ in range(16):
        engine.paint(shot(side=64), quiet, never)
        seen.append(engine.health.as_dict()["clean_ups"])
    assert seen == [0] * 4 + [1] * 5 + [2] * 5 + [3] * 2


def test_the_person_whose_picture_was_saved_reads_about_it(card, settings, catalogue, make_studio):
    studio: Studio = make_studio()
    engine = ZImageEngine(
        settings.model_copy(update={"num_inference_steps": 1, "cpu_threads": 1}), catalogue
    )
    studio.engine = engine
    studio.warm_up()
    with failing_at(engine._resident.pipeline.vae.decoder, 1):
        job = studio.submit(studio.request({"prompt": "수박", "channel": "plain-1-1"}), "a" * 32)
        result = job.wait(60).results[0]
    assert result.note == "note.painted_in_tiles"


def test_large_pictures_are_decoded_in_tiles_where_the_card_is_small(build, shot, monkeypatch):
    tight = Memory(GIB * 6 // 5, 64 * GIB)
    monkeypatch.setattr(bring_up, "read_memory", lambda device, limit=0.0: tight)
    engine, used = build(num_inference_steps=1), []
    for side in (64, 1024, 64):
        engine.paint(shot(side=side), quiet, never)
        used.append(engine._resident.pipeline.vae.use_tiling)
    assert used == [False, True, False]
    assert engine.health.as_dict()["residency"] == "full"
