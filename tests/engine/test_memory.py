"""The allocator's setting, the clean-up's rhythm, the out-of-memory answer."""

import gc
import subprocess
import sys
import weakref

import pytest
import torch

from zit_engine.engine import memory
from zit_engine.engine.memory import RegularCleanUp, prepare_allocator, with_one_retry
from zit_engine.engine.z_image import ZImageEngine
from zit_engine.errors import OutOfMemory
from zit_engine.settings import load_settings


def test_allocator_is_prepared_without_starting_torch():
    code = (
        "import sys, os; from zit_engine.engine.memory import prepare_allocator as p; p();"
        "assert 'torch' not in sys.modules;"
        "assert os.environ['PYTORCH_ALLOC_CONF'] == 'expandable_segments:True';"
        "assert os.environ['OMP_WAIT_POLICY'] == 'PASSIVE'"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": "."})


def test_the_operators_setting_stays():
    environment = {"PYTORCH_CUDA_ALLOC_CONF": "max_split_size_mb:128", "OMP_WAIT_POLICY": "x"}
    before = dict(environment)
    prepare_allocator(environment)
    assert environment == before


@pytest.mark.parametrize("name", ["OMP_WAIT_POLICY", "GOMP_SPINCOUNT"])
def test_one_word_of_the_operator_on_waiting_threads_is_enough(name):
    environment = {name: "x"}
    prepare_allocator(environment)
    assert environment[name] == "x"
    assert not {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT"} - {name} & environment.keys()


class Ring:
    """Nothing but a garbage collection lets go of it."""

    def __init__(self):
        self.itself = self


def test_what_was_loaded_is_collected_once_it_was_let_go():
    ring = Ring()
    gone = weakref.ref(ring)
    memory.look_past_loaded()
    del ring
    memory.free_unused()
    assert gone() is not None  # the price of not looking
    memory.free_unused(everything=True)
    assert gone() is None


def test_garbage_that_came_later_is_collected():
    memory.look_past_loaded()
    gone = weakref.ref(Ring())
    memory.free_unused()
    assert gone() is None


def test_cleans_up_every_fifth_picture():
    clean_up = RegularCleanUp(every=5)
    counts = []
    for _ in range(12):
        clean_up.picture_done()
        counts.append(clean_up.count)
    assert counts == [0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2]


ERRORS = [
    torch.OutOfMemoryError("CUDA out of memory"),
    MemoryError(),
    RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
]


@pytest.mark.parametrize("error", ERRORS, ids=["cuda", "python", "cpu"])
def test_one_retry_after_a_clean_up(error):
    events = []

    def work():
        events.append("work")
        if events.count("work") == 1:
            raise error
        return "picture"

    assert with_one_retry(work, lambda: events.append("clean")) == "picture"
    assert events == ["work", "clean", "work"]


@pytest.mark.parametrize("error", ERRORS, ids=["cuda", "python", "cpu"])
def test_second_failure_is_told(error):
    def work():
        raise error

    with pytest.raises(OutOfMemory):
        with_one_retry(work, lambda: None)


def test_other_errors_pass_through():
    def work():
        raise RuntimeError("shape mismatch")

    with pytest.raises(RuntimeError, match="shape"):
        with_one_retry(work, lambda: pytest.fail("no clean-up for other errors"))


def test_the_failed_tensors_are_gone_before_the_retry():
    class Big:
        alive = 0

        def __init__(self):
            Big.alive += 1

        def __del__(self):
            Big.alive -= 1

    def work():
        big = Big()
        raise MemoryError(f"{big is None}")

    seen = []
    with pytest.raises(OutOfMemory):
        with_one_retry(work, lambda: seen.append((memory.free_unused(), Big.alive)[1]))
    assert seen == [0, 0]


def test_report_has_the_host():
    report = memory.memory_report()
    assert 0 < report["process_rss_gib"] < report["ram_total_gib"]
    assert ("gpu_total_gib" in report) == torch.cuda.is_available()


def test_what_is_loaded_is_looked_at_no_more_until_it_is_let_go(tmp_path):
    engine = ZImageEngine(load_settings(data_dir=tmp_path, model="pocket"), {})
    engine.warm_up(lambda stage, fraction: None)
    frozen = gc.get_freeze_count()
    assert frozen > 10_000  # the model's modules, and whatever else lived then
    engine.close()
    assert gc.get_freeze_count() == 0
