"""A Trial on the embedded model that paints small pictures in two steps: shared, because loading
is most of its time."""

from collections.abc import Iterator

import pytest
import torch

from zit_engine.bench.trial import Trial, open_trial
from zit_engine.settings import load_settings


@pytest.fixture(scope="session")
def small_trial() -> Iterator[Trial]:
    threads = torch.get_num_threads()
    settings = load_settings(model="pocket", num_inference_steps=2, cpu_threads=1)
    with open_trial(settings, quick=True, side=64) as trial:
        yield trial
    torch.set_num_threads(threads)
