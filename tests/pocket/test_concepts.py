"""The object list, and the two files the page reads: what the model knows and draws well."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from PIL import Image

from zit_engine.pocket.concepts import Concept, load_sprite, sprite_file, sprite_pyramid
from zit_engine.pocket.vocabulary import every_concept

MODEL = Path(__file__).resolve().parents[2] / "assets" / "pocket"


def _subjects() -> list[dict]:
    return json.loads((MODEL / "subjects.json").read_text(encoding="utf-8"))["subjects"]


def test_there_are_493_objects_with_a_name_in_both_languages(concepts: list[Concept]) -> None:
    assert len(concepts) == 493
    assert all(concept.names["ko"] and concept.names["en"] for concept in concepts)


def test_every_subject_name_is_a_word_the_model_was_taught(concepts: list[Concept]) -> None:
    known = [*concepts, *every_concept()]
    taught = {word.lower() for concept in known for word in concept.every_word()}
    for subject in _subjects():
        names = [*subject["ko"], *subject["en"], *subject.get("ko_whole", [])]
        assert set(names) <= taught, subject["id"]


def test_one_syllable_names_match_whole_words_only() -> None:
    subjects = _subjects()
    assert all(len(name) > 1 for subject in subjects for name in subject["ko"])
    assert "빵" in {name for subject in subjects for name in subject.get("ko_whole", [])}


def test_subject_ids_are_unique_and_names_lower_case() -> None:
    subjects = _subjects()
    assert len({subject["id"] for subject in subjects}) == len(subjects)
    assert all(name == name.lower() for subject in subjects for name in subject["en"])


def test_backdrop_colours_are_not_subjects() -> None:
    names = {name for subject in _subjects() for name in [*subject["ko"], *subject["en"]]}
    assert not names & {"orange", "오렌지", "민트", "pink", "분홍색"}


def test_a_sprite_is_found_with_and_without_the_variation_mark(tmp_path: Path) -> None:
    folder = tmp_path / "package" / "assets"
    folder.mkdir(parents=True)
    Image.new("RGBA", (8, 8), (255, 0, 0, 128)).save(folder / "2702.webp", lossless=True)
    file = sprite_file(tmp_path, "2702-FE0F")
    assert load_sprite(file).shape == (4, 256, 256)
    with pytest.raises(FileNotFoundError):
        sprite_file(tmp_path, "1F600")


def test_the_pyramid_halves_and_premultiplies() -> None:
    sprite = torch.full((1, 4, 256, 256), 200, dtype=torch.uint8)
    levels = sprite_pyramid(sprite)
    assert [level.shape[-1] for level in levels] == [256, 128, 64, 32, 16]
    assert levels[0][0, 0, 0, 0] == round(200 * 200 / 255)
