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


def test_all_that_run_here_agree():
    q, k, v = torch.randn(3, 1, 2, 40, 16).unbind(0)
    wanted = KERNELS[NATIVE](q, k, v)
    for kernel in KERNELS.values():
        try:
            found = kernel(q, k, v)
        except RuntimeError:  # NotImplementedError too: made for cards
            continue
        assert torch.allclose(found, wanted, atol=1e-5)
