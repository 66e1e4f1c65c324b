"""`photo` as a script uses it: what comes out where, and what is said of a bad photo."""

import json
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

import zit_engine.terminal as terminal
from tests.fake_engine import FakeEngine
from tests.finish import upload_files as files
from tests.finish.products import cup
from zit_engine.__main__ import app


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def run(monkeypatch, make_studio, engine, folder):
    """run(photo, …) with a fake engine, into this test's folder."""
    monkeypatch.setattr(terminal, "build_studio", lambda settings: make_studio(engine))

    def command(photo: Path, *words: str) -> Result:
        return CliRunner().invoke(
            app, ["photo", str(photo), "--prompt", "나무 탁자", "--out", str(folder), *words]
        )

    return command


@pytest.fixture
def product(tmp_path: Path) -> Path:
    path = tmp_path / "cup.png"
    cup(1100).save(path)
    return path


def test_two_pictures_on_a_new_background(run, product, folder):
    done = run(product, "--mode", "background", "--count", "2", "--seed", "7", "--json")
    report = json.loads(done.stdout)
    assert done.exit_code == 0 and done.stderr == ""
    assert (report["mode"], report["seeds"], report["notes"]) == ("background", [7, 8], [])
    assert {Path(path).parent for path in report["files"]} == {folder}
    for path in report["files"]:
        with Image.open(path) as picture:
            assert picture.size == (1080, 1080)


def test_mood_is_what_it_does_unless_told(run, product, engine):
    done = run(product, "--strength", "little", "--seed", "7")
    assert done.exit_code == 0 and Path(done.stdout.strip()).is_file()
    assert engine.shots[-1].start.strength == pytest.approx(0.375)


def test_a_mask_file_frees_the_product(run, engine, tmp_path):
    photo, mask = tmp_path / "photo.jpg", tmp_path / "mask.png"
    photo.write_bytes(files.loaded_with_metadata("JPEG"))
    painted = Image.new("L", (320, 240), 0)
    painted.paste(255, (60, 60, 200, 200))
    painted.save(mask)
    done = run(photo, "--mode", "background", "--mask", str(mask), "--json")
    report = json.loads(done.stdout)
    assert done.exit_code == 0 and len(report["files"]) == 1
    assert [note["id"] for note in report["notes"]] == ["photo.small_product"]
    assert "140×140" in done.stderr  # what is told on the page is told here too


@pytest.mark.parametrize(
    ("data", "message_id"),
    [
        (files.box_file(b"heic"), "photo.heic"),
        (files.claiming(20000, 20000), "photo.too_many_pixels"),
        (files.moving("GIF"), "photo.other_kind"),
        (files.saved(files.photo(), "JPEG")[:3000], "photo.cut_off"),
    ],
)
def test_a_bad_photo_is_told_with_code_2(run, engine, tmp_path, data, message_id):
    photo = tmp_path / "photo"
    photo.write_bytes(data)
    done = run(photo, "--json")
    assert done.exit_code == 2 and json.loads(done.stdout)["error"] == message_id
    assert len(done.stderr.splitlines()) == 2 and engine.paints == 0


@pytest.mark.parametrize(
    ("words", "message_id"),
    [
        (("--mode", "poster"), "photo.choice"),
        (("--strength", "9"), "photo.choice"),
        (("--count", "9"), "error.count_range"),
        (("--mask", "/no/such.png"), "photo.file_missing"),
    ],
)
def test_a_slip_of_the_pen_is_told_with_code_2(run, product, words, message_id):
    done = run(product, "--mode", "background", "--json", *words)
    assert done.exit_code == 2 and json.loads(done.stdout)["error"] == message_id


def test_a_missing_photo_is_told_by_its_path(run, tmp_path):
    done = run(tmp_path / "gone.jpg", "--json")
    report = json.loads(done.stdout)
    assert done.exit_code == 2 and report["error"] == "photo.file_missing"
    assert "gone.jpg" in report["ko"]


def test_a_refused_photo_is_not_kept(run, monkeypatch, make_studio, engine, tmp_path):
    studio = make_studio(engine)
    monkeypatch.setattr(terminal, "build_studio", lambda settings: studio)
    photo = tmp_path / "busy.jpg"
    photo.write_bytes(files.saved(files.photo(), "JPEG"))
    done = run(photo, "--mode", "background", "--json")
    assert done.exit_code == 2 and json.loads(done.stdout)["error"] == "photo.not_plain"
    assert list((studio.settings.data_dir / "results").rglob("upload.png")) == []
