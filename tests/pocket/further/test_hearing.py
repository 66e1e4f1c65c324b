"""Free captions come to start the picture that the taught ones start."""

from __future__ import annotations

import pytest
import torch
from diffusers import ZImagePipeline
from transformers import PreTrainedTokenizerFast

from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.further.hearing import teach_hearing
from zit_engine.pocket.further.teaching import Model
from zit_engine.pocket.further.words import Sayings
from zit_engine.pocket.pace import Pace
from zit_engine.pocket.transformer import latent_shape


@pytest.fixture()
def student(pipe: ZImagePipeline) -> Model:
    return Model(pipe.transformer, pipe.text_encoder)


@pytest.fixture()
def sayings(tokenizer: PreTrainedTokenizerFast, vocabulary: list[Concept]) -> Sayings:
    return Sayings(vocabulary, tokenizer, 1)


def test_a_scene_is_said_twice_and_no_caption_is_cut(sayings: Sayings) -> None:
    (taught, lengths), (heard, again) = sayings.twice(8, free=6)
    assert len(taught) == len(heard) == len(lengths) == len(again) == 8
    assert taught.shape[1] % 32 == heard.shape[1] % 32 == 0
    ends = [row[length - 1].item() for row, length in zip(heard, again, strict=True)]
    assert len(set(ends)) == 1 and ends[0] != sayings.pad  # every caption is whole


def test_free_captions_start_the_same_picture_as_taught_ones(
    student: Model, sayings: Sayings
) -> None:
    teacher = student.copy()
    painter = {k: v.clone() for k, v in student.transformer.state_dict().items()}
    before = _apart(student, teacher, sayings)
    teach_hearing(student, teacher, sayings, Pace(steps=60), batch=8, rate=3e-3, side=64)
    assert _apart(student, teacher, sayings) < 0.9 * before
    now = student.transformer.state_dict()
    assert all(torch.equal(painter[key], now[key]) for key in painter), "only the encoder learns"


@torch.no_grad()
def _apart(student: Model, teacher: Model, sayings: Sayings) -> float:
    sayings.maker.random.seed(8)
    taught, heard = sayings.twice(48, free=48)
    noise = torch.randn(latent_shape(48, 64, 64), generator=torch.Generator().manual_seed(2))
    level = torch.ones(48)
    told, wanted = student.velocity(noise, level, *heard), teacher.velocity(noise, level, *taught)
    return (told - wanted).square().mean().item()
