"""Weights arrive bit for bit where they should, through a small piece of host memory."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from diffusers import ZImagePipeline
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from tests.engine.scaled_checkpoint import PARTS, write_checkpoint
from zit_engine.engine import loader
from zit_engine.engine.checkpoint import load_pipeline
from zit_engine.engine.loader import load_part, stored_tensors
from zit_engine.engine.placement import POCKET_FOLDER
from zit_engine.errors import CheckpointRefused
from zit_engine.settings import ROOT

TINY_TRANSFORMER = {"dim": 64, "n_heads": 1, "n_kv_heads": 1, "n_layers": 2, "cap_feat_dim": 32}
TINY_ENCODER = {
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 16,
    "intermediate_size": 64,
}


def in_memory(dtype: torch.dtype = torch.float32):
    return lambda name, shape: torch.empty(shape, dtype=dtype)


def quiet(count: int) -> None:
    pass


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("chunk", [loader.CHUNK_BYTES, 1000])
def test_equals_what_the_libraries_load(part, chunk, monkeypatch):
    monkeypatch.setattr(loader, "CHUNK_BYTES", chunk)
    stock = getattr(ZImagePipeline.from_pretrained(POCKET_FOLDER, dtype=torch.float32), part)
    counts: list[int] = []
    ours = load_part(part, POCKET_FOLDER / part, in_memory(), counts.append)
    for kind in ("named_parameters", "named_buffers"):
        wanted, got = dict(getattr(stock, kind)()), dict(getattr(ours, kind)())
        assert wanted.keys() == got.keys()
        assert all(torch.equal(got[name], wanted[name]) for name in wanted)
        assert all(got[name].dtype == wanted[name].dtype for name in wanted)
    stored = stored_tensors(POCKET_FOLDER / part).values()
    assert sum(counts) == sum(each.entry.end - each.entry.start for each in stored)
    assert not ours.training and not any(p.requires_grad for p in ours.parameters())


@pytest.fixture(scope="module")
def sharded(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("sharded") / "model"
    return write_checkpoint(folder, TINY_TRANSFORMER, TINY_ENCODER, shard_bytes=60_000)


def test_shards_come_together(sharded):
    part = sharded / "transformer"
    assert len(list(part.glob("*.safetensors"))) > 3
    module = load_part("transformer", part, in_memory(torch.bfloat16), quiet)
    stored = {}
    for path in part.glob("*.safetensors"):
        stored |= load_file(path)
    assert all(torch.equal(tensor, stored[name]) for name, tensor in module.state_dict().items())


@pytest.mark.parametrize("stored_as", [torch.float32, torch.float16, torch.bfloat16])
def test_other_number_types_are_cast_exactly(stored_as, tmp_path):
    folder = write_checkpoint(tmp_path / "m", TINY_TRANSFORMER, TINY_ENCODER, 10**6, stored_as)
    module = load_part("text_encoder", folder / "text_encoder", in_memory(torch.bfloat16), quiet)
    stored = load_file(next((folder / "text_encoder").glob("*.safetensors")))
    for name, tensor in module.state_dict().items():
        assert torch.equal(tensor, stored[name].to(torch.bfloat16))


def test_a_language_models_head_is_left_and_its_prefix_dropped(sharded, tmp_path):
    whole: dict[str, torch.Tensor] = {}
    for path in (sharded / "text_encoder").glob("*.safetensors"):
        whole |= load_file(path)
    folder = tmp_path / "text_encoder"
    folder.mkdir()
    (folder / "config.json").write_text((sharded / "text_encoder" / "config.json").read_text())
    renamed = {f"model.{name}": tensor for name, tensor in whole.items()}
    save_file(renamed | {"lm_head.weight": torch.zeros(8, 32)}, folder / "model.safetensors")
    module = load_part("text_encoder", folder, in_memory(torch.bfloat16), quiet)
    assert all(torch.equal(tensor, whole[name]) for name, tensor in module.state_dict().items())


def test_the_vaes_old_names_are_understood():
    from zit_engine.engine.tensor_names import tensor_name

    old = "decoder.mid_block.attentions.0.proj_attn.weight"
    assert tensor_name("vae", old) == "decoder.mid_block.attentions.0.to_out.0.weight"
    assert tensor_name("vae", "decoder.conv_in.weight") == "decoder.conv_in.weight"
    assert tensor_name("text_encoder", "model.layers.0.self_attn.rotary_emb.inv_freq") is None


def rewritten(sharded: Path, target: Path, change) -> Path:
    part = target / "transformer"
    part.mkdir(parents=True)
    (part / "config.json").write_text((sharded / "transformer" / "config.json").read_text())
    tensors: dict[str, torch.Tensor] = {}
    for path in (sharded / "transformer").glob("*.safetensors"):
        tensors |= load_file(path)
    change(tensors, part)
    save_file(tensors, part / "weights.safetensors")
    return part


BROKEN = {
    "missing": (lambda t, part: t.pop("x_pad_token"), "x_pad_token", "missing"),
    "shape": (
        lambda t, part: t.update({"x_pad_token": torch.zeros(1, 65)}),
        "x_pad_token",
        "[1, 65]",
    ),
    "twice": (
        lambda t, part: save_file({"x_pad_token": t["x_pad_token"]}, part / "a.safetensors"),
        "x_pad_token",
        "also in a.safetensors",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_does_not_fit_is_named(name, sharded, tmp_path):
    change, key, found = BROKEN[name]
    part = rewritten(sharded, tmp_path, change)
    with pytest.raises(CheckpointRefused) as refused:
        load_part("transformer", part, in_memory(), quiet)
    assert (refused.value.values["key"], refused.value.values["found"]) == (key, found)


def test_tensors_nobody_needs_are_left(sharded, tmp_path):
    extra = rewritten(sharded, tmp_path, lambda t, part: t.update({"ema.x": torch.zeros(3)}))
    assert "ema.x" not in load_part("transformer", extra, in_memory(), quiet).state_dict()


def test_progress_rises_to_the_end_part_by_part():
    told: list[tuple[str, float]] = []
    load_pipeline(POCKET_FOLDER, "cpu", "float32", on_progress=lambda *step: told.append(step))
    fractions = [fraction for _, fraction in told]
    assert fractions == sorted(fractions) and 0.99 < fractions[-1] <= 1.0
    stages = list(dict.fromkeys(stage for stage, _ in told))
    assert stages == ["load_transformer", "load_text_encoder", "load_vae"]


SMALL = (
    {"dim": 1024, "n_heads": 16, "n_kv_heads": 16, "n_layers": 12, "cap_feat_dim": 1024},
    {"hidden_size": 1024, "num_hidden_layers": 8, "num_attention_heads": 16, "vocab_size": 20_000}
    | {"num_key_value_heads": 8, "head_dim": 64, "intermediate_size": 3072},
    64 * 2**20,
    0.55e9,
)
LARGE = (
    {"dim": 2048, "n_heads": 32, "n_kv_heads": 32, "n_layers": 20, "cap_feat_dim": 2048},
    {"hidden_size": 2048, "num_hidden_layers": 10, "num_attention_heads": 32, "vocab_size": 40_000}
    | {"num_key_value_heads": 8, "head_dim": 64, "intermediate_size": 6144},
    256 * 2**20,
    3e9,
)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="RssAnon is Linux's")
@pytest.mark.parametrize("size", [SMALL, pytest.param(LARGE, marks=pytest.mark.slow)])
def test_a_small_host_moves_a_large_checkpoint(size, tmp_path):
    transformer, encoder, shard, least = size
    folder = write_checkpoint(tmp_path / "model", transformer, encoder, shard)
    bytes_in_files = sum(path.stat().st_size for path in folder.glob("*/*.safetensors"))
    assert bytes_in_files > least
    child = subprocess.run(
        [sys.executable, "tests/engine/loader_child.py", str(folder), str(tmp_path / "card")],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(child.stdout)
    assert told["anonymous"] <= 0.15 * bytes_in_files
    assert told["moved"] == pytest.approx(bytes_in_files, rel=0.01)
    assert told["sums"] == checksums(folder)


def checksums(folder: Path) -> dict[str, str]:
    """By the library's own reader, which shares nothing with ours."""
    sums = {}
    for part in PARTS:
        for path in (folder / part).glob("*.safetensors"):
            with safe_open(path, "pt") as file:
                for name in file.keys():  # noqa: SIM118 - not a dict
                    raw = file.get_tensor(name).reshape(-1).view(torch.uint8).numpy()
                    sums[f"{part}/{name}"] = hashlib.sha256(raw).hexdigest()
    return sums
