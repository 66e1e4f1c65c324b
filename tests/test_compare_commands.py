"""`compare` on the command line: a grid, stopped and gone on with."""

import contextlib
import csv
import dataclasses
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import zit_engine.terminal as terminal
from tests.fake_engine import FakeEngine, broken
from zit_engine.__main__ import app
from zit_engine.compare.ballots import Mode
from zit_engine.compare.vote_desk import VoteDesk


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def run(monkeypatch, make_studio, engine, tmp_path):
    monkeypatch.setattr(terminal, "build_studio", lambda settings: make_studio(engine))

    def command(*words: str):
        return CliRunner().invoke(app, ["compare", "--out", str(tmp_path / "out"), *words])

    return command


def test_texts_styles_and_seeds_make_a_grid(run, tmp_path):
    (tmp_path / "texts.txt").write_text("\ufeff수박\n\n커피\n", encoding="utf-8")
    done = run(
        *("딸기 케이크", "--texts", str(tmp_path / "texts.txt"), "--styles", "realistic,anime"),
        *("--seeds", "7,8", "--json"),
    )
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    places = [(cell["prompt"], cell["seed"], cell["style"]) for cell in report["cells"]]
    assert len(places) == 12 and places[:2] == [
        ("딸기 케이크", 7, "realistic"),
        ("딸기 케이크", 7, "anime"),
    ]
    assert {place[0] for place in places} == {"딸기 케이크", "수박", "커피"}
    assert all(Path(cell["file"]).is_file() for cell in report["cells"])
    assert Path(report["sheet"]).is_file() and report["missing"] == 0
    with Path(report["table"]).open(encoding="utf-8-sig") as table:
        assert len(list(csv.DictReader(table))) == 12


def test_a_grid_is_gone_on_with_by_its_id(run, engine):
    engine.fails = broken({8})
    first = json.loads(run("수박", "--seeds", "7,8", "--styles", "realistic", "--json").stdout)
    assert first["missing"] == 1 and len(first["cells"]) == 1
    engine.fails = lambda shot: None
    painted = engine.paints
    second = json.loads(run("--resume", first["grid"], "--json").stdout)
    assert second["missing"] == 0 and second["grid"] == first["grid"]
    assert engine.paints == painted + 1
    assert len(second["cells"]) == 2
    third = json.loads(run("--resume", first["grid"], "--json").stdout)
    assert engine.paints == painted + 1 and third["missing"] == 0


@pytest.mark.parametrize(
    "words",
    [(), ("--resume", "0" * 32), ("수박", "--styles", "nothing"), ("수박", "--texts", "/nowhere")],
)
def test_what_cannot_be_done_is_told_in_both_languages(run, engine, words):
    done = run(*words)
    assert done.exit_code in (1, 2) and engine.paints == 0
    assert any("가" <= letter <= "힣" for letter in done.stderr) and "." in done.stderr
    assert "Traceback" not in done.output


def test_a_grid_and_its_votes_are_reported(run, tmp_path, make_studio, engine):
    made = json.loads(run("수박", "--seeds", "7", "--json").stdout)
    assert Path(made["report"]).read_text(encoding="utf-8").count("<img ") == len(made["cells"])
    studio = make_studio(engine)
    with contextlib.closing(VoteDesk(studio, b"k")) as desk:
        ballot = desk.question(made["grid"], "ann", Mode.PAIR).ballot
        desk.cast(made["grid"], "ann", Mode.PAIR, ballot.id, ballot.tokens[0], [])
    told = json.loads(run("--report", made["grid"], "--json").stdout)
    assert told["votes"] == 1 and sum(row["wins"] for row in told["styles"]) == 1
    assert "<svg" in Path(told["report"]).read_text(encoding="utf-8")
    assert len(Path(told["table"]).read_text(encoding="utf-8").splitlines()) == 2
    assert "1 votes counted" in run("--report", made["grid"]).stdout
    assert run("--report", "0" * 32).exit_code == 1


def test_grids_of_two_models_lie_side_by_side(run, engine, make_studio):
    words = ("수박", "커피", "--seeds", "7", "--styles", "realistic,anime", "--json")
    first = json.loads(run(*words).stdout)
    engine.facts = dataclasses.replace(engine.facts, title="SDXL (archive)")
    second = json.loads(run("수박", "--seeds", "7", "--styles", "anime", "--json").stdout)
    painted = engine.paints
    both = json.loads(run("--join", f"{first['grid']},{second['grid']}", "--json").stdout)
    assert engine.paints == painted and both["missing"] == 1  # the archive has no coffee
    assert both["asked"]["styles"][-1] == "anime@SDXL (archive)"
    columns = [(cell["prompt"], cell["style"]) for cell in both["cells"]]
    assert columns == [
        ("수박", "realistic"),
        ("수박", "anime"),
        ("수박", "anime"),
        ("커피", "realistic"),
        ("커피", "anime"),
    ]
    page = Path(both["report"]).read_text(encoding="utf-8")
    assert "애니 · SDXL (archive)" in page and page.count("<img ") == 5
    with contextlib.closing(VoteDesk(make_studio(engine), b"k")) as desk:
        assert desk.question(both["grid"], "ann", Mode.PAIR).total == 3 + 1
    assert run("--join", f"{first['grid']},{first['grid']}").exit_code == 2
    assert run("--join", first["grid"]).exit_code == 2
