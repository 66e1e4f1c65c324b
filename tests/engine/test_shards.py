"""Weights cut anew: every bit pattern as torch casts it, sizes kept, headers others can read."""

import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from tests.engine.conversions import assert_cast
from zit_engine.engine.convert import convert
from zit_engine.engine.placement import POCKET_FOLDER
from zit_engine.engine.shards import Move, Shard, plan_part, write_shard
from zit_engine.engine.weights import ITEM_BYTES, TensorEntry, read_header
from zit_engine.errors import CheckpointRefused


def odd_source(tmp_path: Path, tensors: dict[str, torch.Tensor]) -> Path:
    """A folder like a model's whose parts hold next to nothing, and the VAE `tensors`."""
    folder = tmp_path / "odd"
    shutil.copytree(POCKET_FOLDER, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    save_file({"one": torch.ones(1)}, folder / "transformer" / "model.safetensors")
    save_file({"one": torch.ones(1)}, folder / "text_encoder" / "model.safetensors")
    save_file(tensors, folder / "vae" / "diffusion_pytorch_model.safetensors")
    return folder


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float32"])
@pytest.mark.parametrize("stored", ["float64", "float32", "float16", "bfloat16"])
def test_every_bit_pattern_casts_as_torch_does(tmp_path, stored, dtype):
    wanted, kind = getattr(torch, dtype), getattr(torch, stored)
    halves = torch.arange(-(2**15), 2**15, dtype=torch.int32).to(torch.int16)
    patterns = {
        "all halves": halves.view(kind if stored.endswith("16") else torch.bfloat16).to(kind),
        "some words": torch.randint(-(2**31), 2**31, (50_000,)).to(torch.int32).view(torch.float32),
    }
    patterns = {name: tensor.to(kind) for name, tensor in patterns.items()}
    # A number that would become infinite is refused; that has a test of its own.
    wild = {
        name: tensor[~(tensor.isfinite() & tensor.to(wanted).isinf())]
        for name, tensor in patterns.items()
    }
    folder = odd_source(
        tmp_path,
        {
            **wild,
            "scalar": torch.tensor(0.1, dtype=kind),
            "whole": torch.arange(7),
            "truth": torch.tensor([True, False, True]),
            "bytes": torch.arange(5, dtype=torch.uint8),
        },
    )
    made = convert(folder, tmp_path / "made", dtype, chunk_bytes=1000)
    assert_cast(folder, made.folder, wanted)


def planned(tmp_path: Path, sizes: list[int], limit: int) -> list[Shard]:
    part = tmp_path / "part"
    part.mkdir()
    tensors = {f"t{n:02}": torch.zeros(size, dtype=torch.uint8) for n, size in enumerate(sizes)}
    save_file(tensors, part / "all.safetensors")
    return plan_part(part, "model", "BF16", limit)


def test_no_file_is_larger_than_asked_and_none_is_wasted(tmp_path):
    shards = planned(tmp_path, [1000] * 40, 5000)
    assert max(shard.size for shard in shards) <= 5000
    assert all(len(shard.moves) == 4 for shard in shards[:-1])
    assert [move.name for shard in shards for move in shard.moves] == [
        f"t{n:02}" for n in range(40)
    ]


def test_a_tensor_larger_than_a_file_has_one_to_itself(tmp_path):
    shards = planned(tmp_path, [100, 9000, 100], 5000)
    assert [len(shard.moves) for shard in shards] == [1, 1, 1]
    assert [shard.file for shard in shards] == [
        f"part/model-0000{n}-of-00003.safetensors" for n in (1, 2, 3)
    ]


def test_every_tensor_begins_where_its_type_wants_it(tmp_path):
    folder = odd_source(
        tmp_path,
        {
            "odd": torch.ones(3, dtype=torch.uint8),
            "wide": torch.arange(2),
            "float": torch.ones(5),
        },
    )
    made = convert(folder, tmp_path / "made").folder
    entries = read_header(made / "vae" / "diffusion_pytorch_model.safetensors")
    assert all(entry.start % ITEM_BYTES[entry.dtype] == 0 for entry in entries.values())


def test_no_file_begins_like_a_pickle(tmp_path):
    source, path = tmp_path / "numbers", tmp_path / "made.safetensors"
    source.write_bytes(bytes(4))
    lengths = set()
    for extra in range(1, 1400, 4):
        move = Move("a" * extra, source, TensorEntry("F32", (1,), 0, 4), "BF16")
        write_shard(Shard("part/made.safetensors", (move,)), path, lambda count: None, 1000)
        lengths.add(int.from_bytes(path.read_bytes()[:8], "little"))
        assert set(read_header(path)) == {move.name}
    assert {632, 648, 888, 904, 1144, 1160} <= lengths and not lengths & {640, 896, 1152}


def test_a_number_that_does_not_fit_is_refused_by_name(tmp_path):
    folder = odd_source(tmp_path, {"good": torch.ones(3), "loud": torch.tensor([1.0, 70000.0])})
    with pytest.raises(CheckpointRefused) as refused:
        convert(folder, tmp_path / "made", "float16")
    values = refused.value.values
    assert values["file"] == "vae/diffusion_pytorch_model.safetensors"
    assert (values["key"], values["found"]) == ("loud", "70000")
    assert not (tmp_path / "made").exists()
