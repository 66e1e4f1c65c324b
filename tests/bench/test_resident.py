"""Twenty requests over all styles load the model once and open no file of weights again."""

import shutil
from pathlib import Path

import pytest

from zit_engine.bench.resident import REQUESTS, requests, run
from zit_engine.bench.trial import open_trial
from zit_engine.settings import ROOT, load_settings


def test_nothing_is_loaded_after_the_first_pictures(tmp_path: Path) -> None:
    # A copy: tests beside this one open the shipped files.
    shutil.copytree(ROOT / "assets" / "pocket", tmp_path / "pocket")
    settings = load_settings(model=str(tmp_path / "pocket"), num_inference_steps=1, cpu_threads=1)
    with open_trial(settings, quick=True, side=32) as trial:
        report = requests(trial, REQUESTS)
    assert report["styles"] == 6 and report["requests"] == 20
    assert (report["model_loads"], report["opened"]) == (1, [])


@pytest.mark.slow
def test_the_first_step_of_a_style_is_told_beside_the_bases(small_trial) -> None:
    report = run(small_trial)
    assert report["first_step_adapter_over_base_ratio"] > 0
    assert report["first_step"]["pairs"] == 4
