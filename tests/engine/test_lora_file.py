"""Malformed files are refused by parsing, quickly, and nothing in them is ever run."""

import json
import pickle
import struct
import time
import tracemalloc
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from zit_engine.engine.lora_file import UnfitLora, UnreadableLora, check_lora
from zit_engine.settings import ROOT

LAYERS = {"layers.0.to_q": (4, 6)}
ENTRY = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


def packed(header: object, body: bytes = b"\0" * 8) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


class Canary:
    """Leaves a file behind when it is unpickled."""

    def __reduce__(self):
        return (open, ("canary-was-unpickled", "w"))


BROKEN = {
    "empty": b"",
    "short": b"\x08\0\0",
    "huge length": struct.pack("<Q", 2**63) + b"{}",
    "100 MB and one": struct.pack("<Q", 100_000_001) + b"{}",
    "as many lists as fit": packed(b"[%s[]]" % (b"[]," * 1_300_000)),
    "more lists than fit": packed(b"[%s[]]" % (b"[]," * 1_400_000)),
    "not json": packed(b"not json at all"),
    "not a table": packed([1, 2]),
    "overlap": packed({"a": ENTRY, "b": ENTRY}),
    "hole": packed({"a": ENTRY | {"data_offsets": [4, 12]}}, b"\0" * 12),
    "overflowing shape": packed({"a": ENTRY | {"shape": [2**62, 2**62]}}),
    "cut": packed({"a": ENTRY}, b"\0" * 3),
    "trailing zip": packed({"a": ENTRY}) + b"PK\x03\x04 more",
    "pickle": pickle.dumps(Canary()),
    "deep json": packed(b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    "key twice": packed(b'{"a":%s,"a":%s}' % ((json.dumps(ENTRY).encode(),) * 2)),
    "200,000 tensors": packed({f"t{i}": ENTRY for i in range(200_000)}),
    "zero size": packed({"a": ENTRY | {"shape": [0], "data_offsets": [0, 0]}}, b""),
    "no tensors": packed({}, b""),
    "entry is no table": packed({"a": 3}),
}


@pytest.mark.parametrize("name", BROKEN)
def test_malformed_is_refused(tmp_path: Path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "style.safetensors"
    path.write_bytes(BROKEN[name])
    started = time.process_time()
    with pytest.raises(UnreadableLora):
        check_lora(path, LAYERS)
    assert time.process_time() - started < 3.0
    assert not (tmp_path / "canary-was-unpickled").exists()


@pytest.mark.parametrize("name", ["as many lists as fit", "200,000 tensors", "deep json"])
def test_malformed_takes_no_more_than_200_mb(tmp_path: Path, name):
    path = tmp_path / "style.safetensors"
    path.write_bytes(BROKEN[name])
    tracemalloc.start()
    with pytest.raises(UnreadableLora):
        check_lora(path, LAYERS)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak <= 200 * 2**20, peak


@pytest.mark.parametrize("suffix", [".SafeTensors", ".bin", ".pt", ".ckpt", ""])
def test_other_names_are_refused(tmp_path: Path, suffix):
    path = tmp_path / f"style{suffix}"
    save_file({"a": torch.ones(1)}, path)
    with pytest.raises(UnreadableLora):
        check_lora(path, LAYERS)


def test_counts_the_layers(tmp_path: Path):
    path = tmp_path / "style.safetensors"
    pair = {"lora_A": torch.ones(2, 6) / 9, "lora_B": torch.ones(4, 2) / 9}
    save_file({f"transformer.layers.0.to_q.{k}.weight": t for k, t in pair.items()}, path)
    assert check_lora(path, LAYERS) == 1


@pytest.mark.parametrize("key", ["transformer.layers.0.to_q.lokr_w1", "layers.0.dora_scale"])
def test_other_kinds_of_adapter_are_refused(tmp_path: Path, key):
    path = tmp_path / "style.safetensors"
    save_file({key: torch.ones(2, 2)}, path)
    with pytest.raises(UnfitLora, match="not supported"):
        check_lora(path, LAYERS)


def test_nothing_in_the_engine_unpickles():
    for source in (ROOT / "zit_engine" / "engine").glob("*.py"):
        text = source.read_text(encoding="utf-8")
        assert "torch.load" not in text and "import pickle" not in text, source.name
