"""Compiled main layers: two graphs for every size, caption and style, and never a wrong picture."""

import gc
import shutil
import threading
import weakref

import pytest
import torch
from torch._dynamo.utils import counters

from tests.engine.similarity import LEAST_SSIM, similarity
from zit_engine.engine import compiling
from zit_engine.engine.compiling import Compiling, compile_beside
from zit_engine.engine.forward import EAGER
from zit_engine.engine.health import Health

STYLES = ("realistic", "anime", "pencil-sketch")
# Across, in multiples of 16: token counts with and without padding.
SIZES = ((256, 256), (352, 160), (192, 320), (512, 512))


@pytest.fixture
def health() -> Health:
    return Health()


@pytest.fixture
def forward(resident):
    """The engine's own, eager again afterwards."""
    torch._dynamo.reset()
    yield resident.forward
    resident.forward.way = EAGER
    torch._dynamo.reset()


def compile_with(backend: str, forward, health, tmp_path, monkeypatch) -> None:
    real = torch.compile
    monkeypatch.setattr(
        torch, "compile", lambda function, **options: real(function, backend=backend, **options)
    )
    stop = threading.Event()
    work = [Compiling(forward, health, 256, stop).run]
    compile_beside(work, tmp_path / "compiled", stop).join()


def graphs() -> int:
    return counters["stats"]["unique_graphs"]


@pytest.mark.parametrize(
    "backend",
    [
        "aot_eager",
        pytest.param(
            "inductor",
            marks=[
                pytest.mark.slow,
                pytest.mark.skipif(not shutil.which("g++"), reason="no C++ compiler"),
            ],
        ),
    ],
)
def test_nothing_is_compiled_anew(
    forward, health, resident, paint, shot, tmp_path, monkeypatch, backend
):
    eager = {style: paint(shot(style)) for style in STYLES}
    counters.clear()
    compile_with(backend, forward, health, tmp_path, monkeypatch)
    assert health.as_dict()["compiled"] == "on"
    assert forward.way is not EAGER
    assert graphs() == 2  # without and with a style
    for style in STYLES:
        for width, height in SIZES:
            for prompt in ("빵", "따끈한 호떡 두 개와 커피 한 잔, 나무 식탁, 아침 햇살, " * 8):
                made = shot(style)
                fields = dict(model_prompt=prompt, width=width, height=height)
                paint(type(made)(**{**as_fields(made), **fields}))
        assert similarity(paint(shot(style)), eager[style]) >= LEAST_SSIM
    assert graphs() == 2


def as_fields(shot) -> dict:
    return {name: getattr(shot, name) for name in shot.__dataclass_fields__}


def test_a_compiler_that_fails_is_told_and_pictures_go_on(
    forward, health, paint, shot, tmp_path, monkeypatch
):
    def broken(graph, inputs):
        raise RuntimeError("no compiler on this machine")

    before = paint(shot()).tobytes()
    compile_with(broken, forward, health, tmp_path, monkeypatch)
    assert "no compiler on this machine" in health.as_dict()["compiled"]
    assert forward.way is EAGER
    assert paint(shot()).tobytes() == before


def test_wrong_numbers_are_refused(forward, health, tmp_path, monkeypatch):
    def wrong(graph, inputs):
        return lambda *given: [each * 1.1 for each in graph.forward(*given)]

    compile_with(wrong, forward, health, tmp_path, monkeypatch)
    assert "apart" in health.as_dict()["compiled"]
    assert forward.way is EAGER


def test_what_the_compiler_leaves_is_not_looked_at_again(tmp_path):
    gc.unfreeze()
    compile_beside([lambda: None], tmp_path / "compiled", threading.Event()).join()
    assert gc.get_freeze_count() > 10_000
    gc.unfreeze()


def test_a_model_let_go_meanwhile_is_not_held_by_the_compiler(tmp_path):
    class Model:
        def __init__(self):
            self.itself = self  # as a transformer and its own forward

        def compile(self) -> None:
            assert begun.wait(20)
            stop.set()

    def begin():
        model = Model()
        work = [model.compile, lambda: later.append(1)]
        return weakref.ref(model), compile_beside(work, tmp_path / "compiled", stop)

    stop, begun, later = threading.Event(), threading.Event(), []
    gone, thread = begin()
    begun.set()
    thread.join()
    gc.collect()
    assert gone() is None and later == []
    gc.unfreeze()


def test_a_model_moved_meanwhile_is_not_touched(forward, health, tmp_path, monkeypatch):
    stop = threading.Event()

    def moved(graph, inputs):
        stop.set()
        return graph.forward

    real = torch.compile
    monkeypatch.setattr(torch, "compile", lambda f, **options: real(f, backend=moved, **options))
    Compiling(forward, health, 256, stop).run()
    assert forward.way is EAGER and "no longer" in health.as_dict()["compiled"]


def test_a_folder_that_cannot_be_made_stops_nothing(tmp_path):
    (tmp_path / "file").write_text("")
    done = []
    folder = tmp_path / "file" / "compiled"
    compile_beside([lambda: done.append(1)], folder, threading.Event()).join()
    assert done == [1]
    gc.unfreeze()


def test_tables_of_cosines_turn_as_complex_ones_do():
    from zit_engine.engine.block import rotated

    x = torch.randn(5, 2, 3, 8)
    angles = torch.rand(5, 4) * 6
    rope = torch.polar(torch.ones_like(angles), angles)
    assert torch.allclose(rotated(x, rope), rotated(x, compiling.as_real(rope)), atol=1e-6)
