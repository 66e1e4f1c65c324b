"""A machine on which the own forward is wrong paints with the stock one, and says so."""

import pytest
import torch

from zit_engine.engine import forward, forward_check
from zit_engine.engine.checkpoint import load_pipeline
from zit_engine.engine.forward_check import own_forward
from zit_engine.engine.health import Health
from zit_engine.engine.placement import POCKET_FOLDER


@pytest.fixture
def transformer():
    return load_pipeline(POCKET_FOLDER, "cpu", "float32").transformer


def step(transformer) -> torch.Tensor:
    noise = torch.Generator().manual_seed(3)
    latents = torch.randn(16, 1, 16, 16, generator=noise)
    caption = torch.randn(9, 256, generator=noise)
    with torch.no_grad():
        return transformer([latents], torch.tensor([0.3]), [caption], return_dict=False)[0][0]


def wrong(x, rope, scales, weights, styled, epsilons):
    return x * 1.01


def failing(x, rope, scales, weights, styled, epsilons):
    raise RuntimeError("no kernel for this card")


def silent(x, rope, scales, weights, styled, epsilons):
    return x * float("nan")


def test_where_both_agree_the_own_one_is_used(transformer):
    health = Health()
    before = step(transformer)
    assert own_forward(transformer, health) is transformer.forward
    assert health.as_dict()["forward"] == "own"
    assert torch.allclose(step(transformer), before, atol=1e-4)


@pytest.mark.parametrize("block", [wrong, failing, silent])
def test_where_it_is_wrong_the_stock_one_stays(transformer, monkeypatch, block):
    before = step(transformer)
    health = Health()
    monkeypatch.setattr(forward, "EAGER", forward.Way(block, lambda rope: rope))
    assert own_forward(transformer, health) is None
    assert health.as_dict()["forward"].startswith("stock: ")
    assert torch.equal(step(transformer), before)


def test_every_type_a_model_is_loaded_in_has_a_bound():
    assert {torch.bfloat16, torch.float16, torch.float32} <= forward_check.MOST_APART.keys()
