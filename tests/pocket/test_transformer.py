"""The batched forward equals diffusers' own; the sampler follows the pipeline's schedule."""

from __future__ import annotations

import pytest
import torch

from zit_engine.pocket.sizes import STEPS, TINY, new_scheduler, new_transformer
from zit_engine.pocket.transformer import forward, initialise, latent_shape, sample, step_levels


@pytest.mark.parametrize("cells", [(8, 8), (28, 36)])
def test_batched_forward_equals_diffusers(cells: tuple[int, int]) -> None:
    torch.manual_seed(0)
    model = new_transformer(TINY).eval()
    initialise(model)
    for final in model.all_final_layer.values():
        torch.nn.init.normal_(final.linear.weight, std=0.05)
    for parameter in model.parameters():
        if parameter.ndim == 1:
            parameter.data += torch.randn_like(parameter) * 0.1
    latents, time = torch.randn(2, 16, *cells), torch.rand(2)
    caption, lengths = torch.randn(2, 32, TINY.text_width), torch.tensor([20, 27])
    with torch.no_grad():
        ours = forward(model, latents, time, caption, lengths)
        words = [states[:n] for states, n in zip(caption, lengths, strict=True)]
        stock = model(list(latents.unsqueeze(2)), time, words, return_dict=False)[0]
    stock = torch.stack(list(stock)).squeeze(2)
    assert stock.abs().mean() > 0.01
    assert (ours - stock).abs().max() < 1e-4


def test_a_new_model_starts_at_zero_velocity() -> None:
    model = new_transformer(TINY)
    initialise(model)
    with torch.no_grad():
        out = forward(
            model, torch.randn(1, 16, 8, 8), torch.rand(1),
            torch.randn(1, 32, TINY.text_width), torch.tensor([5]),
        )  # fmt: skip
        same = sample(model, torch.ones(latent_shape(1, 64, 64)),
                      torch.zeros(1, 32, TINY.text_width), torch.tensor([5]))  # fmt: skip
    assert (out == 0).all() and (same == 1).all()


def test_levels_are_the_schedulers() -> None:
    """The pipeline gives its scheduler sigmas from 1 to 1/steps, then shifts."""
    scheduler = new_scheduler()
    scheduler.set_timesteps(sigmas=torch.linspace(1, 1 / STEPS, STEPS).tolist())
    assert torch.allclose(scheduler.sigmas, torch.tensor(step_levels()), atol=1e-5)
