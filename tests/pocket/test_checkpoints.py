"""A loop's state goes to disk and back, and what was used up counts."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from zit_engine.pocket.checkpoints import Keeper, load_parts, save_parts
from zit_engine.pocket.optimizers import Muon
from zit_engine.pocket.pace import Pace


def _trained(seed: int) -> dict[str, object]:
    torch.manual_seed(seed)
    model = nn.Linear(4, 4)
    adam, muon = torch.optim.AdamW([model.bias], 0.1), Muon([model.weight])
    model(torch.randn(3, 4)).pow(2).sum().backward()
    adam.step()
    muon.step(0.1)
    return {"model": model, "adam": adam, "muon": muon}


def _step(parts: dict) -> torch.Tensor:
    model = parts["model"]
    model.zero_grad()
    model(torch.ones(2, 4)).pow(2).sum().backward()
    parts["adam"].step()
    parts["muon"].step(0.1)
    return torch.cat([model.weight.flatten(), model.bias]).detach().clone()


def test_the_next_step_is_the_same_after_coming_back(tmp_path: Path) -> None:
    file = tmp_path / "state.safetensors"
    first, other = _trained(0), _trained(1)
    save_parts(file, first, {"step": 7})
    assert load_parts(file, other) == {"step": 7}
    assert torch.equal(_step(first), _step(other))


def test_a_fresh_optimizer_takes_the_state_of_a_used_one(tmp_path: Path) -> None:
    file, first = tmp_path / "state.safetensors", _trained(0)
    save_parts(file, first, {})
    model = nn.Linear(4, 4)
    fresh = {"model": model, "adam": torch.optim.AdamW([model.bias], 0.1),
             "muon": Muon([model.weight])}  # fmt: skip
    load_parts(file, fresh)
    assert torch.equal(_step(first), _step(fresh))


def test_what_was_used_counts_against_the_limit(tmp_path: Path) -> None:
    parts, file = {"model": nn.Linear(2, 2)}, tmp_path / "state.safetensors"
    keeper = Keeper(file, every=0.0)
    for step, _ in keeper.resume(parts, Pace(steps=3)).progress():
        keeper.keep(parts, step + 1)
    left = Keeper(file).resume(parts, Pace(steps=5))
    assert [step for step, _ in left.progress()] == [3, 4]
    save_parts(file, parts, {"step": 3, "seconds": 50.0})
    assert list(Keeper(file).resume(parts, Pace(seconds=40)).progress()) == []


def test_without_a_file_nothing_is_kept_or_resumed() -> None:
    parts, keeper = {"model": nn.Linear(2, 2)}, Keeper()
    assert keeper.resume(parts, Pace(steps=2)) == Pace(steps=2)
    keeper.keep(parts, 1, last=True)


def test_writes_are_spaced(tmp_path: Path) -> None:
    parts, file = {"model": nn.Linear(2, 2)}, tmp_path / "state.safetensors"
    keeper = Keeper(file, every=3600.0)
    keeper.resume(parts, Pace(steps=2))
    keeper.keep(parts, 1)
    assert not file.exists()
    keeper.keep(parts, 2, last=True)
    assert file.exists()
