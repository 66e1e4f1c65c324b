"""All stages one after another at tiny size, from pictures on disk to a pipeline that paints."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from zit_engine.pocket import diffusion, plan
from zit_engine.pocket.__main__ import app
from zit_engine.pocket.assemble import assemble, load_pipeline
from zit_engine.pocket.concepts import load_concepts
from zit_engine.pocket.sizes import TINY
from zit_engine.pocket.stages import Scale, Stages

SMALL = Scale(
    chunk=4, vae_chunks=2, vae_batch=4, text_ahead=1, keep_every=0.0, previews=2, soft_pairs=4,
    transformer=((128, 4, 2), (256, 4, 2), (512, 2, 1)), distill=((256, 4, 2), (512, 2, 1)),
)  # fmt: skip
FEW = load_concepts()[150:190]  # fruit to hamburgers
STEPS = {"tokenizer": 1500} | {stage.name: 2 for stage in plan.PLAN[1:]}


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("packages")
    folder = root / "assets"
    folder.mkdir()
    for i, concept in enumerate(FEW):
        picture = Image.new("RGBA", (16, 16), (i % 256, 80, 255 - i % 256, 255))
        picture.save(folder / f"{concept.code.lower()}.webp", lossless=True)
    return root


def _stages(packages: Path, work: Path) -> Stages:
    # without the drawn subjects, which take a second each to draw
    size = replace(TINY, vae_widths=(28, 8, 16, 16))  # a VAE that can be doubled
    return Stages(work, packages, size=size, scale=SMALL, concepts=FEW)


def test_a_cut_run_goes_on_where_it_was_and_ends_as_a_stock_pipeline(
    packages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    plain, calls = diffusion.flow_loss, []

    def cut_at_256(model: object, batch: object) -> torch.Tensor:
        calls.append(batch.latents.shape[-1])
        if calls.count(32) == 2:
            raise KeyboardInterrupt
        return plain(model, batch)

    monkeypatch.setattr(diffusion, "flow_loss", cut_at_256)
    with pytest.raises(KeyboardInterrupt):
        plan.run_plan(_stages(packages, tmp_path), 1000.0, STEPS)
    assert list(plan.finished(tmp_path)) == [
        "tokenizer", "vae", "text-1", "text-2", "transformer-128"
    ]  # fmt: skip
    before = (tmp_path / "vae" / "config.json").stat().st_mtime_ns
    calls.clear()
    monkeypatch.setattr(diffusion, "flow_loss", lambda m, b: (calls.append(b), plain(m, b))[1])
    figures = plan.run_plan(_stages(packages, tmp_path), 1000.0, STEPS)
    # one step at 256 px was behind it, two at 512 px were not
    assert [batch.latents.shape[-1] for batch in calls] == [32, 64, 64]
    assert (tmp_path / "vae" / "config.json").stat().st_mtime_ns == before
    assert list(figures) == [stage.name for stage in plan.PLAN]
    assert all(value == value for value in figures.values())
    _looks_finished(tmp_path)


def _looks_finished(work: Path) -> None:
    for stage in (
        "vae", "transformer-128", "transformer-256", "transformer-512", "distill", "double"
    ):  # fmt: skip
        with Image.open(work / "previews" / f"{stage}.png") as preview:
            assert preview.size[0] >= 128
        assert (work / "logs" / f"{stage}.log").read_text(encoding="utf-8").strip()
    assemble(work, work / "model")
    pipe = load_pipeline(work / "model")
    picture = pipe("피자", height=64, width=64, num_inference_steps=2, guidance_scale=0.0).images[0]
    assert picture.size == (64, 64)


def test_each_stage_has_a_subcommand() -> None:
    shown = CliRunner().invoke(app, ["--help"]).output
    for name in (
        "tokenizer", "vae", "text-encoder", "transformer", "distill", "all", "assemble", "adapter",
        "look", "judge", "eval", "double",
    ):  # fmt: skip
        assert name in shown


def test_an_unknown_style_is_refused() -> None:
    result = CliRunner().invoke(app, ["adapter", "cubism", "--out", "x.safetensors"])
    assert result.exit_code == 2
