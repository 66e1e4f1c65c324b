"""The command line and the page with ZIT_ENGINE=legacy-sdxl and toy checkpoints."""

import json

import pytest
from typer.testing import CliRunner

from tests.engine.sdxl_checkpoints import checkpoints  # noqa: F401 - a fixture
from zit_engine.__main__ import app
from zit_engine.assembly import build_studio
from zit_engine.errors import SettingsError
from zit_engine.settings import load_settings
from zit_engine.web.header import banner
from zit_engine.web.pickers import style_picker

STYLES = ["realistic", "semi-realistic", "anime"]


@pytest.fixture
def chosen(monkeypatch, checkpoints):  # noqa: F811
    monkeypatch.setenv("ZIT_ENGINE", "legacy-sdxl")
    monkeypatch.setenv("ZIT_LEGACY_CHECKPOINTS", str(checkpoints))
    monkeypatch.setenv("ZIT_CPU_THREADS", "1")


def run(*words):
    done = CliRunner().invoke(app, [*words, "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_doctor_and_styles_tell_the_archived_engine(chosen):
    report = run("doctor")
    assert report["styles"] == STYLES and report["model"]["title"] == "SDXL (archive)"
    assert "archived" in report["model"]["reason"]
    assert [row["id"] for row in run("styles") if row["available"]] == STYLES


def test_make_paints_and_tells_what_was_cut(chosen, tmp_path):
    words = ("make", "--style", "anime", "--seed", "7", "--out", str(tmp_path))
    report = run(*words, "warm " * 80)
    assert report["model"] == "SDXL (archive)" and len(report["files"]) == 1
    (note,) = report["notes"]
    assert note["id"] == "note.words_cut" and "77" in note["ko"] and "77" in note["en"]
    assert run(*words, "warm cake")["notes"] == []


def test_compare_has_the_three_styles(chosen, tmp_path):
    report = run("compare", "딸기 케이크", "--out", str(tmp_path))
    assert [cell["style"] for cell in report["cells"]] == STYLES


def test_the_page_offers_the_three_styles_and_says_which_engine_paints(chosen):
    studio = build_studio()
    facts = studio.engine.facts
    shown = style_picker(studio.catalogue, facts, "style").props["markup"]
    cards = shown.split("<button")[1:]
    assert [card.split('data-id="')[1].split('"')[0] for card in cards[:3]] == STYLES
    assert sum('aria-disabled="false"' in card for card in cards) == 3
    assert "예전 방식" in banner(facts).value
    studio.close()


def test_missing_checkpoints_are_told_with_code_1(chosen, monkeypatch, tmp_path):
    monkeypatch.setenv("ZIT_LEGACY_CHECKPOINTS", str(tmp_path / "none"))
    done = CliRunner().invoke(app, ["make", "cake", "--json"])
    assert done.exit_code == 1 and json.loads(done.stdout)["error"] == "error.legacy_missing"
    assert done.stderr.count("ZIT_LEGACY_CHECKPOINTS") == 2 and str(tmp_path) in done.stderr


def test_an_unknown_engine_is_told_by_name(monkeypatch):
    monkeypatch.setenv("ZIT_ENGINE", "sdxl")
    with pytest.raises(SettingsError) as wrong:
        load_settings()
    assert wrong.value.values["name"] == "ZIT_ENGINE"
