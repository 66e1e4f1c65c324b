"""The fast transformer is diffusers' own, in float32 to the last bit that matters."""

from __future__ import annotations

import torch

from zit_engine.pocket.budget import fast
from zit_engine.pocket.budget.fast import Net, Runner
from zit_engine.pocket.budget.styles import merged, new_adapter
from zit_engine.pocket.sizes import TINY, new_transformer
from zit_engine.pocket.transformer import forward, initialise


def _model() -> torch.nn.Module:
    torch.manual_seed(0)
    model = new_transformer(TINY)
    initialise(model)
    for parameter in model.parameters():
        parameter.data += torch.randn_like(parameter) * 0.02
    return model


def _inputs(height: int = 16, width: int = 16) -> tuple[torch.Tensor, ...]:
    return (
        torch.randn(3, 16, height, width), torch.rand(3), torch.randn(3, 32, TINY.text_width),
        torch.tensor([20, 31, 9]),
    )  # fmt: skip


def test_velocity_equals_the_batched_forward_at_every_shape() -> None:
    model = _model()
    net = Net(model, Runner(False), torch.float32)
    for size in ((16, 16), (18, 14), (14, 18)):
        inputs = _inputs(*size)
        assert torch.allclose(net.velocity(*inputs), forward(model, *inputs), atol=1e-5)


def test_bfloat16_is_near_and_its_gradients_reach_the_master() -> None:
    model, inputs = _model(), _inputs()
    exact = Net(model, Runner(False), torch.float32)
    loss = exact.velocity(*inputs).square().mean()
    exact.backward(loss)
    wanted = model.layers[0].attention.to_q.weight.grad.clone()
    half = Net(model, Runner(False), torch.bfloat16)
    half.backward(half.velocity(*inputs).square().mean())
    given = model.layers[0].attention.to_q.weight.grad
    assert given.dtype == torch.float32
    assert torch.nn.functional.cosine_similarity(given.flatten(), wanted.flatten(), 0) > 0.99


def test_refresh_brings_the_working_copy_up_to_date() -> None:
    model, inputs = _model(), _inputs()
    net = Net(model, Runner(False), torch.float32)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(0.9)
    net.refresh()
    assert torch.allclose(net.velocity(*inputs), forward(model, *inputs), atol=1e-5)


def test_a_compiler_that_fails_is_left_for_good(monkeypatch: object) -> None:
    runner, inputs = Runner(False), _inputs()

    def broken(*arguments: object) -> torch.Tensor:
        raise RuntimeError("no such instruction")

    runner.function = broken
    model = _model()
    net = Net(model, runner, torch.float32)
    assert torch.allclose(net.velocity(*inputs), forward(model, *inputs), atol=1e-5)
    assert runner.function is fast.block


def test_a_new_adapter_changes_nothing_and_learns() -> None:
    model, inputs = _model(), _inputs()
    net = Net(model, Runner(False), torch.float32, train=False)
    adapter = new_adapter(net)
    said = net.velocity(*inputs, weights=merged(net, adapter))
    assert torch.allclose(said, net.velocity(*inputs), atol=1e-5)
    said.square().mean().backward()
    assert all(up.grad.abs().sum() > 0 for name, (_, up) in adapter.items() if "layers." in name)
