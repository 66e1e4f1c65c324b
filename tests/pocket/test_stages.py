"""All stages one after another at tiny size, from pictures on disk to a pipeline that paints."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from zit_engine.pocket.__main__ import app
from zit_engine.pocket.assemble import assemble, load_pipeline
from zit_engine.pocket.concepts import load_concepts
from zit_engine.pocket.pace import Pace
from zit_engine.pocket.sizes import TINY
from zit_engine.pocket.stages import Scale, Stages

SMALL = Scale(
    chunk=4, vae_chunks=2, vae_batch=4, text_ahead=1, scenes=4, batches=((128, 2), (256, 2))
)


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("packages")
    folder = root / "assets"
    folder.mkdir()
    for i, concept in enumerate(load_concepts()):
        picture = Image.new("RGBA", (16, 16), (i % 256, 80, 255 - i % 256, 255))
        picture.save(folder / f"{concept.code.lower()}.webp", lossless=True)
    return root


def test_every_stage_runs_and_the_result_is_a_stock_pipeline(
    packages: Path, tmp_path: Path
) -> None:
    torch.manual_seed(0)
    stages, two = Stages(tmp_path, packages, size=TINY, scale=SMALL), Pace(steps=2)
    stages.make_tokenizer(captions=1500)
    assert stages.make_vae(two) > 0
    stages.make_text_encoder(two)
    assert stages.make_text_encoder(two, rate=7e-4) > 0
    assert stages.make_transformer([two, two]) > 0
    assert stages.distill(two) >= 0
    assemble(tmp_path, tmp_path / "model")
    pipe = load_pipeline(tmp_path / "model")
    picture = pipe("피자", height=64, width=64, num_inference_steps=2, guidance_scale=0.0).images[0]
    assert picture.size == (64, 64)


def test_each_stage_has_a_subcommand() -> None:
    shown = CliRunner().invoke(app, ["--help"]).output
    for name in (
        "tokenizer", "vae", "text-encoder", "transformer", "distill", "assemble", "adapter", "look"
    ):  # fmt: skip
        assert name in shown


def test_an_unknown_style_is_refused() -> None:
    result = CliRunner().invoke(app, ["adapter", "cubism", "--out", "x.safetensors"])
    assert result.exit_code == 2
