"""Telling, checking and loading checkpoint folders; damaged ones are named, not half loaded."""

import json
import shutil
from pathlib import Path

import pytest

from tests.engine.headers import write_hollow
from zit_engine.engine.checkpoint import load_pipeline, read_base
from zit_engine.engine.placement import POCKET_FOLDER
from zit_engine.errors import CheckpointRefused, ModelMissing


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(POCKET_FOLDER, tmp_path / "model"))


def load(folder: Path):
    return load_pipeline(folder, "cpu", "float32")


def test_base_is_told_by_the_weights_width(copied: Path, tmp_path: Path):
    assert read_base(copied) == "pocket"
    config = copied / "transformer" / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"dim": 3840}))
    assert read_base(copied) == "pocket"
    write_hollow(copied / "transformer" / "a.safetensors", {"x_pad_token": (1, 3840)})
    assert read_base(copied) == "z-image-turbo"


@pytest.mark.parametrize("text", ["", "[]", "{}", "not json"])
def test_unreadable_weights_and_config_name_the_folder(copied: Path, text):
    (copied / "transformer" / "diffusion_pytorch_model.safetensors").write_text("?")
    assert read_base(copied) == "pocket"
    (copied / "transformer" / "config.json").write_text(text)
    with pytest.raises(ModelMissing) as missing:
        read_base(copied)
    assert missing.value.values["model"] == str(copied)


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_cut_weights_are_refused(copied: Path, share):
    weights = copied / "transformer" / "diffusion_pytorch_model.safetensors"
    data = weights.read_bytes()
    weights.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(CheckpointRefused) as refused:
        load(copied)
    assert refused.value.values["file"] == "transformer/diffusion_pytorch_model.safetensors"


def test_pickled_weights_are_not_read(copied: Path):
    weights = copied / "vae" / "diffusion_pytorch_model.safetensors"
    weights.rename(weights.with_suffix(".bin"))
    with pytest.raises(CheckpointRefused) as refused:
        load(copied)
    assert refused.value.values["file"] == "vae"
