"""The transformer stages at tiny size: training lowers the loss, distilling changes weights."""

from __future__ import annotations

from itertools import repeat

import pytest
import torch
from transformers import PreTrainedTokenizerFast

from zit_engine.pocket.bank import LENGTH_SHARES, LatentBank, fill, no_caption
from zit_engine.pocket.diffusion import (
    Empty,
    Trainer,
    distill,
    drop_captions,
    guided_target,
    schedule_places,
    training_levels,
)
from zit_engine.pocket.pace import Pace
from zit_engine.pocket.sizes import TINY, new_text_encoder, new_transformer, new_vae
from zit_engine.pocket.supply import Chunk
from zit_engine.pocket.tokenizer import PAD
from zit_engine.pocket.transformer import forward, initialise

Material = tuple[LatentBank, Empty]


@pytest.fixture(scope="module")
def material(chunk: Chunk, tokenizer: PreTrainedTokenizerFast, pyramid: list) -> Material:
    torch.manual_seed(0)
    pad = tokenizer.convert_tokens_to_ids(PAD)
    vae, encoder = new_vae(TINY).eval(), new_text_encoder(TINY, len(tokenizer), pad).eval()
    bank = fill(repeat(chunk), 8, 256, pyramid, vae, encoder)
    return bank, {length: no_caption(encoder, tokenizer, length) for length in LENGTH_SHARES}


def test_a_bank_filled_at_256_serves_128_too(material: Material) -> None:
    bank, _ = material
    assert bank.batch(256, 2).latents.shape == (2, 16, 32, 32)
    assert bank.batch(128, 2).latents.shape == (2, 16, 16, 16)


def test_training_lowers_the_loss_and_the_average_moves(material: Material) -> None:
    torch.manual_seed(0)
    bank, empty = material
    model = new_transformer(TINY)
    initialise(model)
    trainer = Trainer(model, rate=2e-2)
    before = trainer.mean.cap_embedder[1].weight.clone()
    first = trainer.train(bank, 128, 4, empty, Pace(steps=1))
    trainer.train(bank, 128, 4, empty, Pace(steps=10))
    last = trainer.train(bank, 128, 4, empty, Pace(steps=2))
    assert last < first
    assert not torch.equal(before, trainer.mean.cap_embedder[1].weight)


def test_distilling_leaves_the_teacher_and_moves_the_student(material: Material) -> None:
    torch.manual_seed(0)
    bank, empty = material
    teacher = new_transformer(TINY)
    initialise(teacher)
    final = teacher.all_final_layer["2-1"].linear.weight
    torch.nn.init.normal_(final, std=0.05)
    kept = final.clone()
    student, loss = distill(teacher, bank, ((128, 2),), empty, Pace(steps=2), rate=1e-2)
    assert torch.equal(final, kept) and loss == loss
    assert not torch.equal(student.all_final_layer["2-1"].linear.weight, kept)


def test_without_guidance_and_substeps_the_target_is_the_teachers_velocity(
    material: Material,
) -> None:
    torch.manual_seed(0)
    bank, empty = material
    teacher = new_transformer(TINY).eval()
    initialise(teacher)
    torch.nn.init.normal_(teacher.all_final_layer["2-1"].linear.weight, std=0.05)
    batch, place = bank.batch(128, 2, short_only=True), torch.tensor([0.5, 1.0])
    target = guided_target(teacher, batch.latents, place, batch, empty, 1.0, substeps=1)
    level = 3 * place / (1 + 2 * place)
    with torch.no_grad():
        plain = forward(teacher, batch.latents, 1 - level, batch.caption, batch.lengths)
    assert torch.allclose(target, plain, atol=1e-4)


def test_levels_and_places_stay_in_range(material: Material) -> None:
    levels, places = (
        training_levels(500, torch.device("cpu")),
        schedule_places(500, torch.device("cpu")),
    )
    assert levels.min() >= 0 and levels.max() <= 1
    assert places.min() >= 0.02 and places.max() <= 1


def test_a_tenth_of_the_captions_is_dropped(material: Material) -> None:
    torch.manual_seed(0)
    bank, empty = material
    batch = bank.batch(128, 300, short_only=True)
    dropped = drop_captions(batch, empty)
    share = (dropped.lengths == empty[32][1]).float().mean().item()
    assert 0.04 < share < 0.18
