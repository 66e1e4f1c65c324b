"""A lost card or a hung step: people are told, the state says so, nothing is painted any more."""

import threading
import time

import pytest
import torch

from tests.engine.test_z_image import never, quiet
from zit_engine.engine.health import State
from zit_engine.engine.memory import is_device_lost, is_out_of_memory
from zit_engine.engine.z_image import ZImageEngine
from zit_engine.errors import DeviceLost
from zit_engine.settings import load_settings

LOST = "CUDA error: an illegal memory access was encountered"


@pytest.fixture
def engine(catalogue, tmp_path):
    made = ZImageEngine(
        load_settings(
            data_dir=tmp_path,
            model="pocket",
            cpu_threads=1,
            num_inference_steps=2,
            step_timeout_s=1.0,
        ),
        catalogue,
    )
    yield made
    made.close()


@pytest.mark.parametrize(
    ("error", "lost", "memory"),
    [
        (RuntimeError(LOST), True, False),
        (torch.AcceleratorError("CUDA error: unspecified launch failure"), True, False),
        (torch.AcceleratorError("CUDA error: out of memory"), False, True),
        (RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"), False, True),
        (torch.OutOfMemoryError("CUDA out of memory"), False, True),
        (RuntimeError("shape mismatch"), False, False),
        (ValueError("CUDA error"), False, False),
    ],
)
def test_what_is_lost_and_what_only_full(error, lost, memory):
    assert (is_device_lost(error), is_out_of_memory(error)) == (lost, memory)


def test_a_lost_card_ends_the_engine(engine, shot):
    engine.warm_up(lambda stage, fraction: None)

    def fail(*_):
        raise RuntimeError(LOST)

    hook = engine._resident.pipeline.transformer.register_forward_pre_hook(fail)
    with pytest.raises(DeviceLost):
        engine.paint(shot(side=64), quiet, never)
    hook.remove()
    assert engine.health.state is State.DEFUNCT
    assert "illegal memory access" in engine.health.lost_because
    with pytest.raises(DeviceLost):
        engine.paint(shot(side=64), quiet, never)


def test_a_hung_step_is_noticed_while_it_hangs(engine, shot):
    go_on = threading.Event()
    engine.paint(shot(side=64), quiet, never)

    def hang(*_):
        go_on.wait(30)

    hook = engine._resident.pipeline.transformer.register_forward_pre_hook(hang)
    painter = threading.Thread(target=lambda: engine.paint(shot(side=64), quiet, never))
    painter.start()
    try:
        deadline = time.monotonic() + 20
        while engine.health.state is not State.DEFUNCT and time.monotonic() < deadline:
            time.sleep(0.05)
        assert engine.health.state is State.DEFUNCT
        assert "no step for" in engine.health.lost_because
    finally:
        go_on.set()
        painter.join()
        hook.remove()
