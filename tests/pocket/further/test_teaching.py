"""Teaching further: what is known stays, what is new gets nearer, a cut goes on."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from diffusers import ZImagePipeline
from torch import Tensor
from typer.testing import CliRunner

from zit_engine.pocket import __main__ as commands
from zit_engine.pocket.assemble import load_pipeline
from zit_engine.pocket.budget.words import drift
from zit_engine.pocket.checkpoints import Keeper
from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.further import material as materials
from zit_engine.pocket.further import teaching
from zit_engine.pocket.further.material import Material
from zit_engine.pocket.further.run import Plan, go_further, no_words
from zit_engine.pocket.further.teaching import Model, losses, rate_now, teach
from zit_engine.pocket.further.words import Sayings, teach_free_words
from zit_engine.pocket.pace import Pace
from zit_engine.pocket.tokenizer import TOKENS
from zit_engine.pocket.transformer import plain_block

SHAPE = (64, 64)


@pytest.fixture()
def none(pipe: ZImagePipeline) -> tuple[Tensor, Tensor]:
    return no_words(pipe.tokenizer)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(materials, "SHAPES", {SHAPE: 1.0})


def _material(pipe: ZImagePipeline, concepts: list[Concept], sprites: list[Tensor]) -> Material:
    return Material(concepts, sprites, pipe.vae, pipe.tokenizer, seed=3)


def _model(pipe: ZImagePipeline) -> Model:
    return Model(pipe.transformer, pipe.text_encoder)


def test_a_student_that_is_its_teacher_has_nothing_to_learn_in_taught_words(
    pipe: ZImagePipeline, vocabulary: list[Concept], sprites: list[Tensor],
    none: tuple[Tensor, Tensor], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    material = _material(pipe, vocabulary, sprites)
    material.add(8, SHAPE)
    size = losses(_model(pipe), _model(pipe), material.lesson(8, SHAPE), none)[0]
    monkeypatch.setattr(materials, "AS_TAUGHT", 1.0)
    monkeypatch.setattr(materials, "LONG", TOKENS)
    same = losses(_model(pipe), _model(pipe), material.lesson(8, SHAPE), none)[0]
    assert same < 1e-3 < size


def test_the_new_half_is_pushed_from_what_no_words_give(
    pipe: ZImagePipeline, vocabulary: list[Concept], sprites: list[Tensor],
    none: tuple[Tensor, Tensor], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """With no push the target is the path alone; a push moves it by that share of the way."""
    material = _material(pipe, vocabulary, sprites)
    material.add(8, SHAPE)
    lesson, found = material.lesson(8, SHAPE), []
    for push in (0.0, 0.6):
        monkeypatch.setattr(teaching, "PUSH", push)
        torch.manual_seed(9)
        found.append(losses(_model(pipe), _model(pipe), lesson, none)[1].item())
    assert found[0] != pytest.approx(found[1], rel=1e-3)


def test_teaching_brings_the_student_nearer_and_a_cut_goes_on(
    pipe: ZImagePipeline, vocabulary: list[Concept], sprites: list[Tensor],
    none: tuple[Tensor, Tensor], tmp_path: Path,
) -> None:  # fmt: skip
    torch.manual_seed(0)
    teacher, student = _model(pipe).copy(), _model(pipe)
    for weight in student.transformer.parameters():
        weight.data += 0.02 * torch.randn_like(weight)
    before = copy.deepcopy(student)
    keeper = Keeper(tmp_path / "state.safetensors", every=0.0)
    material = _material(pipe, vocabulary, sprites)
    mean, *_ = teach(
        student, teacher, material, none, Pace(steps=40), batch=8, rate=2e-3, first=8,
        keeper=keeper,
    )  # fmt: skip

    def apart(model: Model) -> float:
        torch.manual_seed(3)
        material.random.seed(1)
        with torch.no_grad():
            several = [losses(model, teacher, material.lesson(8, SHAPE), none) for _ in range(6)]
        return sum(float(known) for known, _ in several)

    assert apart(mean) < 0.9 * apart(before)
    again = _model(load_pipeline_like(pipe))
    looked: list[int] = []
    teach(
        again, teacher, material, none, Pace(steps=41), batch=8, first=8,
        keeper=Keeper(tmp_path / "state.safetensors"), look=lambda _, step: looked.append(step),
    )  # fmt: skip
    assert looked == [40], "only the step that was missing is taken"


def load_pipeline_like(pipe: ZImagePipeline) -> ZImagePipeline:
    return copy.deepcopy(pipe)


def test_the_rate_rises_stays_and_falls() -> None:
    assert rate_now(1.0, 0, 0.0) < rate_now(1.0, 29, 0.3) == 1.0
    assert 1.0 > rate_now(1.0, 500, 0.75) > rate_now(1.0, 900, 0.999) == 0.02


def test_taught_words_keep_their_states_while_free_ones_are_learned(
    pipe: ZImagePipeline, vocabulary: list[Concept], sprites: list[Tensor]
) -> None:
    torch.manual_seed(0)
    sayings = Sayings(vocabulary, pipe.tokenizer, 1)
    ids, lengths, labels = sayings.batch(8, taught=4)
    assert ids.shape[0] == len(lengths) == len(labels) == 8
    before = copy.deepcopy(pipe.text_encoder).state_dict()
    smallest = sprites[-1][: len(vocabulary)]
    first = teach_free_words(pipe.text_encoder, sayings, smallest, Pace(steps=2), batch=8)[0]
    last = teach_free_words(pipe.text_encoder, sayings, smallest, Pace(steps=40), batch=8)[0]
    assert last < first
    moved = pipe.text_encoder.state_dict()
    assert any(not torch.equal(before[key], moved[key]) for key in before)


def test_drift_is_a_share_of_what_was_there_and_padding_counts_nothing() -> None:
    before, rows = torch.full((1, 4, 2), 10.0), torch.tensor([True])
    states = before.clone()
    states[0, 3] = 99.0
    assert drift(states, before, torch.tensor([3]), rows) == 0
    apart = drift(states * 1.1, before, torch.tensor([3]), rows)
    assert apart.item() == pytest.approx(0.01, rel=0.05)
    assert drift(states * 1.1, before, torch.tensor([3]), ~rows) == 0


def test_all_lessons_run_and_the_model_loads(
    model: Path, vocabulary: list[Concept], sprites: list[Tensor], tmp_path: Path
) -> None:
    plan = Plan(Pace(steps=2), Pace(steps=2), Pace(steps=1), batch=4, sayings=4, first=4)
    work, out = tmp_path / "work", tmp_path / "model"
    figures = go_further(model, model, vocabulary, sprites, plan, work, out)
    assert set(figures) == {
        "words loss", "objects read out of free words", "heard", "heard as taught", "known", "new",
    }  # fmt: skip
    made, shipped = load_pipeline(out), load_pipeline(model)
    assert made.vae.state_dict().keys() == shipped.vae.state_dict().keys()
    weights, old = made.transformer.state_dict(), shipped.transformer.state_dict()
    assert weights.keys() == old.keys()
    assert any(not torch.equal(weights[key], old[key]) for key in old)
    plan = replace(plan, pictures=None)
    assert go_further(model, model, vocabulary, sprites, plan, work, tmp_path / "words") == {}, (
        "the words' lessons are done and not repeated, pictures are not asked for"
    )
    words = load_pipeline(tmp_path / "words")
    assert all(
        torch.equal(value, old[key]) for key, value in words.transformer.state_dict().items()
    )


def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        commands.app,
        ["further", "--packages", str(tmp_path), "--out", str(tmp_path / "out"),
         "--work", str(tmp_path / "work")],
    )  # fmt: skip
    assert result.exit_code != 0 and isinstance(result.exception, FileNotFoundError)


def test_a_plain_block_stands_where_nothing_is_compiled() -> None:
    assert Model.__dataclass_fields__["block"].default is plain_block
