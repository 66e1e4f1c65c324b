"""`text` from the command line: a file, what was set on it, and sentences for what cannot be."""

import json

import pytest
from PIL import Image
from typer.testing import CliRunner

from tests.finish.type_trials import logo, picture
from zit_engine.__main__ import app
from zit_engine.finish.metadata import read_settings


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "cake.png"
    picture("sample", 512, 512).save(path)
    return path


def run(*words):
    return CliRunner().invoke(app, ["text", *map(str, words)])


def test_words_and_marks_are_set_for_a_place(source, tmp_path):
    logo().save(tmp_path / "logo.png")
    words = ["--headline", "New menu", "--price", "4,500", "--qr", "https://a.example"]
    words += ["--template", "menu", "--logo", tmp_path / "logo.png", "--label", "top-left"]
    done = run(source, *words, "--channel", "instagram-feed", "--out", tmp_path / "out", "--json")
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    with Image.open(report["file"]) as made:
        assert made.size == (1080, 1350) == (report["width"], report["height"])
        assert made.format == "JPEG"
    boxes = {box["kind"]: box for box in report["boxes"]}
    assert set(boxes) == {"headline", "price", "qr", "logo", "label"}
    assert boxes["headline"]["lines"] == ["New menu"]
    assert min(box["contrast"] for box in boxes.values() if box["contrast"]) >= 4.5
    assert boxes["label"]["top"] < 200


def test_without_a_place_the_picture_keeps_its_size(source, tmp_path):
    done = run(source, "--headline", "New menu", "--out", tmp_path, "--json")
    report = json.loads(done.stdout)
    with Image.open(report["file"]) as made:
        assert made.size == (512, 512) and made.format == "PNG"
    again = run(source, "--headline", "New menu", "--out", tmp_path, "--json")
    assert json.loads(again.stdout)["file"] != report["file"]


def test_people_are_told_how_it_reads(source, tmp_path):
    done = run(source, "--headline", "New menu", "--out", tmp_path)
    assert "New menu" in done.stdout and ":1" in done.stdout
    assert done.stdout.strip().splitlines()[-1].endswith(".png")


@pytest.mark.parametrize(
    "words",
    [
        ["--headline", "a" * 41],
        ["--colour", "red"],
        ["--template", "nothing"],
        ["--channel", "nowhere"],
        ["--headline", "\u0e01"],
        ["--logo", "missing.png"],
    ],
)
def test_what_cannot_be_set_is_told_in_both_languages(source, tmp_path, words):
    done = run(source, *words, "--out", tmp_path / "out", "--json")
    assert done.exit_code == 2
    told = json.loads(done.stdout)
    assert told["ko"] and told["en"]
    assert not (tmp_path / "out").exists()


def test_a_picture_of_ours_keeps_what_it_was_made_from(tmp_path):
    from zit_engine.finish.encode import encode

    path = tmp_path / "made.png"
    path.write_bytes(encode(picture("white", 300, 300), "png", None, {"prompt": "cake"}).data)
    report = json.loads(run(path, "--headline", "Menu", "--out", tmp_path, "--json").stdout)
    with open(report["file"], "rb") as file:
        assert read_settings(file.read())["prompt"] == "cake"
