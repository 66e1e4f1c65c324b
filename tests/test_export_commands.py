"""`export` as a script uses it: files or one ZIP with Korean names, a report, exit codes."""

import dataclasses
import json
import zipfile
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from typer.testing import CliRunner

from zit_engine import export_commands
from zit_engine.__main__ import app
from zit_engine.finish.encode import encode
from zit_engine.finish.metadata import AI_LABEL, read_settings
from zit_engine.request.ad_request import AdRequest
from zit_engine.request.channels import find_channel

SETTINGS = AdRequest("딸기 케이크", style="anime", channel="plain-1-1", seed=7)
SIX = ["instagram-feed", "instagram-story", "kakao-bizboard", "kakao-message", "mms", "naver-feed"]


@pytest.fixture(autouse=True)
def own_data(monkeypatch, tmp_path):
    monkeypatch.setenv("ZIT_DATA_DIR", str(tmp_path / "data"))


@pytest.fixture
def picture(tmp_path) -> Path:
    """A picture as this program makes them: a red disc on blue, its settings inside."""
    image = Image.new("RGB", (512, 512), (40, 60, 160))
    ImageDraw.Draw(image).ellipse((120, 120, 400, 400), fill=(220, 40, 30))
    path = tmp_path / "made.png"
    path.write_bytes(encode(image, "png", None, SETTINGS.as_fields()).data)
    return path


@pytest.fixture
def run(tmp_path):
    def command(*words: object):
        out = ("--out", str(tmp_path / "out"))
        return CliRunner().invoke(app, ["export", *map(str, words), *out])

    return command


def test_each_place_gets_a_file_with_a_korean_name(run, picture, tmp_path):
    done = run(picture, "--channels", ",".join(SIX), "--json")
    assert done.exit_code == 0 and done.stderr == ""
    report = json.loads(done.stdout)
    assert [row["id"] for row in report["places"]] == SIX and report["refused"] == []
    for row, path in zip(report["places"], map(Path, report["files"]), strict=True):
        channel = find_channel(row["id"])
        assert path == tmp_path / "out" / row["file"]
        assert path.name.startswith("딸기-케이크_애니_") and path.name.endswith(
            f"_7.{row['format']}"
        )
        assert row["kb"] == round(path.stat().st_size / 1000, 1)
        with Image.open(path) as image:
            assert image.size == (channel.width, channel.height) == (row["width"], row["height"])
    assert report["seconds"] > 0 and report["notes"] == []


def test_a_zip_holds_them_all_and_nothing_else_is_written(run, picture, tmp_path):
    report = json.loads(run(picture, "--channels", ",".join(SIX), "--zip", "--json").stdout)
    assert report["files"] == [str(tmp_path / "out" / "딸기-케이크_6.zip")]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["딸기-케이크_6.zip"]
    with zipfile.ZipFile(report["files"][0]) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [row["file"] for row in report["places"]]


def test_the_settings_and_the_mark_stay_inside(run, picture):
    words = ("--headline", "가을 신메뉴", "--label", "top-left")
    report = json.loads(run(picture, "--channels", "mms", *words, "--json").stdout)
    data = Path(report["files"][0]).read_bytes()
    kept = read_settings(data)
    assert (kept["prompt"], kept["seed"], kept["channel"]) == ("딸기 케이크", 7, "mms")
    assert kept["label"] == "top-left" and AI_LABEL.encode() in data


def test_a_second_export_does_not_overwrite_the_first(run, picture, tmp_path):
    files = [
        json.loads(run(picture, "--channels", "mms", "--json").stdout)["files"] for _ in range(2)
    ]
    assert files[0] != files[1] and len(list((tmp_path / "out").iterdir())) == 2


def test_for_people_lines_and_what_to_know(run, picture):
    done = run(picture, "--channels", "baemin-menu, baemin-menu", "--headline", "가을 신메뉴")
    line, path = done.stdout.splitlines()
    assert line.startswith("baemin-menu") and "1280×960 jpg" in line and Path(path).is_file()
    assert "글자를 빼고" in done.stderr and "the words were left out" in done.stderr


def test_words_and_rules(run, picture):
    words = ("--channels", "baemin-menu", "--headline", "가을 신메뉴", "--json")
    (told,) = json.loads(run(picture, *words).stdout)["places"]
    assert "export.text_left_out" in {note["id"] for note in told["notes"]}
    assert told["rule"]["source"].startswith("unverified") and told["rule"]["ko"]
    (set_over,) = json.loads(run(picture, *words, "--ignore-rules").stdout)["places"]
    assert "export.text_left_out" not in {note["id"] for note in set_over["notes"]}


def test_the_frame_can_be_chosen(run, picture):
    def box(*words: str) -> list[float]:
        report = run(picture, "--channels", "kakao-message", "--label", "none", *words, "--json")
        return json.loads(report.stdout)["places"][0]["box"]

    assert box("--no-extend", "--focus", "0.5,0") == [0, 0, 1, 0.5]
    assert box("--no-extend", "--focus", "0.5,1") == [0, 0.5, 1, 1]
    assert box("--extend", "--focus", "0.5,0.5") == [-0.5, 0, 1.5, 1]


def test_a_photo_from_elsewhere_is_told_about(run, tmp_path):
    path = tmp_path / "라떼 한 잔.webp"
    Image.new("RGB", (300, 300), (200, 180, 150)).save(path)
    report = json.loads(run(path, "--channels", "mms", "--json").stdout)
    assert [note["id"] for note in report["notes"]] == ["export.foreign"]
    assert Path(report["files"][0]).name.startswith("라떼-한-잔_")


def test_a_logo_is_set(run, picture, tmp_path):
    logo = tmp_path / "logo.png"
    Image.new("RGBA", (200, 80), (250, 210, 40, 255)).save(logo)
    plain, marked = (
        Path(
            json.loads(run(picture, "--channels", "mms", *words, "--json").stdout)["files"][0]
        ).read_bytes()
        for words in ((), ("--logo", logo))
    )
    assert plain != marked


@pytest.mark.parametrize(
    ("words", "message_id"),
    [
        (["--channels", "tv-spot"], "error.channel_unknown"),
        (["--channels", " , "], "export.no_channels"),
        (["--channels", "mms", "--focus", "left"], "export.focus"),
        (["--channels", "mms", "--focus", "0.5"], "export.focus"),
        (["--channels", "mms", "--focus", "0.5,nan"], "export.focus"),
        (["--channels", "mms", "--focus", "1.5,0"], "export.focus"),
        (["--channels", "mms", "--template", "no-such"], "type.template_unknown"),
        (["--channels", "mms", "--headline", "กาแฟ"], "type.letters"),
        (["--channels", "mms", "--logo", "no-such.png"], "export.file_missing"),
    ],
)
def test_what_cannot_be_used_is_told_with_code_2(run, picture, tmp_path, words, message_id):
    done = run(picture, *words, "--json")
    assert done.exit_code == 2 and json.loads(done.stdout)["error"] == message_id
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", [None, b"", b"no picture at all", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_picture_is_told_with_code_2(run, tmp_path, content):
    path = tmp_path / "made.png"
    if content is not None:
        path.write_bytes(content)
    done = run(path, "--channels", "mms", "--json")
    assert done.exit_code == 2 and json.loads(done.stdout)["ko"]


def test_one_place_that_cannot_be_served_is_told_and_the_others_are_made(run, picture, monkeypatch):
    def tight(channel_id):
        limit = {"limit_kb": 1} if channel_id == "mms" else {}
        return dataclasses.replace(find_channel(channel_id), **limit)

    monkeypatch.setattr(export_commands, "find_channel", tight)
    done = run(picture, "--channels", "mms,kakao-message", "--json")
    report = json.loads(done.stdout)
    assert done.exit_code == 1 and len(report["files"]) == 1
    (refused,) = report["refused"]
    assert (refused["id"], refused["error"]) == ("mms", "error.too_heavy") and "1KB" in refused[
        "ko"
    ]
