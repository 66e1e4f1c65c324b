"""Teaching a finished model's decoder: two lessons in one work folder are two lessons."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from diffusers import AutoencoderKL
from torch import Tensor

from zit_engine.pocket import doubling_command
from zit_engine.pocket.checkpoints import Keeper
from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.sizes import Size, new_vae
from zit_engine.pocket.vae import cell_px, fix_latents


@pytest.fixture
def folder(model: Path, tmp_path: Path) -> Path:
    """The tiny pipeline with a VAE that can be doubled."""
    made = shutil.copytree(model, tmp_path / "model")
    vae = new_vae(Size(vae_widths=(28, 8, 16, 16)))
    fix_latents(vae, torch.randint(0, 256, (4, 3, 64, 64), dtype=torch.uint8))
    vae.save_pretrained(made / "vae")
    return made


def test_a_second_lesson_goes_on_from_the_model_and_not_from_an_old_checkpoint(
    folder: Path, tmp_path: Path, concepts: list[Concept], pyramid: list[Tensor],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(doubling_command, "every_concept", lambda: concepts)
    monkeypatch.setattr(doubling_command, "every_pyramid", lambda *_: pyramid)
    monkeypatch.setattr(doubling_command, "load_adapters", lambda _: [])
    monkeypatch.setattr(doubling_command, "FRESH", 4)
    written: list[Path] = []

    def keeper(file: Path) -> Keeper:
        written.append(file)
        return Keeper(file, every=0.0)

    monkeypatch.setattr(doubling_command, "Keeper", keeper)

    def taught() -> AutoencoderKL:
        doubling_command.double_command(
            Path("unused"), folder / "vae", folder, work=tmp_path / "work", pairs=4, minutes=0.05
        )
        return AutoencoderKL.from_pretrained(folder / "vae", torch_dtype=torch.float32)

    first = taught()
    assert cell_px(first) == 16
    assert written[0].parent.is_dir() and not written[0].exists()
    second = taught()
    assert written[1] != written[0]
    assert torch.equal(second.encoder.conv_in.weight, first.encoder.conv_in.weight)
    assert not torch.equal(second.decoder.conv_out.weight, first.decoder.conv_out.weight)
