"""Lessons hold known scenes and new ones, in words that fit."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from diffusers import ZImagePipeline
from torch import Tensor

from zit_engine.pocket.assemble import load_pipeline
from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.further.material import LONG, Material
from zit_engine.pocket.tokenizer import TOKENS
from zit_engine.pocket.vae import to_latents

SHAPE = (64, 64)


@pytest.fixture(scope="module")
def pipe(model: Path) -> ZImagePipeline:
    return load_pipeline(model)


@pytest.fixture()
def material(pipe: ZImagePipeline, vocabulary: list[Concept], sprites: list[Tensor]) -> Material:
    made = Material(vocabulary, sprites, pipe.vae, pipe.tokenizer, seed=3)
    made.add(12, SHAPE)
    return made


def test_half_of_a_lesson_is_known_and_half_is_new(material: Material) -> None:
    known, new = (material.held[SHAPE, kind].scenes for kind in (False, True))
    assert len(known) == len(new) == 12
    drawn = len([concept for concept in material.concepts if not concept.drawn])
    for scene in known:
        assert all(concept < drawn for concept, _ in scene.contents)
        assert not scene.prop and not scene.relation and not any(scene.colours)
    for scene in new:
        assert (
            any(concept >= drawn for concept, _ in scene.contents)
            or any(colour is not None for colour in scene.colours)
            or scene.prop
            or scene.relation
        )


def test_latents_are_the_vaes_own_but_for_half_precision(
    material: Material, pipe: ZImagePipeline
) -> None:
    torch.manual_seed(1)
    pictures = torch.rand(2, 3, 64, 64) * 2 - 1
    exact, quick = to_latents(pipe.vae, pictures), material.encode(pictures)
    assert (exact - quick).abs().max() < 0.05 * exact.abs().max()


def test_a_lesson_is_padded_and_its_known_half_comes_as_taught_too(material: Material) -> None:
    seen = set()
    for _ in range(8):
        lesson = material.lesson(4, SHAPE)
        assert lesson.latents.shape == (4, 16, 8, 8)
        assert lesson.ids.shape[0] == 4 and lesson.ids.shape[1] in (TOKENS, LONG)
        assert lesson.as_taught.shape == (2, TOKENS)
        for ids, lengths in (
            (lesson.ids, lesson.lengths),
            (lesson.as_taught, lesson.as_taught_lengths),
        ):
            for row, length in zip(ids.tolist(), lengths.tolist(), strict=True):
                assert material.pad not in row[:length]
                assert set(row[length:]) <= {material.pad}
        seen.add(lesson.ids.shape[1])
    assert seen == {TOKENS, LONG}


def test_words_change_more_often_than_pictures(material: Material) -> None:
    lessons = [material.lesson(24, SHAPE) for _ in range(4)]
    read = {tuple(row) for lesson in lessons for row in lesson.ids[:, :TOKENS].tolist()}
    pictures = {lesson.latents[i].sum().item() for lesson in lessons for i in range(24)}
    assert len(pictures) <= 24 < len(read)
