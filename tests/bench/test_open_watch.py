"""Weights opened by Python and by Rust are both seen; other files and other times are not."""

import sys

import pytest
import torch
from safetensors.torch import load_file, save_file

from zit_engine.bench.open_watch import watched


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "part").mkdir()
    save_file({"a": torch.ones(2)}, tmp_path / "part" / "model.safetensors")
    (tmp_path / "notes.json").write_text("{}")
    return tmp_path


def test_python_opening_weights_is_seen(folder):
    with watched([folder]) as opened:
        (folder / "part" / "model.safetensors").read_bytes()
        (folder / "notes.json").read_text()
    assert set(opened) == {str(folder / "part" / "model.safetensors")}


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel is asked on Linux only")
def test_a_library_in_rust_opening_weights_is_seen(folder):
    with watched([folder]) as opened:
        load_file(folder / "part" / "model.safetensors")
    assert str(folder / "part" / "model.safetensors") in opened


def test_before_and_after_nothing_is_told(folder):
    load_file(folder / "part" / "model.safetensors")
    with watched([folder]) as opened:
        pass
    (folder / "part" / "model.safetensors").read_bytes()
    assert opened == []
