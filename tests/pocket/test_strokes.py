"""Strokes repeat with the transformer's tokens, and dabs are long and slanted."""

from __future__ import annotations

import torch

from zit_engine.pocket.strokes import dabs, hatching


def test_textures_repeat_every_token_or_two() -> None:
    lines = hatching(96, 96, 1.0)[0, 0]
    assert torch.allclose(lines[:80], lines[16:], atol=1e-4)
    tone = dabs(128, 128, 1.0).tone
    assert torch.equal(tone[:96], tone[32:]) and torch.equal(tone[:, :96], tone[:, 32:])
    assert tone.min() < -0.5 and tone.max() > 0.5


def test_a_dab_is_near_its_middle_and_longer_than_wide() -> None:
    where = dabs(128, 128, 1.0)
    down = (where.rows - torch.arange(128)[:, None]).float()
    across = (where.columns - torch.arange(128)[None]).float()
    inside = slice(32, 96)  # middles beyond the rim are moved to it
    along = (across - down)[inside, inside].abs().mean()
    aside = (across + down)[inside, inside].abs().mean()
    assert along > 1.2 * aside
    assert max(down.abs().max(), across.abs().max()) < 20


def test_a_large_picture_has_larger_dabs() -> None:
    small, large = dabs(128, 128, 1.0), dabs(256, 256, 2.0)
    assert torch.equal(large.tone[::2, ::2], small.tone)
