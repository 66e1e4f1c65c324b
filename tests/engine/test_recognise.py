"""Folders people name as the model by mistake are told by their content."""

from pathlib import Path

import pytest

from tests.engine.broken import CONFIGS, link_pocket, snapshot
from tests.engine.wrong_folders import CASES, only
from zit_engine.engine.placement import POCKET_FOLDER, Device, choose_model
from zit_engine.engine.recognise import Kind, recognise, refuse
from zit_engine.errors import ModelMissing
from zit_engine.messages import explain


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return link_pocket(tmp_path / "model")


@pytest.mark.parametrize("name", CASES)
def test_what_it_is(folder: Path, name):
    spoil, kind, told = CASES[name]
    spoil(folder)
    before = snapshot(folder)
    found = recognise(folder)
    assert found.kind is kind
    assert snapshot(folder) == before
    if found.is_loadable:
        assert choose_model(str(folder), "", Device("cpu", "CPU"), 10**11).base == "pocket"
        return
    with pytest.raises(ModelMissing) as missing:
        choose_model(str(folder), "", Device("cpu", "CPU"), 10**11)
    for lang in ("ko", "en"):
        sentence = explain(missing.value, lang)
        assert told in sentence and str(folder) in sentence
    assert missing.value.message_id == refuse(found, "x").message_id != "error.model_missing"


def test_no_folder(tmp_path: Path):
    for path in (tmp_path / "gone", tmp_path / ("x" * 300)):
        assert recognise(path).kind is Kind.NOT_A_FOLDER


def test_the_shipped_model_is_whole():
    found = recognise(POCKET_FOLDER)
    assert found.kind is Kind.COMPLETE and found.files == ()


def test_every_config_may_be_gone(folder: Path):
    for file in CONFIGS:
        (folder / file).unlink()
    found = recognise(folder)
    assert found.kind is Kind.MENDABLE and set(found.files) == CONFIGS


def test_many_missing_files_are_counted(folder: Path):
    only(folder, "transformer/config.json")
    (folder / "transformer" / "m-00001-of-00009.safetensors").write_bytes(b"")
    sentence = explain(refuse(recognise(folder), "m"), "en")
    assert "+9" in sentence and len(sentence) < 400
