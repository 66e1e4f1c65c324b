"""The command line as a script uses it: what comes out where, and with which exit code."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

import zit_engine.terminal as terminal
from tests.bad_requests import BAD, BAD_NAMES, GOOD
from tests.fake_engine import FakeEngine, broken
from zit_engine.__main__ import app
from zit_engine.messages import sentences
from zit_engine.settings import ROOT

OPTIONS = {"seed": "--seed", "style": "--style", "channel": "--channel", "count": "--count"}
OPTIONS |= {"adapter_weight": "--adapter-weight", "variety": "--variety"}


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def run(monkeypatch, make_studio, engine, tmp_path):
    """run("make", …) with a fake engine; --out is this test's folder unless given."""
    monkeypatch.setattr(terminal, "build_studio", lambda settings: make_studio(engine))

    def command(*words: str):
        if words[0] in ("make", "compare") and "--out" not in words:
            words = (words[0], "--out", str(tmp_path / "out"), *words[1:])
        return CliRunner().invoke(app, list(words))

    return command


def make_words(fields: dict[str, str]) -> list[str]:
    """The fields as somebody would type them."""
    words = ["make"]
    for name, option in OPTIONS.items():
        if name in fields:
            words.append(f"{option}={fields[name]}")
    return [*words, "--", fields["prompt"]]


def test_make_copies_the_pictures_and_reports_them(run, tmp_path):
    done = run(
        *("make", "딸기 케이크", "--style", "anime", "--channel", "kakao-bizboard"),
        *("--count", "2", "--seed", "7", "--json"),
    )
    assert done.exit_code == 0 and done.stderr == ""
    report = json.loads(done.stdout)
    assert set(report) >= {"files", "seed", "style", "channel", "model", "seconds"}
    assert report["seed"] == 7 and report["seeds"] == [7, 8]
    assert (report["style"], report["channel"]) == ("anime", "kakao-bizboard")
    assert report["model"] == "Fake" and report["seconds"] >= 0
    paths = [Path(path) for path in report["files"]]
    assert len(paths) == 2 and {path.parent for path in paths} == {tmp_path / "out"}
    for path in paths:
        with Image.open(path) as picture:
            assert picture.size == (1029, 258) and picture.format == "PNG"


def test_make_without_json_prints_the_paths(run):
    done = run("make", "딸기 케이크", "--channel", "kakao-search-small")
    (line,) = done.stdout.splitlines()
    assert done.exit_code == 0 and Path(line).is_file()


def test_the_same_command_twice_gives_the_same_picture_under_two_names(run):
    words = ("make", "딸기 케이크", "--seed", "7", "--channel", "kakao-search-small", "--json")
    first, second = (json.loads(run(*words).stdout)["files"][0] for _ in range(2))
    assert first != second and Path(first).read_bytes() == Path(second).read_bytes()


def test_compare_makes_one_picture_a_style_and_a_sheet(run):
    done = run("compare", "딸기 케이크", "--seed", "7", "--json")
    report = json.loads(done.stdout)
    assert done.exit_code == 0
    assert {"realistic", "anime", "pencil-sketch"} <= {c["style"] for c in report["cells"]}
    assert Path(report["sheet"]).is_file() and {c["seed"] for c in report["cells"]} == {7}
    assert all(Path(cell["file"]).is_file() for cell in report["cells"])


def test_styles_as_json(run):
    rows = {row["id"]: row for row in json.loads(run("styles", "--json").stdout)}
    assert rows["anime"]["available"] is True and rows["film-photo"]["available"] is False
    assert rows["anime"]["ko"] == "애니" and set(rows["anime"]["files"]) <= {
        "pocket",
        "z-image-turbo",
    }


def test_channels_as_json(run):
    rows = {row["id"]: row for row in json.loads(run("channels", "--json").stdout)}
    board = rows["kakao-bizboard"]
    assert (board["width"], board["height"], board["limit_kb"]) == (1029, 258, 300)
    assert board["format"] == "png"


def test_doctor_tells_what_runs_and_why(run):
    report = json.loads(run("doctor", "--json").stdout)
    assert report["host"] == "local" and report["device"] == "cpu"
    assert report["model"]["title"] == "Fake" and report["model"]["reason"]
    assert report["style_files"]["anime"] == "present"
    assert {"torch", "diffusers", "gradio"} <= set(report["versions"])


@pytest.mark.parametrize("words", [("styles",), ("channels",), ("doctor",)])
def test_lists_for_people_name_the_same_things(run, words):
    done = run(*words)
    assert done.exit_code == 0 and len(done.stdout.splitlines()) > 5


@pytest.mark.parametrize(("name", "fields", "message_id"), BAD, ids=BAD_NAMES)
def test_a_bad_request_is_told_in_both_languages_with_code_2(
    run, engine, tmp_path, name, fields, message_id
):
    done = run(*make_words({**GOOD, **fields}))
    assert done.exit_code == 2, done.output
    korean, english = done.stderr.splitlines()
    for sentence, pattern in zip((korean, english), sentences()[message_id], strict=True):
        assert sentence.startswith(pattern.split("{")[0])
    assert done.stdout == "" and engine.paints == 0
    assert not (tmp_path / "out").exists()


def test_a_bad_request_as_json_is_json(run):
    done = run("make", "딸기", "--count", "99", "--json")
    report = json.loads(done.stdout)
    assert done.exit_code == 2
    assert report["error"] == "error.count_range"
    assert "99" in report["ko"] and "99" in report["en"]


def test_a_wrong_setting_is_told_by_name_with_code_2(run, monkeypatch):
    monkeypatch.setenv("ZIT_PORT", "kitchen")
    done = run("styles")
    assert done.exit_code == 2
    assert all("ZIT_PORT" in line for line in done.stderr.splitlines())


def test_a_painting_that_fails_has_code_1(run, engine):
    engine.fails = broken({7})
    done = run("make", "딸기", "--seed", "7", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["error"] == "error.broken_image"
    assert len(done.stderr.splitlines()) >= 2


def test_three_of_four_are_delivered_and_the_missing_one_is_told(run, engine):
    engine.fails = broken({8})
    done = run(*("make", "딸기", "--seed", "7", "--count", "4", "--json"))
    report = json.loads(done.stdout)
    assert done.exit_code == 0 and report["seeds"] == [7, 9, 10] and len(report["files"]) == 3
    assert sentences()["error.broken_image"][0] in done.stderr


def test_a_pictures_note_is_told_once_and_listed_for_each(run, engine):
    engine.note = "note.painted_in_tiles"
    done = run("make", "딸기", "--count", "2", "--json")
    korean, english = sentences()["note.painted_in_tiles"]
    assert done.exit_code == 0 and done.stderr.splitlines() == [korean, english]
    report = json.loads(done.stdout)
    assert [note["file"] for note in report["notes"]] == report["files"]
    assert {(n["id"], n["ko"], n["en"]) for n in report["notes"]} == {
        ("note.painted_in_tiles", korean, english)
    }


def test_a_picture_without_a_note_has_none_listed(run):
    assert json.loads(run("make", "딸기", "--json").stdout)["notes"] == []


def test_a_folder_that_cannot_be_written_is_told(run, tmp_path):
    (tmp_path / "file").write_text("in the way")
    done = run("make", "딸기", "--out", str(tmp_path / "file" / "below"))
    assert done.exit_code == 1
    assert "저장할 수 없어요" in done.stderr and "Traceback" not in done.output


def test_a_missing_model_is_told_by_name():
    done = subprocess.run(
        [sys.executable, "-m", "zit_engine", "make", "딸기", "--json"],
        cwd=ROOT,
        env={"ZIT_MODEL": "/no/such/model", "HOME": "/nonexistent", "ZIT_DATA_DIR": "/proc/no"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (1, 2) and "Traceback" not in done.stderr
    assert json.loads(done.stdout)["error"].startswith("error.")


def test_lone_surrogate_bytes_from_a_terminal_are_told(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "zit_engine", "make", b"\xed\xa0\xbd", "--out", tmp_path],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2 and b"Traceback" not in done.stderr
    assert len(done.stderr.decode().splitlines()) == 2
