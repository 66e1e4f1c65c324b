"""An engine whose ZIT_MODEL is broken: it mends what it can, and says what it cannot."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.engine.broken import change, link_pocket, own_weights, snapshot
from zit_engine.engine import chosen_model, placement
from zit_engine.engine.placement import Device
from zit_engine.engine.z_image import ZImageEngine
from zit_engine.errors import CheckpointRefused, DiskFull, ModelMissing
from zit_engine.settings import load_settings


def silent(stage: str, fraction: float) -> None: ...


@pytest.fixture
def make(tmp_path: Path, catalogue) -> Callable[[Path], ZImageEngine]:
    def build(folder: Path) -> ZImageEngine:
        settings = load_settings(model=str(folder), data_dir=tmp_path / "data", cpu_threads=1)
        return ZImageEngine(settings, catalogue)

    return build


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    folder = link_pocket(tmp_path / "model")
    change(folder / "text_encoder" / "config.json", lambda data: data.update(model_type="deit"))
    change(folder / "transformer" / "config.json", lambda data: data.pop("norm_type"))
    (folder / "scheduler" / "scheduler_config.json").unlink()
    (folder / "model_index.json").write_text("{}")
    return folder


def test_it_mends_and_paints_the_same(broken: Path, make, engine, shot, tmp_path: Path):
    before = snapshot(broken)
    made = make(broken)
    assert made.facts.base == "pocket"
    picture = made.paint(shot(), lambda *step: None, lambda: False)
    assert picture.tobytes() == engine.paint(shot(), lambda *step: None, lambda: False).tobytes()
    assert made.count_tokens("two cakes") == engine.count_tokens("two cakes")
    said = {(each["file"], each["key"]) for each in made.health.as_dict()["repairs"]}
    assert ("text_encoder/config.json", "model_type") in said
    assert ("scheduler/scheduler_config.json", "file") in said
    assert snapshot(broken) == before
    assert len(list((tmp_path / "data" / "checkpoints").iterdir())) == 1
    made.close()


def test_a_whole_model_is_loaded_from_where_it_is(engine, resident, tmp_path: Path):
    assert engine.health.as_dict()["repairs"] == []
    assert not (engine._settings.data_dir / "checkpoints").exists()


def test_a_cut_file_is_named_before_anything_is_loaded(broken: Path, make):
    os.truncate(own_weights(broken, "vae"), 100_000)
    with pytest.raises(ModelMissing) as missing:
        make(broken).warm_up(silent)
    assert missing.value.values["files"] == "vae/diffusion_pytorch_model.safetensors"


def test_what_cannot_be_mended_is_named(broken: Path, make):
    (broken / "tokenizer" / "tokenizer.json").write_text("{}")
    made = make(broken)
    with pytest.raises(CheckpointRefused) as refused:
        made.warm_up(silent)
    assert refused.value.values["file"] == "tokenizer/tokenizer.json"
    assert not made.is_ready


def test_auto_paints_with_the_small_model_and_says_why(broken: Path, make):
    (broken / "tokenizer" / "tokenizer.json").write_text("{}")
    made = make(broken)
    chosen = replace(made._model.placement, may_fall_back=True, device=Device("cpu", "CPU"))
    made._model._placement = chosen
    made.warm_up(silent)
    assert made.facts.source == "assets/pocket"
    assert "망가져서" in made.facts.reason_in("ko")
    assert made.is_ready
    made.close()


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (DiskFull(needed_gb="21.5", free_gb="3.0"), "21.5GB"),
        (ModelMissing("error.model_offline", model="m", revision=""), "내려받지 못해"),
    ],
)
def test_auto_says_why_the_download_failed(catalogue, monkeypatch, tmp_path, error, told):
    def fail(*_args: object, **_options: object) -> None:
        raise error

    monkeypatch.setattr(chosen_model, "fetch_snapshot", fail)
    monkeypatch.setattr(placement, "cached_snapshot", lambda repo, revision: None)
    settings = load_settings(model="auto", data_dir=tmp_path, cpu_threads=1)
    made = ZImageEngine(settings, catalogue)
    card = placement.choose_model("auto", "", Device("cuda", "H100", 85.0), 10**11)
    made._model._placement = replace(card, device=Device("cpu", "CPU"))
    made.warm_up(silent)
    assert made.facts.base == "pocket" and told in made.facts.reason_in("ko")
    made.close()
    named = ZImageEngine(load_settings(model="owner/name", data_dir=tmp_path), catalogue)
    with pytest.raises(type(error)):
        named.warm_up(silent)
