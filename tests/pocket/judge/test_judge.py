"""The judge: it learns from renders, reads what is there, and its file outlives the list."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from zit_engine.pocket.attributes import PLAIN
from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.judge.material import (
    LEARNT,
    PALE_STYLE,
    STYLES,
    UNSAID,
    PictureSource,
    answers,
    roughen,
)
from zit_engine.pocket.judge.network import GRID, SIDE_PX, Judge
from zit_engine.pocket.judge.reading import (
    JUDGE_FILE,
    load_judge,
    new_judge,
    read,
    save_judge,
)
from zit_engine.pocket.judge.training import check_judge, judge_loss, train_judge
from zit_engine.pocket.judge.weights import load_notes
from zit_engine.pocket.pace import Pace
from zit_engine.pocket.phrases import BACKDROPS
from zit_engine.pocket.render import render
from zit_engine.pocket.scenes import SceneMaker
from zit_engine.pocket.vocabulary import every_concept

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def few(concepts: list[Concept]) -> list[Concept]:
    """Six things, so that a few steps are enough to tell them apart."""
    return concepts[140:146]


@pytest.fixture(scope="module")
def sprites(pyramid: list[torch.Tensor]) -> list[torch.Tensor]:
    return [level[140:146] for level in pyramid]


def test_answers_mark_the_middle_of_every_object(few: list, sprites: list) -> None:
    made = PictureSource(few, sprites, 3).draw(12)
    assert made.pictures.shape == (12, 3, SIDE_PX, SIDE_PX)
    for i, scene in enumerate(made.scenes):
        tops = (made.answers.centre[i] > 0.999).sum().item()
        # two objects whose middles share a cell are marked once
        assert tops in (len(scene.placed), len(scene.placed) - 1)
        named = set(made.answers.concept[i][made.answers.concept[i] >= 0].tolist())
        assert named <= {each.concept for each in scene.placed}


def test_no_colour_or_backdrop_is_asked_of_a_pencil_drawing(few: list, sprites: list) -> None:
    scenes = PictureSource(few, sprites, 7).draw(2).scenes
    asked = answers(scenes, [0, STYLES.index(PALE_STYLE)])
    for values in (asked.backdrop, asked.first):
        assert values[0] != UNSAID and values[1] == UNSAID
    assert (asked.colour[1] == UNSAID).all() and (asked.concept[1] != UNSAID).any()


def test_the_same_seed_draws_the_same_material(few: list, sprites: list) -> None:
    first, again = PictureSource(few, sprites, 4).draw(6), PictureSource(few, sprites, 4).draw(6)
    assert torch.equal(first.pictures, again.pictures) and first.scenes == again.scenes
    assert set(first.styles) <= set(range(len(STYLES)))


def test_roughened_pictures_keep_shape_and_range(few: list, sprites: list) -> None:
    source = PictureSource(few, sprites, 5)
    pictures = source.draw(4).pictures.float() / 127.5 - 1
    rough = roughen(pictures, source.random)
    assert rough.shape == pictures.shape and rough.abs().max() <= 1
    assert 0.005 < (rough - pictures).abs().mean() < 0.3


def test_training_lowers_the_loss_and_finds_objects(few: list, sprites: list) -> None:
    torch.manual_seed(0)
    judge = new_judge(few)
    first = train_judge(judge, few, sprites, Pace(steps=1), batch=8)
    last = train_judge(judge, few, sprites, Pace(steps=20), batch=8, rate=4e-3)
    assert last < 0.9 * first
    check = check_judge(judge, few, sprites, pictures=8)
    assert check.pictures == 8 and 0 <= check.subject <= 1


def test_the_loss_of_a_right_answer_is_small(few: list, sprites: list) -> None:
    material = PictureSource(few, sprites, 6).draw(4)
    wanted = material.answers
    judge = Judge(len(few), 10, 15).eval()
    with torch.no_grad():
        said = judge(material.pictures.float() / 127.5 - 1)
        sure = (wanted.centre > 0.999).float() * 40 - 20
        right = replace(said, centre=sure)
        assert judge_loss(right, wanted) < judge_loss(replace(said, centre=-sure), wanted)


def test_the_file_keeps_what_was_learnt_when_concepts_are_added(
    concepts: list[Concept], few: list, tmp_path: Path
) -> None:
    torch.manual_seed(0)
    judge, file = new_judge(few).eval(), tmp_path / "judge.safetensors"
    save_judge(judge, few, {"subject": 0.5}, file)
    longer = [concepts[3], *few]
    loaded = load_judge(file, longer)
    assert torch.equal(loaded.concept.weight[1:], judge.concept.weight.bfloat16().float())
    assert torch.equal(loaded.backdrop.weight, judge.backdrop.weight.bfloat16().float())
    assert load_notes(file) == {"subject": 0.5}


def test_the_shipped_judge_is_small_and_knows_every_concept() -> None:
    file, concepts = ROOT / JUDGE_FILE, every_concept()
    assert file.stat().st_size <= 5_000_000
    judge = load_judge(file, concepts)
    assert judge.concept.weight.shape[0] == len(concepts)
    notes = load_notes(file)
    assert {"subject", "count", "backdrop", "object_colour", "styled_subject", "pictures"} <= set(
        notes
    )


def test_an_empty_backdrop_holds_nothing_and_has_its_colour() -> None:
    concepts = every_concept()
    judge = load_judge(ROOT / JUDGE_FILE, concepts)
    red = torch.tensor([214, 52, 56]).view(1, 3, 1, 1).expand(-1, -1, 256, 256) / 127.5 - 1
    seen = read(judge, red.contiguous())[0]
    assert seen.objects == () and seen.first == "red"
    assert GRID * 8 == SIDE_PX


def test_the_shipped_judge_knows_every_kind_of_backdrop(few: list, sprites: list) -> None:
    """Confetti too, which only what lies between the objects tells apart from a plain colour."""
    judge, maker = load_judge(ROOT / JUDGE_FILE, every_concept()), SceneMaker(few, 31, PLAIN)
    scenes = [
        replace(maker.scene(), backdrop=backdrop)
        for backdrop in range(len(BACKDROPS))
        for _ in range(4)
    ]
    seen = read(judge, render(scenes, sprites, 256, 256))
    right = [each.backdrop == scene.backdrop for each, scene in zip(seen, scenes, strict=True)]
    by_kind = [sum(right[i : i + 4]) for i in range(0, len(right), 4)]
    assert min(by_kind) >= 3, dict(zip(BACKDROPS, by_kind, strict=True))


def test_no_backdrop_is_rarer_than_others_in_what_the_judge_learns_from(few: list) -> None:
    maker = SceneMaker(few, 8, LEARNT)
    counts = Counter(maker.scene().backdrop for _ in range(1000))
    assert min(counts.values()) > 60 and max(counts.values()) < 140
