"""Lessons on a processor use bfloat16 only where it is made for it."""

from __future__ import annotations

import pytest
import torch

from zit_engine.pocket import precision


@pytest.mark.parametrize(("made_for_it", "used"), [(True, torch.bfloat16), (False, torch.float32)])
def test_products_on_a_processor(
    monkeypatch: pytest.MonkeyPatch, made_for_it: bool, used: torch.dtype
) -> None:
    monkeypatch.setattr(precision, "_has_bfloat16", lambda: made_for_it)
    numbers = torch.ones(4, 4)
    with precision.autocast():
        assert (numbers @ numbers).dtype == used
