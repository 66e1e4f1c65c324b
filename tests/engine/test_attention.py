"""The choice of an attention kernel: only one that is right and clearly faster."""

import time

import pytest
import torch

from zit_engine.engine import attention
from zit_engine.engine.attention import KERNELS, NATIVE, fastest


def chosen(monkeypatch, **kernels) -> str:
    native = KERNELS[NATIVE]

    def slow(q, k, v):
        time.sleep(0.02)
        return native(q, k, v)

    monkeypatch.setattr(attention, "KERNELS", {NATIVE: slow, **kernels})
    return fastest(2, 16, 40, "cpu", torch.float32)


def test_a_faster_kernel_is_taken(monkeypatch):
    assert chosen(monkeypatch, quick=KERNELS[NATIVE]) == "quick"


@pytest.mark.parametrize("value", [1.0, float("nan")])
def test_a_wrong_kernel_is_not(monkeypatch, value):
    assert chosen(monkeypatch, wrong=lambda q, k, v: torch.full_like(q, value)) == NATIVE


def test_one_that_does_not_run_here_is_not(monkeypatch):
    def absent(q, k, v):
        raise RuntimeError("no such kernel on this card")

    assert chosen(monkeypatch, absent=absent) == NATIVE


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no card")
@pytest.mark.parametrize("name", sorted(set(KERNELS) - {NATIVE}))
def test_those_made_for_cards_agree_with_the_native_one(name):
    q, k, v = torch.randn(3, 1, 2, 40, 64, device="cuda", dtype=torch.bfloat16).unbind(0)
    wanted = KERNELS[NATIVE](q, k, v)
    found = KERNELS[name](q, k, v)
    assert float((found - wanted).norm() / wanted.norm()) < 0.02


def test_where_none_is_made_for_the_machine_the_native_one_runs():
    assert fastest(2, 16, 40, "cpu", torch.float32) == NATIVE
