"""Every arrangement paints the same picture (8 bits nearly), with and without a style, whether it
was loaded so or stepped down to."""

import math

import numpy as np
import pytest
import torch

from zit_engine.engine.adapters import StyleAdapters
from zit_engine.engine.arrangement import (
    ARENA_BYTES,
    FP8,
    PinnedArenas,
    arrange,
    place_for,
    store_in_fp8,
    tile,
)
from zit_engine.engine.checkpoint import load_pipeline
from zit_engine.engine.loader import load_part
from zit_engine.engine.placement import POCKET_FOLDER
from zit_engine.engine.prompt_cache import PromptCache
from zit_engine.engine.residency import Residency
from zit_engine.settings import ROOT

# Mean difference of pixels in 0..1. A style moves them by 0.2; 8-bit weights may by a tenth of it.
EIGHT_BIT_MEAN = 0.03
SAME_BITS = [each for each in Residency if each is not Residency.FP8]


def picture(pipeline) -> np.ndarray:
    prompts = PromptCache(pipeline.tokenizer, pipeline.text_encoder)
    return pipeline(
        prompt_embeds=[prompts.embed("딸기 케이크, 분홍색 배경")],
        width=64,
        height=64,
        num_inference_steps=2,
        guidance_scale=0.0,
        generator=torch.Generator("cpu").manual_seed(3),
        output_type="np",
    ).images[0]


def pictures(pipeline, catalogue) -> dict[str, np.ndarray]:
    """Plain, in a style, and plain again."""
    adapters = StyleAdapters(pipeline, "pocket", ROOT / "style_loras")
    shown = {"plain": picture(pipeline)}
    for name in ("anime", "pencil-sketch"):
        adapters.activate(catalogue[name], 0.9, lambda stage, fraction: None)
        shown[name] = picture(pipeline)
    adapters.activate(catalogue["realistic"], 1.0, lambda stage, fraction: None)
    shown["again"] = picture(pipeline)
    return shown


@pytest.fixture(scope="module")
def wanted(catalogue):
    return pictures(load_pipeline(POCKET_FOLDER, "cpu", "float32"), catalogue)


def assert_like(shown, wanted, residency) -> None:
    if residency is not Residency.FP8:
        assert all(np.array_equal(shown[name], wanted[name]) for name in wanted)
        return
    assert np.array_equal(shown["plain"], shown["again"])
    for name in wanted:
        assert (
            0
            < np.abs(shown[name] - wanted[name]).mean()
            < EIGHT_BIT_MEAN * (1 if name in ("plain", "again") else 2)
        )


@pytest.mark.parametrize("residency", Residency)
def test_loaded_so(residency, wanted, catalogue):
    pipeline = load_pipeline(POCKET_FOLDER, "cpu", "float32", residency)
    assert_like(pictures(pipeline, catalogue), wanted, residency)
    assert pipeline.vae.use_tiling == (residency is not Residency.FULL)


def test_stepped_down_in_mid_life_with_styles_in_place(wanted, catalogue):
    pipeline = load_pipeline(POCKET_FOLDER, "cpu", "float32")
    adapters = StyleAdapters(pipeline, "pocket", ROOT / "style_loras")
    for residency in list(Residency)[1:]:
        arrange(pipeline, residency, "cpu")
        adapters.activate(catalogue["anime"], 0.9, lambda stage, fraction: None)
        styled = picture(pipeline)
        adapters.activate(catalogue["realistic"], 1.0, lambda stage, fraction: None)
        plain = picture(pipeline)
        if residency is Residency.FP8:
            assert np.abs(plain - wanted["plain"]).mean() < EIGHT_BIT_MEAN
            assert np.abs(styled - wanted["anime"]).mean() < 2 * EIGHT_BIT_MEAN
        else:
            assert np.array_equal(plain, wanted["plain"])
            assert np.array_equal(styled, wanted["anime"])


def test_eight_bits_are_never_loaded_as_sixteen_first():
    place = place_for("transformer", Residency.FP8, "cpu", torch.float32)
    loaded = load_part("transformer", POCKET_FOLDER / "transformer", place, lambda count: None)
    before = {name: weight.dtype for name, weight in loaded.named_parameters()}
    store_in_fp8(loaded)
    assert before == {name: weight.dtype for name, weight in loaded.named_parameters()}
    small = sum(w.numel() for w in loaded.parameters() if w.dtype == FP8)
    assert small > 0.9 * sum(w.numel() for w in loaded.parameters())


def test_tiles_of_512_px_touch_only_larger_pictures():
    pipeline = load_pipeline(POCKET_FOLDER, "cpu", "float32")
    vae = pipeline.vae
    generator = torch.Generator().manual_seed(1)
    small, large = (torch.randn(1, 16, side, 32, generator=generator) for side in (32, 40))
    with torch.no_grad():
        whole = [vae.decode(latents).sample for latents in (small, large)]
        tile(pipeline)
        tiled = [vae.decode(latents).sample for latents in (small, large)]
    assert torch.equal(whole[0], tiled[0])
    assert whole[1].shape == tiled[1].shape and not torch.equal(whole[1], tiled[1])


def test_arenas_give_every_tensor_its_own_place():
    place = PinnedArenas(torch.bfloat16, pinned=False)
    shapes = [(3,), (5, 7), (1,), (ARENA_BYTES // 2, 1), (1000, 1000), (2, 3, 4)] * 3
    tensors = [place(f"t{number}", shape) for number, shape in enumerate(shapes)]
    for number, tensor in enumerate(tensors):
        tensor.fill_(number)
    for number, (tensor, shape) in enumerate(zip(tensors, shapes, strict=True)):
        assert tuple(tensor.shape) == shape and tensor.is_contiguous()
        assert bool((tensor == number).all())
    held = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in tensors}
    needed = sum(2 * math.prod(shape) for shape in shapes)
    assert sum(held.values()) <= needed + 2 * ARENA_BYTES
