"""Packed weights come back bit for bit, in pieces under the limit."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from zit_engine.pocket.budget.carrying import pack, unpack


def _weights() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return {
        "a": torch.randn(300, 64).bfloat16(), "b": torch.randn(7), "c": torch.tensor(5),
        "d": torch.randn(64, 300),
    }  # fmt: skip


def test_bfloat16_comes_back_bit_for_bit_in_several_pieces(tmp_path: Path) -> None:
    weights = _weights()
    files = pack(weights, {"loss": 0.1}, tmp_path, "part", limit=40_000)
    assert len(files) > 1
    back, notes = unpack(tmp_path, "part")
    assert notes == {"loss": 0.1}
    assert torch.equal(back["a"], weights["a"])
    assert torch.equal(back["d"], weights["d"].bfloat16())
    assert back["c"] == 5


def test_packed_pieces_are_smaller_than_what_they_hold(tmp_path: Path) -> None:
    weights = {"a": torch.randn(1000, 500).bfloat16()}
    (file,) = pack(weights, {}, tmp_path, "part")
    assert file.stat().st_size < 0.8 * 1_000_000


def test_eight_bits_stay_within_a_hundredth_of_the_spread(tmp_path: Path) -> None:
    weights = _weights()
    pack(weights, {}, tmp_path, "part", eight_bits=True)
    back, _ = unpack(tmp_path, "part")
    assert (back["a"] - weights["a"].float()).std() < 0.015 * weights["a"].float().std()


def test_a_missing_piece_is_noticed_and_old_ones_go(tmp_path: Path) -> None:
    weights = _weights()
    files = pack(weights, {}, tmp_path, "part", limit=40_000)
    assert len(pack(weights, {}, tmp_path, "part")) == 1
    assert sorted(tmp_path.glob("*.pack")) == files[:1]
    pack(weights, {}, tmp_path, "part", limit=40_000)
    files[-1].unlink()
    with pytest.raises(FileNotFoundError):
        unpack(tmp_path, "part")
