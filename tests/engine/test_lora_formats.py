"""Adapter files of every kind: taken whole, with the same pixels, or refused with the reason."""

from dataclasses import replace
from types import MappingProxyType

import pytest
import torch

from tests.engine.lora_files import (
    ANIME,
    BAD,
    GOOD,
    LAYERS,
    diffusers,
    fused,
    kohya,
    mixed_ranks,
    write,
)
from zit_engine.engine.lora_file import UnfitLora, inspect_lora, sha256_of
from zit_engine.errors import AdapterMismatch
from zit_engine.messages import LANGUAGES, say


@pytest.fixture
def layers(resident):
    return resident.adapters._layers


@pytest.fixture(scope="module")
def expected(engine, catalogue):
    """The tensors of the plain shot in the shipped style."""
    from tests.engine.conftest import PROMPT
    from zit_engine.engine.base import Shot

    shot = Shot(PROMPT, 64, 64, 7, catalogue["anime"], 1.0)
    return engine.paint(shot, lambda done, total: None, lambda: False).info["latents"]


@pytest.mark.parametrize("name", GOOD)
def test_a_good_file_is_taken_whole_and_paints_the_same(
    tmp_path, layers, paint, shot, style_from, resident, expected, name
):
    make, naming = GOOD[name]
    path = write(make(), tmp_path / "style.safetensors")
    report, _ = inspect_lora(path, layers)
    assert (report.naming, report.matched_layers) == (naming, LAYERS)
    assert report.model_layers == len(layers) and report.ranks[0] == 8
    assert report.size_bytes == path.stat().st_size and report.sha256 == sha256_of(path)
    style = style_from(path, name="in-this-naming")
    try:
        assert paint(shot(style, side=64)).info["latents"] == expected
    finally:
        resident.adapters._forget("in-this-naming")


@pytest.mark.parametrize(("make", "ranks"), [(fused, (8, 24)), (mixed_ranks, (8, 16))])
def test_fused_attention_and_mixed_ranks_give_the_same_products(
    tmp_path, layers, paint, shot, style_from, resident, make, ranks
):
    """Equal but for rounding: sums of more numbers run in another order."""
    path = write(make(), tmp_path / "other.safetensors")
    report, tensors = inspect_lora(path, layers)
    assert report.matched_layers == LAYERS and report.ranks == ranks
    whole = diffusers()
    for layer in {key.split(".lora_")[0] for key in whole}:
        products = [
            named[f"{layer}.lora_B.weight"].float() @ named[f"{layer}.lora_A.weight"].float()
            for named in (whole, tensors)
        ]
        assert torch.allclose(*products, atol=1e-6)
    styles = [style_from(path, name="other-form"), style_from(ANIME, name="whole-style")]
    try:
        pictures = [paint(shot(each)).tobytes() for each in styles]
        assert max(abs(a - b) for a, b in zip(*pictures, strict=True)) <= 2
    finally:
        for style in styles:
            resident.adapters._forget(style.id)


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_with_its_reason(tmp_path, layers, name):
    make, reason = BAD[name]
    with pytest.raises(UnfitLora) as refused:
        inspect_lora(write(make(), tmp_path / "style.safetensors"), layers)
    assert refused.value.message_id == f"error.style_file_{reason}", str(refused.value)
    for lang in LANGUAGES:
        assert say(refused.value.message_id, lang, **refused.value.values)
    if reason == "shape":  # the model it was made for, by its width
        assert refused.value.values["guess"] == "Z-Image (6B)"


def test_the_trainers_settings_beside_the_tensors_are_applied(tmp_path, layers):
    plain = inspect_lora(write(diffusers(), tmp_path / "a.safetensors"), layers)[1]
    key = next(key for key in plain if key.endswith("lora_B.weight"))
    cases = [
        ({"transformer.r": 8, "transformer.lora_alpha": 4}, 0.5),
        ({"transformer.r": 8, "transformer.lora_alpha": 8}, 1.0),
        ({"transformer.lora_alpha": 8, "transformer.use_rslora": True}, 8**0.5),
        ({"transformer.lora_alpha": 8, "transformer.alpha_pattern": {"nowhere": 1}}, 1.0),
        ({"something": "else"}, 1.0),
    ]
    for number, (settings, scale) in enumerate(cases):
        path = write(diffusers(), tmp_path / f"{number}.safetensors", settings)
        tensors = inspect_lora(path, layers)[1]
        assert torch.allclose(tensors[key].float(), plain[key].float() * scale, rtol=1e-5)
    with pytest.raises(UnfitLora) as refused:
        settings = {"transformer.use_dora": True}
        inspect_lora(write(diffusers(), tmp_path / "d.safetensors", settings), layers)
    assert refused.value.values["kind"] == "DoRA"


def test_the_log_names_the_file_and_the_reason(paint, shot, style_from, tmp_path):
    path = write(kohya(160.0), tmp_path / "strong.safetensors")
    with pytest.raises(AdapterMismatch) as refused:
        paint(shot(style_from(path, name="strong-style")))
    assert "too strong" in refused.value.detail and "strong.safetensors" in str(refused.value)


def test_a_file_with_one_changed_number_is_refused(base, paint, shot, style_from, tmp_path):
    tensors = diffusers()
    registered = sha256_of(write(tensors, tmp_path / "style.safetensors"))
    style = style_from(tmp_path / "style.safetensors", name="registered")
    known = replace(style.files["pocket"], sha256=registered)
    style = replace(style, files=MappingProxyType({"pocket": known}))
    next(iter(tensors.values()))[0, 0] += 0.25
    write(tensors, tmp_path / "style.safetensors")
    with pytest.raises(AdapterMismatch) as refused:
        paint(shot(style))
    assert refused.value.message_id == "error.adapter_changed"
    assert paint(shot()).tobytes() == base
