"""`bench` on the command line: not run without what is measured, and a report in a folder."""

import json

import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from zit_engine.__main__ import app
from zit_engine.bench.sections import SECTIONS

RUNNER = CliRunner()


@pytest.fixture(autouse=True)
def threads():
    """One thread for the measurement alone."""
    usual = torch.get_num_threads()
    yield
    torch.set_num_threads(usual)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
@pytest.mark.parametrize("section", ["all", "plain"])
def test_full_size_without_a_gpu_says_so(section):
    done = RUNNER.invoke(app, ["bench", section, "--full-size-random"])
    assert (done.exit_code, done.stdout.strip()) == (3, "not run: no GPU")


def test_one_section_as_json_into_a_folder(tmp_path, monkeypatch):
    for name, value in {"MODEL": "pocket", "STEPS": "1", "CPU_THREADS": "1"}.items():
        monkeypatch.setenv(f"ZIT_{name}", value)
    out = tmp_path / "out"
    done = RUNNER.invoke(app, ["bench", "card", "--quick", "--json", "--out", str(out)])
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert (report["model"], report["quick"], report["steps"]) == ("Pocket", True, 1)
    assert list(report["sections"]) == ["card"]
    assert json.loads((out / "bench.json").read_text()) == report
    with Image.open(out / "bench.png") as picture:
        assert picture.width > 1000 and len(picture.getcolors(1 << 20) or []) > 10


def test_an_unknown_model_is_told_in_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("ZIT_MODEL", str(tmp_path / "nowhere" / "x"))
    done = RUNNER.invoke(app, ["bench", "card", "--quick"])
    assert done.exit_code == 1 and "nowhere" in done.output


def test_help_names_every_section():
    said = RUNNER.invoke(app, ["bench", "--help"]).stdout
    assert all(f" {name} " in said for name in (*SECTIONS, "all", "legacy", "residency"))
