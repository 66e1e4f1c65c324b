"""A run ends in time with everything it learnt, whatever fails in it."""

from __future__ import annotations

import hashlib
import json
import time
import tomllib
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from zit_engine.pocket.assemble import load_pipeline
from zit_engine.pocket.budget import stages
from zit_engine.pocket.budget.clock import Clock
from zit_engine.pocket.budget.flow import train_flow
from zit_engine.pocket.budget.home import bring_home
from zit_engine.pocket.budget.kit import TOY, Kit
from zit_engine.pocket.budget.supervisor import Run, supervise
from zit_engine.pocket.budget.worker import run_stages
from zit_engine.pocket.filters import FILTERS
from zit_engine.pocket.pace import Pace

ROOT = Path(__file__).resolve().parents[3]
SMALL = replace(TOY, chunk=2, first=4)


def _kit(start: Path, work: Path, seconds: float = 3000.0) -> Kit:
    clock = Clock(time.monotonic(), seconds, steps=2)
    return Kit(start, work, clock, SMALL, torch.device("cpu"))


def _brought_home(work: Path, model: Path, out: Path) -> list[str]:
    run = Run(work, work / "pieces", Clock(time.monotonic(), 1.0), [])
    (work / "logs").mkdir(exist_ok=True)
    run.finish()
    pieces = list((work / "pieces").iterdir())
    assert len(pieces) <= 8
    assert all(file.stat().st_size < 16 * 2**20 for file in pieces)
    return bring_home(work / "pieces", out, model, ROOT / "style_loras")


def test_every_stage_runs_and_the_results_paint(start: Path, model: Path, tmp_path: Path) -> None:
    torch.manual_seed(0)
    done = run_stages(_kit(start, tmp_path))
    assert list(done) == ["words", "flow", "distil", "styles"]
    assert all("failed" not in figures for figures in done.values()), done
    told = _brought_home(tmp_path, model, tmp_path / "home")
    assert "vae: as before" in told
    pipe = load_pipeline(tmp_path / "home" / "model")
    learnt = load_file(tmp_path / "export" / "transformer.safetensors")
    held = pipe.transformer.state_dict()
    assert all(torch.equal(held[key], value.float()) for key, value in learnt.items())
    adapters = tmp_path / "home" / "style_loras" / "pocket"
    assert sorted(file.stem for file in adapters.iterdir()) == sorted(FILTERS)
    entry = tomllib.loads((adapters.parent / "catalogue.toml").read_text("utf-8"))["anime"]
    mark = hashlib.sha256((adapters / "anime.safetensors").read_bytes()).hexdigest()
    assert entry["files"]["pocket"]["sha256"] == mark
    pipe.load_lora_weights(str(adapters), weight_name="anime.safetensors", adapter_name="a")
    pipe.set_adapters("a", 1.0)
    picture = pipe("피자", height=64, width=64, num_inference_steps=2, guidance_scale=0.0).images[0]
    assert picture.size == (64, 64)


def test_a_failed_stage_costs_only_itself(
    start: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(kit: Kit, pace: Pace) -> stages.Figures:
        raise RuntimeError("the GPU is gone")

    monkeypatch.setitem(stages.STAGES, "words", fails)
    monkeypatch.setitem(stages.STAGES, "styles", fails)
    done = run_stages(_kit(start, tmp_path))
    assert "the GPU is gone" in done["words"]["failed"]
    assert "failed" not in done["flow"]
    assert "failed" not in done["distil"]
    told = _brought_home(tmp_path, model, tmp_path / "home")
    assert any(line.startswith("text_encoder: ") and "flow" in line for line in told)
    assert any(line.startswith("transformer: ") and "distil" in line for line in told)


def test_what_a_failed_stage_half_taught_is_undone(
    start: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Distillation must not teach the transformer with an encoder that does not ship."""

    def breaks(*args: object, **options: object) -> None:
        train_flow(*args, **options)
        raise RuntimeError("the GPU is gone")

    monkeypatch.setattr(stages, "train_flow", breaks)
    kit = _kit(start, tmp_path)
    done = run_stages(kit)
    assert "the GPU is gone" in done["flow"]["failed"] and "failed" not in done["distil"]
    exported = load_file(kit.export_file("text_encoder"))
    held = kit.parts.encoder.state_dict()
    assert all(torch.equal(held[key], value.float()) for key, value in exported.items())
    assert not any(weight.requires_grad for weight in kit.parts.encoder.parameters())


def test_means_that_are_no_numbers_do_not_end_the_stage(
    start: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoilt(*args: object, keep: Callable[..., None], **options: object) -> object:
        mean, loss = train_flow(*args, keep=None, **options)
        keep(nn.ParameterList([torch.tensor([float("nan")])]), mean)
        return mean, loss

    monkeypatch.setattr(stages, "train_flow", spoilt)
    kit = _kit(start, tmp_path)
    assert stages.flow(kit, Pace(1.0))["loss"] > 0
    assert kit.export_file("transformer").exists()


def test_a_second_process_goes_on_where_the_first_was_cut(start: Path, tmp_path: Path) -> None:
    kit = _kit(start, tmp_path)
    flow = stages.flow(kit, Pace(1.0))
    kit.export("transformer", {key: value * 0 + 0.5 for key, value in load_file(
        kit.export_file("transformer")).items()})  # fmt: skip
    (tmp_path / "done.json").write_text(json.dumps({"words": {}, "flow": flow}))
    again = _kit(start, tmp_path)
    assert all((p == 0.5).all() for p in again.parts.transformer.parameters())
    again = _kit(start, tmp_path, 0.5)
    assert list(run_stages(again)) == ["words", "flow"]


def test_weights_that_are_no_numbers_are_never_exported(start: Path, tmp_path: Path) -> None:
    kit = _kit(start, tmp_path)
    with pytest.raises(ArithmeticError):
        kit.export("transformer", {"weight": torch.tensor([1.0, float("nan")])})
    assert not kit.export_file("transformer").exists()


@pytest.mark.slow
def test_a_supervised_run_ends_in_its_budget(start: Path, model: Path, tmp_path: Path) -> None:
    begun, budget = time.monotonic(), 90.0
    told = supervise(
        start, tmp_path / "work", tmp_path / "out", budget, "cpu", False, True, True, 0
    )
    assert time.monotonic() - begun < budget
    assert list(told["done"]) == ["words", "flow", "distil", "styles"]
    with zipfile.ZipFile(tmp_path / "out" / "logs.zip") as held:
        assert {"worker.log", "summary.json", "distil.jpg"} <= set(held.namelist())
    assert bring_home(tmp_path / "out", tmp_path / "home", model)
