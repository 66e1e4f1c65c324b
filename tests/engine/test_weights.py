"""Malformed safetensors files of every class known, refused by content and named."""

import json
import pickle
import struct
import zipfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from zit_engine.engine.placement import POCKET_FOLDER
from zit_engine.engine.weights import read_header
from zit_engine.errors import CheckpointRefused


def packed(header: object, data: bytes = b"", length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def one(shape=(2,), start=0, end=8, dtype="F32") -> dict:
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [start, end]}


EIGHT = bytes(8)
BAD = {
    "empty": b"",
    "seven bytes": b"\x00" * 7,
    "huge length": packed({}, length=2**63),
    "over 100 MB": packed({}, length=100_000_001),
    "not JSON": packed(b"{not json}"),
    "not UTF-8": packed(b'{"\xff": 1}'),
    "a list": packed([1, 2]),
    "no tensors": packed({"__metadata__": {"a": "b"}}),
    "deep JSON": packed(b"[" * 100_000 + b"]" * 100_000),
    "key twice": packed(
        b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},'
        b'"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}',
        EIGHT,
    ),
    "too many": packed({f"t{n}": one(start=8 * n, end=8 * n + 8) for n in range(20_001)}),
    "overlap": packed({"a": one(), "b": one(start=4, end=12)}, bytes(12)),
    "hole": packed({"a": one(), "b": one(start=12, end=20)}, bytes(20)),
    "truncated": packed({"a": one()}, bytes(5)),
    "something behind": packed({"a": one()}, bytes(8) + b"PK\x03\x04 hidden"),
    "overflowing shape": packed({"a": one((2**40, 2**40))}, EIGHT),
    "wrong size": packed({"a": one((3,))}, EIGHT),
    "no size": packed({"a": one((0,), 0, 0)}),
    "negative": packed({"a": one((-2,))}, EIGHT),
    "truth as size": packed({"a": {"dtype": "F32", "shape": [True, 2], "data_offsets": [0, 8]}}),
    "unknown type": packed({"a": one(dtype="F33")}, EIGHT),
    "no offsets": packed({"a": {"dtype": "F32", "shape": [2]}}, EIGHT),
    "text as entry": packed({"a": "b"}),
    "pickle": pickle.dumps({"a": 1}, protocol=4),
}


@pytest.mark.parametrize("name", BAD)
def test_a_malformed_file_is_refused_by_name(name, tmp_path: Path):
    path = tmp_path / "weights.safetensors"
    path.write_bytes(BAD[name])
    with pytest.raises(CheckpointRefused) as refused:
        read_header(path, "vae/weights.safetensors")
    assert refused.value.values["file"] == "vae/weights.safetensors"
    assert all(refused.value.values[name] for name in ("key", "found", "expected"))


def test_torchs_zip_is_never_opened(tmp_path: Path):
    path = tmp_path / "model.safetensors"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data.pkl", b"cos\nsystem\n(S'true'\ntR.")
    with pytest.raises(CheckpointRefused) as refused:
        read_header(path)
    assert refused.value.values["expected"] == "safetensors"


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_a_cut_file_is_refused(share, tmp_path: Path):
    whole = (POCKET_FOLDER / "vae" / "diffusion_pytorch_model.safetensors").read_bytes()
    path = tmp_path / "cut.safetensors"
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(CheckpointRefused):
        read_header(path)


def test_the_places_are_the_tensors(tmp_path: Path):
    tensors = {
        "a": torch.arange(6, dtype=torch.float32).reshape(2, 3),
        "b": torch.ones(4, dtype=torch.bfloat16),
        "one": torch.tensor(7, dtype=torch.int64),
    }
    path = tmp_path / "good.safetensors"
    save_file(tensors, path, metadata={"format": "pt"})
    entries, data = read_header(path), path.read_bytes()
    assert set(entries) == set(tensors)
    for name, tensor in tensors.items():
        entry = entries[name]
        assert entry.shape == tuple(tensor.shape)
        raw = tensor.reshape(-1).view(torch.uint8).numpy().tobytes()
        assert data[entry.start : entry.end] == raw
