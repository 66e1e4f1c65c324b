"""Variety: repeatable, growing with its strength, and gone when it is not asked for."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from zit_engine.engine.noise import varied_embedding, varied_noise


def shaken(shot, seed, strength):
    return replace(shot(side=64), variation_seed=seed, variety=strength)


def apart(one, other) -> float:
    return float(np.abs(np.asarray(one, float) - np.asarray(other, float)).mean())


def test_the_same_request_gives_the_same_pixels(paint, shot):
    first = paint(shaken(shot, 3, 0.3)).tobytes()
    paint(shaken(shot, 4, 0.5))
    assert paint(shaken(shot, 3, 0.3)).tobytes() == first


def test_stronger_is_farther_from_the_plain_picture(paint, shot):
    plain = paint(shot(side=64))
    mean = {
        strength: np.mean([apart(plain, paint(shaken(shot, seed, strength))) for seed in range(4)])
        for strength in (0.1, 0.5)
    }
    assert 0 < mean[0.1] < mean[0.5]


def test_the_plain_picture_comes_back(base, paint, shot):
    paint(shaken(shot, 3, 0.5))
    assert paint(shot()).tobytes() == base


def test_the_kept_embedding_is_not_touched(resident, shot):
    embedding = resident.prompts.embed("수박, 노란색 배경")
    before = embedding.clone()
    moved = varied_embedding(shaken(shot, 3, 0.5), embedding)
    assert torch.equal(embedding, before) and not torch.equal(moved, before)
    assert moved.dtype == embedding.dtype and moved.shape == embedding.shape
    assert varied_embedding(shot(), embedding) is embedding


def test_the_noise_is_in_proportion_to_each_token():
    embedding = torch.cat([torch.randn(1, 4000), 100 * torch.randn(1, 4000)])
    embedding[:, 0] = 1e5  # one feature far larger than all others must not set the measure
    plain = type("Asked", (), {"variety": 0.2, "variation_seed": 1})
    moved = varied_embedding(plain, embedding) - embedding
    assert moved[0, 1:].std().item() == pytest.approx(0.2, rel=0.1)
    assert moved[1, 1:].std().item() == pytest.approx(20, rel=0.1)


def test_with_variety_the_start_stays_the_seeds_own(resident, shot):
    assert varied_noise(shaken(shot, 3, 0.3), resident.pipeline) is None
    assert varied_noise(replace(shot(), variation_seed=3), resident.pipeline) is not None
