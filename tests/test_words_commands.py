"""`prompt` and `trades` on the command line, with the embedded model and without painting."""

import json

import pytest
from typer.testing import CliRunner

from zit_engine.__main__ import app
from zit_engine.request.trades import load_trades


@pytest.fixture
def run(monkeypatch):
    monkeypatch.setenv("ZIT_MODEL", "pocket")
    return lambda *words: CliRunner().invoke(app, list(words))


def test_a_prompt_from_a_few_fields_is_the_only_output(run):
    done = run("prompt", "--trade", "cafe", "--product", "라떼", "--season", "크리스마스")
    assert done.exit_code == 0
    assert done.stdout == "라떼와 크리스마스 트리, 빨간색 배경\n"
    assert done.stderr == ""


def test_a_refined_text_and_what_was_left_out_are_told_beside_it(run):
    done = run("prompt", "--product", "coffee", "--mood", "dreamy", "--polish", "--json")
    report = json.loads(done.stdout)
    assert report["prompt"] == report["sent"] == "coffee, beige background"
    assert report["left_out"] == ["dreamy"] and report["added"] == []
    assert "Left out" in done.stderr and "Nothing to add" in done.stderr
    done = run("prompt", "딸기 케이크", "--polish")
    assert done.stdout.startswith("딸기 케이크, ") and "더했어요" in done.stderr


@pytest.mark.parametrize(
    "words", [["--trade", "nope"], ["--product", "가" * 81], [], ["--lang", "fr"]]
)
def test_what_cannot_be_written_is_told(run, words):
    done = run("prompt", *words)
    assert done.exit_code == 2 and done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 2


def test_trades_are_listed_with_what_the_model_draws(run):
    rows = json.loads(run("trades", "--json").stdout)
    assert [row["id"] for row in rows] == list(load_trades())
    assert all(len(row["examples"]) >= 3 for row in rows)
    assert rows[0]["examples"][0]["ko"] == "따뜻한 라떼와 크루아상, 베이지색 배경"
