"""Adapters: trained on the shipped model for two steps, saved, loaded by the stock pipeline."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from diffusers import ZImagePipeline
from safetensors import safe_open
from typer.testing import CliRunner

from zit_engine.pocket.__main__ import app
from zit_engine.pocket.adapters import (
    Pairs,
    load_pairs,
    make_pairs,
    save_adapter,
    save_pairs,
    train_adapter,
)
from zit_engine.pocket.assemble import load_pipeline
from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.look import contact_sheet
from zit_engine.pocket.pace import Pace

ROOT = Path(__file__).resolve().parents[2]
PROMPT = "딸기 케이크, 분홍색 배경"


@pytest.fixture(scope="module")
def pipe() -> ZImagePipeline:
    return load_pipeline(ROOT / "assets" / "pocket")


@pytest.fixture(scope="module")
def pairs(pipe: ZImagePipeline, concepts: list[Concept]) -> Pairs:
    return make_pairs(pipe, concepts, 2, side=64)


def _latents(pipe: ZImagePipeline) -> torch.Tensor:
    return pipe(
        PROMPT, height=64, width=64, num_inference_steps=2, guidance_scale=0.0,
        generator=torch.Generator().manual_seed(7), output_type="latent",
    ).images  # fmt: skip


def test_a_pair_is_a_noise_and_the_models_own_picture(pairs: Pairs) -> None:
    assert pairs.pictures.shape == (2, 3, 64, 64) and pairs.pictures.dtype == torch.uint8
    assert pairs.noise.shape == (2, 16, 8, 8) and len(pairs.captions) == 2


def test_pairs_are_kept_for_the_next_style(pairs: Pairs, tmp_path: Path) -> None:
    save_pairs(pairs, tmp_path / "pairs.safetensors")
    again = load_pairs(tmp_path / "pairs.safetensors")
    assert again.captions == pairs.captions
    assert torch.equal(again.noise, pairs.noise) and torch.equal(again.pictures, pairs.pictures)


def test_an_adapter_round_trips_through_the_stock_pipeline(
    pipe: ZImagePipeline, pairs: Pairs, tmp_path: Path
) -> None:
    base, file = _latents(pipe), tmp_path / "style.safetensors"
    train_adapter(pipe, "pencil-sketch", pairs, Pace(steps=2), batch=2, rate=1e-2)
    save_adapter(pipe, "pencil-sketch", file)
    pipe.transformer.set_adapter("pencil-sketch")
    trained = _latents(pipe)
    pipe.transformer.delete_adapters("pencil-sketch")
    assert torch.equal(_latents(pipe), base)
    pipe.load_lora_weights(str(tmp_path), weight_name=file.name, adapter_name="again")
    loaded = _latents(pipe)
    pipe.unload_lora_weights()
    assert not torch.equal(loaded, base)
    # the file keeps bfloat16, the trained adapter was float32
    assert (loaded - trained).abs().mean() < 0.1 * (loaded - base).abs().mean() + 1e-3


def test_training_can_continue_from_a_file(
    pipe: ZImagePipeline, pairs: Pairs, tmp_path: Path
) -> None:
    file = tmp_path / "style.safetensors"
    first = train_adapter(pipe, "anime", pairs, Pace(steps=10), batch=2, rate=5e-3)
    save_adapter(pipe, "anime", file)
    pipe.transformer.delete_adapters("anime")
    torch.manual_seed(0)
    later = train_adapter(pipe, "anime", pairs, Pace(steps=1), batch=2, start=file)
    pipe.transformer.delete_adapters("anime")
    assert later < first


def test_the_command_writes_a_file_from_kept_pairs(pairs: Pairs, tmp_path: Path) -> None:
    kept, out = tmp_path / "pairs.safetensors", tmp_path / "anime.safetensors"
    save_pairs(pairs, kept)
    typed = ["--keep", str(kept), "--steps", "1", "--no-compiled", "--out", str(out)]
    model = ["--model", str(ROOT / "assets" / "pocket")]
    result = CliRunner().invoke(app, ["adapter", "paper-cut-out", *typed, *model])
    assert result.exit_code == 0, result.output
    assert "loss" in result.output and out.stat().st_size > 1_000_000


SHIPPED = sorted((ROOT / "style_loras" / "pocket").glob("*.safetensors"))


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_shipped_files_are_bfloat16_loras_on_the_transformer(file: Path) -> None:
    with safe_open(file, "pt") as tensors:
        assert tensors.metadata() == {"format": "pt"}
        names = list(tensors.keys())
        assert len(names) == 140 and all(name.startswith("transformer.") for name in names)
        assert tensors.get_tensor(names[0]).dtype == torch.bfloat16


def test_a_contact_sheet_has_a_row_a_seed_and_a_column_a_prompt(pipe: ZImagePipeline) -> None:
    sheet = contact_sheet(pipe, ["피자", "pizza"], [1, 2, 3], side=64, steps=1)
    assert sheet.size == (128, 192)
