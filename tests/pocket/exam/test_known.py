"""What the product says a model knows is what the judge named in its pictures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from diffusers import ZImagePipeline
from typer.testing import CliRunner

from zit_engine.pocket import __main__ as commands
from zit_engine.pocket.assemble import load_pipeline
from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.exam.known import renew, slug, with_drawn, write_rows
from zit_engine.pocket.judge.reading import JUDGE_FILE, load_judge
from zit_engine.pocket.vocabulary import every_concept

ROOT = Path(__file__).resolve().parents[3]
MODEL = ROOT / "assets" / "pocket"
PIZZA = {"id": "pizza", "ko": ["피자"], "en": ["pizza"], "group": "food", "good": False}
CHICK = {"id": "hatching-chick", "ko": ["쇼핑"], "en": ["yoga"], "group": "nature", "good": True}


@pytest.fixture(scope="module")
def concepts() -> list[Concept]:
    return every_concept()


@pytest.fixture(scope="module")
def pipe() -> ZImagePipeline:
    return load_pipeline(MODEL)


def test_every_row_of_the_shipped_file_is_a_concept(concepts: list[Concept]) -> None:
    rows = json.loads((MODEL / "subjects.json").read_text(encoding="utf-8"))["subjects"]
    names = {slug(concept.names["en"][0]) for concept in concepts if not concept.drawn}
    names |= {concept.code.removeprefix("shop-") for concept in concepts if concept.drawn}
    assert {row["id"] for row in rows} <= names


def test_drawn_subjects_join_and_take_the_words_they_show_better(concepts: list[Concept]) -> None:
    rows = with_drawn([PIZZA, {**PIZZA, "id": "rice", "ko": ["밥", "비빔밥"]}], concepts)
    by_id = {row["id"]: row for row in rows}
    assert by_id["rice"]["ko"] == ["밥"] and "비빔밥" in by_id["bibimbap"]["ko"]
    assert len(rows) == 2 + sum(concept.drawn for concept in concepts)
    assert with_drawn(rows, concepts) == rows, "a second time changes nothing"


def test_a_subject_is_good_when_the_judge_names_it(
    pipe: ZImagePipeline, concepts: list[Concept], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pizza asked for as a pizza, and a chick asked for in words for other things."""
    monkeypatch.setattr("zit_engine.pocket.exam.known.with_drawn", lambda rows, concepts: rows)
    judge = load_judge(ROOT / JUDGE_FILE, concepts)
    rows = renew(pipe, judge, concepts, [PIZZA, CHICK])
    assert [row["good"] for row in rows] == [True, False]
    assert renew(pipe, judge, concepts, [PIZZA, CHICK], drawn_only=True) == [PIZZA, CHICK]


def test_rows_come_back_as_they_were_written(tmp_path: Path) -> None:
    file = tmp_path / "subjects.json"
    write_rows([PIZZA, CHICK], file)
    assert json.loads(file.read_text(encoding="utf-8"))["subjects"] == [PIZZA, CHICK]
    assert len(file.read_text(encoding="utf-8").splitlines()) == 4


def test_a_folder_without_the_file_is_told(tmp_path: Path) -> None:
    result = CliRunner().invoke(commands.app, ["known", str(tmp_path)])
    assert isinstance(result.exception, FileNotFoundError)
