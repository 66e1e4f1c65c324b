"""A decoder taught on latents as the transformer leaves them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from torch import Tensor

from zit_engine.pocket.adapters import TARGETS
from zit_engine.pocket.adversary import Adversary, as_rendered, told_apart
from zit_engine.pocket.assemble import load_pipeline
from zit_engine.pocket.checkpoints import Keeper, Part
from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.doubling import doubled
from zit_engine.pocket.pace import Pace
from zit_engine.pocket.sharpening import SoftPairMaker, SoftPairs, train_decoder
from zit_engine.pocket.sizes import Size, new_vae
from zit_engine.pocket.vae import fix_latents, raw_of


@pytest.fixture(scope="module")
def maker(model: Path, concepts: list[Concept], pyramid: list[Tensor]) -> SoftPairMaker:
    pipe = load_pipeline(model)
    torch.manual_seed(0)
    pipe.vae = new_vae(Size(vae_widths=(28, 8, 16, 16)))  # one that can be doubled
    fix_latents(pipe.vae, torch.randint(0, 256, (4, 3, 64, 64), dtype=torch.uint8))
    return SoftPairMaker(pipe, concepts, pyramid, {}, seed=3)


@pytest.fixture(scope="module")
def pairs(maker: SoftPairMaker) -> SoftPairs:
    return maker.make(4)


def test_latents_of_a_pair_mean_its_picture_but_not_exactly(pairs: SoftPairs) -> None:
    assert pairs.pictures.shape == (4, 3, 512, 512) and pairs.soft.shape == (4, 16, 32, 32)
    apart = (pairs.soft - pairs.exact).square().mean((1, 2, 3))
    others = (pairs.soft - pairs.exact.roll(1, 0)).square().mean((1, 2, 3))
    assert (apart > 0).all() and (apart < others).all()


def test_a_style_is_worn_for_its_pairs_alone(
    model: Path, maker: SoftPairMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    from peft import LoraConfig

    monkeypatch.setattr("zit_engine.pocket.sharpening.PLAIN", 1)
    pipe = load_pipeline(model)
    for weight in pipe.transformer.parameters():  # untrained gates are shut: nothing would be seen
        if not weight.any():
            torch.nn.init.normal_(weight, std=0.1)
    config = LoraConfig(r=2, lora_alpha=2, init_lora_weights=False, target_modules=TARGETS)
    pipe.transformer.add_adapter(config, adapter_name="pixel-art")

    def made(weight: float) -> SoftPairs:
        """Four pairs without the style, four with it, four without."""
        weights = {"pixel-art": weight}
        return SoftPairMaker(pipe, maker.maker.concepts, maker.pyramid, weights, seed=3).make(12)

    worn, off = made(0.5), made(0.0)
    styled = torch.tensor([False] * 4 + [True] * 4 + [False] * 4)
    flat = worn.pictures.float().view(12, 3, 32, 16, 32, 16).std((3, 5)).mean((1, 2, 3))
    assert ((flat == 0) == styled).all()  # blocks of one colour
    assert torch.equal(worn.exact, off.exact)
    assert ((worn.soft != off.soft).flatten(1).any(1) == styled).all()


class Counting(Keeper):
    """Writes after every step, and remembers which steps it was given."""

    steps: list[int]

    def keep(
        self, parts: Mapping[str, Part], step: int, total: int = 0, last: bool = False
    ) -> None:
        self.steps.append(step)
        super().keep(parts, step, total, last)


def test_a_lesson_changes_the_decoder_for_the_better_and_goes_on_after_a_cut(
    maker: SoftPairMaker, pairs: SoftPairs, tmp_path: Path
) -> None:
    keeper, wanted = Counting(tmp_path / "state.safetensors", 0.0), pairs.pictures.float()
    keeper.steps = []

    def taught(steps: int) -> float:
        """The error of a decoder that was begun anew, as after a cut."""
        vae = doubled(maker.pipe.vae)
        read = vae.encoder.conv_out.weight.clone()
        if steps:
            train_decoder(vae, pairs, Pace(steps=steps), batch=2, rate=3e-3, keeper=keeper)
        assert torch.equal(read, vae.encoder.conv_out.weight)
        with torch.no_grad():
            drawn = vae.decode(raw_of(vae, pairs.soft)).sample
        return (drawn - wanted / 127.5 + 1).abs().mean().item()

    before = taught(0)
    taught(5)
    assert taught(14) < 0.95 * before and keeper.steps == list(range(1, 15))


def test_the_adversary_learns_what_blur_is_and_pulls_no_more_than_its_share() -> None:
    torch.manual_seed(0)
    adversary = Adversary()
    optimizer = torch.optim.Adam(adversary.parameters(), 2e-3)
    sharp = (torch.rand(8, 1, 8, 8) > 0.5).float().mul(2).sub(1)
    sharp = torch.nn.functional.interpolate(sharp, size=(64, 64)).expand(-1, 3, -1, -1)
    soft = torch.nn.functional.avg_pool2d(sharp, 9, 1, 4)
    first = told_apart(adversary, sharp, soft).item()
    for _ in range(30):
        loss = told_apart(adversary, sharp, soft)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.7 * first
    last = torch.ones(3, 1, 1, requires_grad=True)
    drawn = soft * last
    errors = (drawn - sharp).abs().mean()
    pulls = [
        torch.autograd.grad(each, last, retain_graph=True)[0].norm()
        for each in (errors, as_rendered(adversary, drawn, errors, last))
    ]
    assert pulls[1] <= 0.31 * pulls[0]
