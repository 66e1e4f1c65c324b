"""Batches out of the pool: captions as the encoder says them now, some empty."""

from __future__ import annotations

import random
from itertools import repeat
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from zit_engine.pocket.budget.fast import Net, Runner
from zit_engine.pocket.budget.flow import Listener, train_flow
from zit_engine.pocket.budget.pool import Pool
from zit_engine.pocket.budget.starting import Parts, open_parts
from zit_engine.pocket.pace import Pace
from zit_engine.pocket.supply import Chunk
from zit_engine.pocket.text_encoder import hidden_states
from zit_engine.pocket.tokenizer import TOKENS, encode


@pytest.fixture
def parts(start: Path) -> Parts:
    return open_parts(start)


@pytest.fixture
def pool(parts: Parts, chunk: Chunk, pyramid: list[Tensor]) -> Pool:
    random.seed(0)
    torch.manual_seed(0)
    unsaid = encode(parts.tokens, "")
    made = Pool(repeat(chunk), pyramid, parts.vae, parts.encoder, unsaid, room=16)
    made.add()
    return made


def test_states_are_those_of_the_captions(pool: Pool, parts: Parts, chunk: Chunk) -> None:
    batch = pool.batch(8)
    assert batch.caption.shape[:2] == (8, TOKENS)
    known = hidden_states(parts.encoder, chunk.ids.flatten(0, 1))
    for caption, length in zip(batch.caption, batch.lengths, strict=True):
        apart = (known[:, :length] - caption[:length]).abs().amax((1, 2))
        assert apart.min() < 1e-4


def test_a_share_of_captions_is_empty(pool: Pool, parts: Parts) -> None:
    empty = encode(parts.tokens, "")
    states = hidden_states(parts.encoder, torch.tensor([empty]))[0]
    batch = pool.batch(200, dropped=0.5)
    rows = [i for i, length in enumerate(batch.lengths.tolist()) if length == len(empty)]
    assert 60 < len(rows) < 140
    assert torch.allclose(batch.caption[rows[0], : len(empty)], states, atol=1e-4)
    assert all(length > len(empty) for length in pool.batch(50).lengths.tolist())


def test_flow_teaches_the_encoder_too_and_leaves_it_rounded(
    pool: Pool, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zit_engine.pocket.budget.flow.KEPT_EVERY", -1.0)  # after every step
    before = [weight.clone() for weight in parts.encoder.parameters()]
    listener = Listener(parts.encoder)
    net = Net(parts.transformer.train(), Runner(False), torch.float32)
    kept: list[list[bool]] = []

    def keep(*means: nn.Module) -> None:
        kept.append([all(bool(p.isfinite().all()) for p in mean.parameters()) for mean in means])

    mean, loss = train_flow(net, pool, listener, Pace(steps=6), batch=4, keep=keep)
    assert kept == [[True, True]] * 6
    listener.finish()
    after = list(parts.encoder.parameters())
    moved = [not torch.equal(a, b) for a, b in zip(before, after, strict=True)]
    assert sum(moved) > len(moved) // 2 and loss == loss
    assert all(torch.equal(weight, weight.bfloat16().float()) for weight in after)
    assert not any(weight.requires_grad for weight in after)
    assert not any(weight.requires_grad for weight in mean.parameters())
