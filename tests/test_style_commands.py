"""`styles` on the command line with the real embedded model: added, listed, painted, removed."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.engine.lora_files import ANIME, BAD, kohya, write
from zit_engine.__main__ import app
from zit_engine.assembly import build_studio
from zit_engine.engine.known_files import KnownFiles
from zit_engine.settings import ROOT, Settings


@pytest.fixture
def run(monkeypatch, tmp_path):
    """run("add", …) on a data folder of this test's own; (exit code, JSON, stderr)."""
    monkeypatch.setenv("ZIT_MODEL", "pocket")
    monkeypatch.setenv("ZIT_STEPS", "2")

    def command(*words: str):
        done = CliRunner().invoke(app, ["styles", *words, "--json"])
        return done.exit_code, json.loads(done.stdout), done.stderr

    return command


@pytest.fixture
def data(tmp_path) -> Path:
    return tmp_path / "data"


def ids(run) -> list[str]:
    return [row["id"] for row in run()[1]]


def test_a_file_is_added_listed_painted_and_removed(run, data, tmp_path):
    path = write(kohya(), tmp_path / "My Style v2.safetensors")
    code, report, _ = run("add", str(path), "--title", "내 스타일", "--trigger", "my style")
    assert code == 0 and report["id"] == "my-style-v2"
    assert (report["naming"], report["matched_layers"]) == ("kohya", 70)
    path.unlink()  # a copy was kept
    row = next(row for row in run()[1] if row["id"] == "my-style-v2")
    assert (row["source"], row["card"], row["available"]) == ("added", "ok", True)
    studio = build_studio()
    try:
        assert studio.catalogue["my-style-v2"].files["pocket"].trigger == "my style"
        request = studio.request({"prompt": "수박", "style": "my-style-v2", "seed": 1})
        assert studio.submit(request, "shop").wait(120).results
    finally:
        studio.close()
    kept = data / "styles" / "my-style-v2.safetensors"
    assert kept.stat().st_mode & 0o077 == 0
    assert run("remove", "my-style-v2")[0] == 0
    assert "my-style-v2" not in ids(run) and not kept.exists()
    assert run("remove", "my-style-v2")[0] == 2


def test_an_added_file_that_was_changed_is_refused(run, data):
    assert run("add", str(ANIME), "--title", "만화", "--id", "comic")[0] == 0
    kept = data / "styles" / "comic.safetensors"
    changed = bytearray(kept.read_bytes())
    changed[-1] ^= 1
    kept.write_bytes(changed)
    studio = build_studio()
    try:
        job = studio.submit(studio.request({"prompt": "수박", "style": "comic", "seed": 1}), "shop")
        (failure,) = job.wait(120).failures
        assert failure.message_id == "error.adapter_changed"
    finally:
        studio.close()


@pytest.mark.parametrize("name", ["flux", "lokr", "twenty times too strong", "one layer too many"])
def test_a_refused_file_is_told_and_leaves_nothing(run, data, tmp_path, name):
    path = write(BAD[name][0](), tmp_path / "style.safetensors")
    code, report, stderr = run("add", str(path), "--title", "나쁜 스타일")
    assert code == 2 and report["error"] == f"error.style_file_{BAD[name][1]}"
    assert report["ko"] in stderr and report["en"] in stderr
    assert not list(data.glob("styles/*")) and not list(data.glob("cards/*"))


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("add", "/nowhere.safetensors", "--title", "가"), "error.style_file_missing"),
        (("add", str(ANIME), "--title", "가", "--id", "anime"), "error.style_taken"),
        (("add", str(ANIME), "--title", "가", "--id", "../up"), "error.style_id"),
        (("add", str(ANIME), "--title", "", "--id", "x"), "error.style_title"),
        (("add", str(ANIME), "--title", "가" * 31, "--id", "x"), "error.style_title"),
        (("add", str(ANIME), "--title", "가", "--id", "x", "--weight", "3"), "error.style_weight"),
        (("check", str(ROOT / "README.md")), "error.style_file_unreadable"),
    ],
)
def test_words_that_cannot_be_used_are_told(run, data, words, error):
    code, report, _ = run(*words)
    assert (code, report["error"]) == (2, error)
    assert not list(data.glob("styles/*.safetensors"))


def test_dropped_files_are_added_when_asked(run, data, tmp_path):
    new = data / "styles" / "new"
    new.mkdir(parents=True)
    shutil.copyfile(ANIME, new / "comic.safetensors")
    (new / "comic.toml").write_text('title = "만화"\nweight = 0.8\n', encoding="utf-8")
    write(BAD["flux"][0](), new / "foreign.safetensors")
    listed = CliRunner().invoke(app, ["styles"])
    assert "2" in listed.stdout.splitlines()[-1] and "rescan" in listed.stdout
    code, report, _ = run("rescan")
    assert code == 2 and [row["id"] for row in report["added"]] == ["comic"]
    assert [row["file"] for row in report["refused"]] == ["foreign.safetensors"]
    assert "Flux" in report["refused"][0]["en"]
    assert [path.name for path in new.iterdir()] == ["foreign.safetensors"]
    assert "comic" in ids(run)


def test_stale_cards_are_painted_and_no_others(run):
    assert run("thumbs")[1] == []
    written = run("thumbs", "--all")[1]
    assert len(written) == 7 and all(Path(path).is_file() for path in written)


def test_a_broken_list_is_told_not_forgotten(run, data, monkeypatch):
    (data / "styles").mkdir(parents=True)
    (data / "styles" / "added.json").write_text("{ cut")
    code, report, _ = run()
    assert code == 2 and report["error"] == "error.settings"


def test_a_changed_file_of_the_hub_is_taken_anew_on_request(monkeypatch):
    monkeypatch.setenv("ZIT_MODEL", "pocket")
    settings = Settings()
    style = build_studio(settings).catalogue["yarn-craft"]
    lora = next(lora for lora in style.files.values() if lora.repo)
    known = KnownFiles(settings.data_dir)
    known.first_seen(lora.label, "0" * 64)
    for expected in ("as it is next time", "No file"):
        done = CliRunner().invoke(app, ["styles", "accept", style.id])
        assert done.exit_code == 0 and style.ko in done.stdout and expected in done.stdout
    assert known.first_seen(lora.label, "1" * 64) == "1" * 64
    assert CliRunner().invoke(app, ["styles", "accept", "nothing"]).exit_code == 2
