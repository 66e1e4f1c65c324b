"""The regression watch: unchanged code passes, one style made stronger is flagged, nothing else."""

import json
from dataclasses import replace
from types import MappingProxyType

import pytest
from PIL import Image
from safetensors.torch import load_file, save_file
from typer.testing import CliRunner

import zit_engine.terminal as terminal
from tests.fake_engine import FakeEngine
from zit_engine.__main__ import app
from zit_engine.compare.baseline import (
    THRESHOLD,
    compared,
    has_set,
    paint_set,
    read_set,
    similarity,
)
from zit_engine.errors import RequestError
from zit_engine.settings import ROOT

PROMPTS = ("딸기 케이크, 분홍색 배경", "수박, 노란색 배경")


def with_style_file(catalogue, path):
    """The catalogue with anime's adapter taken from `path`."""
    anime = catalogue["anime"]
    lora = replace(anime.files["pocket"], path=str(path), **digest_free(anime.files["pocket"]))
    changed = replace(anime, files=MappingProxyType({**anime.files, "pocket": lora}))
    return MappingProxyType({**catalogue, "anime": changed})


def digest_free(lora) -> dict[str, str]:
    """This test is about pictures; the check of a style file's bytes has tests of its own."""
    return {"sha256": ""} if hasattr(lora, "sha256") else {}


def test_unchanged_passes_and_one_adapter_a_fifth_stronger_is_flagged_alone(
    make_studio, catalogue, settings, tmp_path
):
    from zit_engine.engine.z_image import ZImageEngine

    first = make_studio(ZImageEngine(settings, catalogue))
    stored = paint_set(first, tmp_path / "base", PROMPTS)
    again = make_studio(ZImageEngine(settings, catalogue))
    painted = paint_set(again, tmp_path / "same", PROMPTS)
    cells = compared(tmp_path / "base", tmp_path / "same", stored, painted)
    assert len(cells) == 14 and all(cell.is_same and cell.score == 1.0 for cell in cells)

    tensors = load_file(ROOT / "style_loras" / "pocket" / "anime.safetensors")
    stronger = {k: t * 1.2 if "lora_B" in k else t for k, t in tensors.items()}
    save_file(stronger, tmp_path / "anime.safetensors")
    changed = with_style_file(catalogue, tmp_path / "anime.safetensors")
    later = make_studio(ZImageEngine(settings, changed))
    later.catalogue = changed
    painted = paint_set(later, tmp_path / "later", PROMPTS)
    cells = compared(tmp_path / "base", tmp_path / "later", stored, painted)
    flagged = {(cell.style, cell.prompt) for cell in cells if not cell.is_same}
    assert flagged == {("anime", prompt) for prompt in PROMPTS}


def test_a_new_style_and_a_gone_one_are_flagged(studio, tmp_path):
    stored = paint_set(studio, tmp_path / "base", PROMPTS)
    gone = {key: name for key, name in stored.items() if key[1] != "anime"}
    new = {**gone, ("수박", "brand-new", 7): "cell-000.png"}
    cells = compared(tmp_path / "base", tmp_path / "base", stored, new)
    flagged = [(cell.style, cell.score) for cell in cells if not cell.is_same]
    assert flagged == [("brand-new", None), ("anime", None), ("anime", None)]


def test_sizes_that_differ_are_no_match(tmp_path):
    for name, side in (("a.png", 32), ("b.png", 48)):
        Image.new("RGB", (side, side)).save(tmp_path / name)
    assert similarity(tmp_path / "a.png", tmp_path / "b.png") < THRESHOLD
    assert similarity(tmp_path / "a.png", tmp_path / "a.png") == 1.0


@pytest.mark.parametrize("text", ["{ cut", "[]", '{"cells": [{}]}'])
def test_a_damaged_set_is_told(tmp_path, text):
    (tmp_path / "baseline.json").write_text(text)
    assert has_set(tmp_path)
    with pytest.raises(RequestError):
        read_set(tmp_path)


def test_the_command_line_stores_then_compares(monkeypatch, make_studio, tmp_path):
    engine = FakeEngine()
    monkeypatch.setattr(terminal, "build_studio", lambda settings: make_studio(engine))
    words = ["compare", "--baseline", str(tmp_path / "set"), "--out", str(tmp_path), "--json"]
    first = CliRunner().invoke(app, words)
    assert first.exit_code == 0 and json.loads(first.stdout)["made"] is True
    second = CliRunner().invoke(app, words)
    report = json.loads(second.stdout)
    assert second.exit_code == 0 and report["changed"] == 0 and len(report["cells"]) >= 12
    (tmp_path / "set" / "cell-000.png").write_bytes(
        (tmp_path / "set" / "cell-001.png").read_bytes()
    )
    third = CliRunner().invoke(app, words)
    assert third.exit_code == 1 and json.loads(third.stdout)["changed"] == 1
    (tmp_path / "set" / "baseline.json").write_text("{")
    broken = CliRunner().invoke(app, words)
    assert broken.exit_code == 2 and "기준" in broken.stderr
