"""The full-size measurement at toy size, and what it says where there is no GPU."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from zit_engine.bench.random_checkpoint import FULL, POCKET, write_style
from zit_engine.bench.residency import STYLES, run
from zit_engine.engine.loader import build_empty
from zit_engine.engine.lora_file import check_lora, linear_shapes
from zit_engine.engine.placement import FULL_SIZES
from zit_engine.settings import ROOT


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_it_says_so_with_its_own_code(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "zit_engine", "bench", "residency"],
        cwd=ROOT,
        env=os.environ | {"ZIT_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (3, "not run: no GPU")


def test_the_measurement_runs_and_the_base_stays():
    report = run(toy=True, pictures=10)
    assert report["base_is_bit_identical"] is True
    assert report["load"]["health"]["residency"] == "full"
    assert list(report["load"]["allocated_after_part_gib"]) == [
        "load_transformer",
        "load_text_encoder",
        "load_vae",
    ]
    # One plain, six styles, ten with switches, one plain.
    assert report["health_after"]["pictures"] == 1 + STYLES + 10 + 1
    assert len(report["levels_every_10"]) == 1
    json.dumps(report)


def full_part(part: str, folder: Path) -> torch.nn.Module:
    config = json.loads((POCKET / part / "config.json").read_text()) | FULL[part]
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config))
    return build_empty(part, folder)


@pytest.mark.parametrize("part", FULL)
def test_the_layout_has_the_published_size(part, tmp_path):
    numbers = sum(p.numel() for p in full_part(part, tmp_path / part).parameters())
    assert 2 * numbers == pytest.approx(getattr(FULL_SIZES, part), rel=0.003)


def test_a_style_touches_the_usual_238_layers(tmp_path):
    layers = linear_shapes(full_part("transformer", tmp_path / "transformer"))
    write_style(tmp_path / "style.safetensors", layers, rank=1, seed=0)
    assert check_lora(tmp_path / "style.safetensors", layers) == 238
