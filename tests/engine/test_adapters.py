"""Switching styles leaves no trace; a wrong file is refused by name and harms nothing."""

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from zit_engine.engine.known_files import KnownFiles
from zit_engine.errors import AdapterMismatch, StyleUnavailable
from zit_engine.messages import explain
from zit_engine.settings import ROOT
from zit_engine.styles.style import LoraFile

ANIME = ROOT / "style_loras" / "pocket" / "anime.safetensors"
# Mean absolute difference from the base picture in steps of 255; the weakest style gives 6.
VISIBLE = 2.0


def mean_difference(one, other) -> float:
    return float(np.abs(np.asarray(one, float) - np.asarray(other, float)).mean())


def test_base_is_bit_identical_after_styles(base, paint, shot):
    for style in ("anime", "pencil-sketch", "anime"):
        paint(shot(style))
    assert paint(shot()).tobytes() == base


def test_a_style_is_the_same_after_another(paint, shot):
    first = paint(shot("anime")).tobytes()
    paint(shot("oil-painting"))
    assert paint(shot("anime")).tobytes() == first


@pytest.mark.parametrize("style", ["anime", "pencil-sketch", "oil-painting"])
def test_each_style_is_visible(paint, shot, style):
    assert mean_difference(paint(shot()), paint(shot(style))) > VISIBLE


def test_styles_differ_from_each_other(paint, shot):
    assert mean_difference(paint(shot("anime")), paint(shot("pencil-sketch"))) > VISIBLE


def test_weight_zero_is_the_base(base, paint, shot):
    assert paint(replace(shot("anime"), adapter_weight=0.0)).tobytes() == base


def test_weight_matters(paint, shot):
    half = paint(replace(shot("anime"), adapter_weight=0.5))
    assert mean_difference(half, paint(shot("anime"))) > VISIBLE / 2


def test_each_style_is_loaded_once(paint, shot, resident, monkeypatch):
    paint(shot("anime"))
    loads = []
    load = resident.pipeline.load_lora_weights
    monkeypatch.setattr(
        resident.pipeline,
        "load_lora_weights",
        lambda *args, **options: (loads.append(args), load(*args, **options)),
    )
    paint(shot("realistic"))
    paint(shot("anime"))
    assert loads == []


def lora_tensors() -> dict[str, torch.Tensor]:
    return load_file(ANIME)


def touching_nothing() -> dict[str, torch.Tensor]:
    return {
        key.replace("transformer.layers", "transformer.single_blocks"): tensor
        for key, tensor in lora_tensors().items()
        if ".layers." in key
    }


def partly_foreign() -> dict[str, torch.Tensor]:
    tensors = lora_tensors()
    tensors["transformer.layers.99.attention.to_q.lora_A.weight"] = torch.zeros(8, 384)
    tensors["transformer.layers.99.attention.to_q.lora_B.weight"] = torch.zeros(384, 8)
    return tensors


def wrong_shape() -> dict[str, torch.Tensor]:
    return {
        key: torch.zeros(8, 3840) if "lora_A" in key else torch.zeros(3840, 8)
        for key in lora_tensors()
    }


def holding(value: float) -> dict[str, torch.Tensor]:
    tensors = lora_tensors()
    next(iter(tensors.values()))[0, 0] = value
    return tensors


def half_pairs() -> dict[str, torch.Tensor]:
    return {key: tensor for key, tensor in lora_tensors().items() if "lora_A" in key}


@pytest.mark.parametrize(
    ("tensors", "reason"),
    [
        (touching_nothing(), "belongs to no layer"),
        ({"transformer.x.lora_A.weight": torch.ones(1, 1)}, "belongs to no layer"),
        (partly_foreign(), "layers.99"),
        (wrong_shape(), "not (3840, 3840)"),
        (holding(float("nan")), "NaN"),
        (holding(float("inf")), "NaN or infinite"),
        (half_pairs(), "no fitting lora_B"),
        ({"unet.down.weight": torch.ones(2, 2)}, "belongs to no layer"),
    ],
    ids=["nothing", "unknown", "partial", "shape", "nan", "inf", "half", "foreign"],
)
def test_unfit_file_is_refused_by_name(base, paint, shot, style_from, tensors, reason):
    style = style_from(tensors)
    with pytest.raises(AdapterMismatch) as refused:
        paint(shot(style))
    assert reason in refused.value.detail
    assert refused.value.values["style"] == "지어낸"
    assert str(refused.value.values["file"]).endswith("made-up.safetensors")
    assert paint(shot()).tobytes() == base


def test_failed_load_leaves_the_base_usable(base, paint, shot, style_from, resident, monkeypatch):
    style = style_from(ANIME, name="half-loaded")
    inject = "diffusers.loaders.peft.set_peft_model_state_dict"
    with monkeypatch.context() as patch:
        patch.setattr("peft.set_peft_model_state_dict", _raise, raising=False)
        patch.setattr("peft.utils.set_peft_model_state_dict", _raise, raising=False)
        patch.setattr(inject, _raise, raising=False)
        with pytest.raises(AdapterMismatch):
            paint(shot(style))
    assert "half-loaded" not in resident.adapters.loaded
    assert paint(shot()).tobytes() == base
    assert paint(shot(style)).tobytes() == paint(shot("anime")).tobytes()


def _raise(*_args, **_options):
    raise ValueError("half way")


def test_missing_file_is_told(paint, shot, style_from):
    with pytest.raises(StyleUnavailable) as refused:
        paint(shot(style_from(Path("/nowhere/gone.safetensors"))))
    assert refused.value.message_id == "error.adapter_missing"


def test_failed_download_is_told(paint, shot, style_from, monkeypatch):
    def unreachable(*_args):
        raise ConnectionError("no route")

    monkeypatch.setattr("zit_engine.engine.adapters.fetch_file", unreachable)
    lora_file = LoraFile("", "", 1.0, "?", repo="a/b", filename="c.safetensors", revision="main")
    style = replace(style_from(ANIME), files=MappingProxyType({"pocket": lora_file}))
    with pytest.raises(StyleUnavailable) as refused:
        paint(shot(style))
    assert refused.value.message_id == "error.adapter_missing"
    assert "no route" in refused.value.detail


def test_style_without_a_file_for_this_model(paint, shot, catalogue):
    with pytest.raises(StyleUnavailable):
        paint(shot(catalogue["yarn-craft"]))


def test_prompt_only_style_is_the_base(paint, shot, style_from):
    only_words = LoraFile("clay", "점토", 1.0, "none needed")
    style = replace(style_from(ANIME), files=MappingProxyType({"pocket": only_words}))
    assert paint(shot(style)).tobytes() == paint(shot()).tobytes()


def test_a_file_of_the_hub_stays_what_it_was_when_first_used(
    paint, shot, style_from, monkeypatch, tmp_path, resident
):
    source = tmp_path / "downloaded.safetensors"
    source.write_bytes(ANIME.read_bytes())
    monkeypatch.setattr("zit_engine.engine.adapters.fetch_file", lambda *_args: source)
    known = KnownFiles(tmp_path)
    monkeypatch.setattr(resident.adapters, "_known", known)
    hub = LoraFile("", "", 1.0, "?", repo="a/b", filename="c.safetensors", revision="main")
    style = replace(style_from(ANIME, name="hub"), files=MappingProxyType({"pocket": hub}))
    first = paint(shot(style)).tobytes()
    resident.adapters._forget("hub")
    assert paint(shot(style)).tobytes() == first  # the same bytes again
    resident.adapters._forget("hub")
    other = {key: tensor * 1.01 for key, tensor in load_file(ANIME).items()}
    save_file(other, source)
    with pytest.raises(AdapterMismatch) as refused:
        paint(shot(style))
    assert refused.value.message_id == "error.adapter_moved" and "expected" in refused.value.detail
    assert "styles accept hub" in explain(refused.value, "en")
    assert known.forget(hub.label) and not known.forget(hub.label)
    try:
        assert paint(shot(style)).tobytes() != first  # trusted anew
    finally:
        resident.adapters._forget("hub")
    (tmp_path / "style-files.json").write_text("broken")
    with pytest.raises(AdapterMismatch) as unread:  # never taken for a first time
        paint(shot(style))
    assert unread.value.message_id == "error.adapter_notes"
