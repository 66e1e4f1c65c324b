"""The count of operations against the published figure and against torch's own counter."""

from types import SimpleNamespace

import pytest
import torch
from diffusers import ZImageTransformer2DModel
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from zit_engine.bench.card import forward_flops, read_clocks
from zit_engine.bench.random_checkpoint import FULL

TINY = {
    "dim": 96,
    "n_layers": 2,
    "n_refiner_layers": 1,
    "n_heads": 2,
    "n_kv_heads": 2,
    "cap_feat_dim": 64,
    "axes_dims": [16, 16, 16],
    "axes_lens": [256, 64, 64],
    "in_channels": 16,
}


def test_the_full_model_needs_55_6_tflop_a_step():
    config = SimpleNamespace(**FULL["transformer"])
    assert forward_flops(config, 1024, 1024, 64) / 1e12 == pytest.approx(55.6, rel=0.002)


@pytest.mark.parametrize("tokens", [7, 40])
def test_torch_counts_the_same_work(tokens):
    model = ZImageTransformer2DModel(**TINY).eval()
    picture = torch.randn(16, 1, 16, 24)  # 128 x 192 pixels
    # The other kernels for attention on a CPU are not counted by torch.
    with (
        sdpa_kernel(SDPBackend.MATH),
        FlopCounterMode(display=False) as counter,
        torch.no_grad(),
    ):
        model([picture], torch.tensor([0.5]), [torch.randn(tokens, 64)], return_dict=False)
    ours = forward_flops(SimpleNamespace(**TINY), 192, 128, tokens)
    # Torch also counts the embedding of the timestep.
    assert counter.get_total_flops() == pytest.approx(ours, rel=0.02)


def test_clocks_come_as_text_that_json_takes():
    assert all(isinstance(value, str) for value in read_clocks().values())
