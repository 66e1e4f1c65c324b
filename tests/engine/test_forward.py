"""The own forward against plain diffusers: the same numbers, or within what is stated here."""

from dataclasses import replace

import pytest
import torch
from diffusers import ZImagePipeline
from safetensors.torch import save_file

from tests.engine.similarity import LEAST_SSIM, similarity
from zit_engine.engine.base import Shot
from zit_engine.engine.forward import OwnForward
from zit_engine.engine.placement import POCKET_FOLDER
from zit_engine.engine.style_switch import StyleSwitch
from zit_engine.settings import ROOT

LORAS = ROOT / "style_loras" / "pocket"
# Sums in another order, on latents of standard deviation 1.
FLOAT32_APART = 1e-4


def quiet(done: int, total: int) -> None:
    """Nobody watches."""


def never() -> bool:
    return False


def stock() -> ZImagePipeline:
    pipeline = ZImagePipeline.from_pretrained(POCKET_FOLDER, dtype=torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def paint_plainly(pipeline, shot: Shot, output_type="pil"):
    """As the documentation of diffusers does it."""
    return pipeline(
        shot.model_prompt,
        height=shot.height,
        width=shot.width,
        num_inference_steps=8,
        guidance_scale=0.0,
        generator=torch.Generator("cpu").manual_seed(shot.seed),
        output_type=output_type,
    ).images[0]


@pytest.fixture(scope="module")
def plain():
    pipeline = stock()
    for name in ("anime", "pencil-sketch"):
        pipeline.load_lora_weights(LORAS / f"{name}.safetensors", adapter_name=name)
    pipeline.disable_lora()
    return pipeline


@pytest.fixture(scope="module")
def owned():
    pipeline = stock()
    forward = OwnForward(pipeline.transformer)
    switch = StyleSwitch(forward)
    for name in ("anime", "pencil-sketch"):
        pipeline.load_lora_weights(LORAS / f"{name}.safetensors", adapter_name=name)
        switch.add(name)
    pipeline.disable_lora()
    return pipeline, switch


def choose(pipeline, chosen) -> None:
    if not chosen:
        pipeline.disable_lora()
        return
    pipeline.enable_lora()
    pipeline.set_adapters([name for name, _ in chosen], [weight for _, weight in chosen])


@pytest.mark.parametrize("style", ["realistic", "anime"])
def test_exact_gives_the_bytes_of_plain_diffusers(exact, plain, shot, style):
    wanted = shot(style)
    exact.paint(shot("pencil-sketch"), quiet, never)  # whatever was painted before
    ours = exact.paint(wanted, quiet, never)
    choose(plain, [] if style == "realistic" else [(style, 1.0)])
    assert ours.tobytes() == paint_plainly(plain, wanted).tobytes()


@pytest.mark.parametrize(
    "chosen",
    [
        [],
        [("anime", 1.0)],
        [("pencil-sketch", 0.6)],
        [("anime", 0.5), ("pencil-sketch", 0.5)],
        [],
    ],
    ids=["base", "style", "weighted", "mix", "base again"],
)
@pytest.mark.parametrize("size", [(256, 256), (352, 160)], ids=["square", "padded"])
def test_the_same_numbers_in_float32(plain, owned, shot, chosen, size):
    wanted = replace(shot(), width=size[0], height=size[1])
    pipeline, switch = owned
    switch.choose(chosen)
    choose(plain, chosen)
    ours, theirs = (paint_plainly(each, wanted, "latent") for each in (pipeline, plain))
    assert float((ours - theirs).abs().max()) < FLOAT32_APART


def test_a_style_may_touch_every_layer(shot, tmp_path):
    """Also those outside the blocks, and those the shipped styles leave alone."""
    model = stock()
    made, noise = {}, torch.Generator().manual_seed(5)
    for name, module in model.transformer.named_modules():
        if isinstance(module, torch.nn.Linear):
            down = torch.randn(4, module.in_features, generator=noise) / 60
            up = torch.randn(module.out_features, 4, generator=noise) / 60
            made[f"transformer.{name}.lora_A.weight"] = down
            made[f"transformer.{name}.lora_B.weight"] = up
    assert len(made) == 170
    save_file(made, tmp_path / "all.safetensors")
    before = paint_plainly(model, shot(), "latent")
    model.load_lora_weights(tmp_path / "all.safetensors", adapter_name="all")
    theirs = paint_plainly(model, shot(), "latent")
    forward = OwnForward(model.transformer)
    switch = StyleSwitch(forward)
    switch.add("all")
    switch.choose([("all", 1.0)])
    ours = paint_plainly(model, shot(), "latent")
    assert float((theirs - before).abs().max()) > 0.05  # it does something
    assert float((ours - theirs).abs().max()) < FLOAT32_APART
    switch.choose([])
    assert float((paint_plainly(model, shot(), "latent") - before).abs().max()) < FLOAT32_APART


def test_the_stock_forward_comes_back_as_it_was(shot):
    model = stock()
    before = paint_plainly(model, shot(), "latent")
    forward = OwnForward(model.transformer)
    paint_plainly(model, shot(), "latent")
    forward.close()
    assert torch.equal(paint_plainly(model, shot(), "latent"), before)


def test_several_pictures_at_once_take_the_stock_forward(shot):
    model = stock()
    forward = OwnForward(model.transformer)
    wanted = shot()
    alone = paint_plainly(model, wanted, "latent")
    many = model(
        [wanted.model_prompt] * 2,
        height=wanted.height,
        width=wanted.width,
        num_inference_steps=8,
        guidance_scale=0.0,
        generator=[torch.Generator("cpu").manual_seed(wanted.seed) for _ in range(2)],
        output_type="latent",
    ).images
    forward.close()
    assert many.shape[0] == 2
    assert float((many[0] - alone).abs().max()) < FLOAT32_APART


@pytest.mark.parametrize("style", ["realistic", "anime"])
def test_what_is_served_looks_like_plain_diffusers(engine, exact, shot, style):
    """In the type this machine is fast in, bfloat16 where it has it."""
    wanted = shot(style, side=512)
    found = similarity(engine.paint(wanted, quiet, never), exact.paint(wanted, quiet, never))
    assert found >= LEAST_SSIM


def test_similarity_tells_pictures_apart(engine, shot):
    one, other = (engine.paint(shot(seed=seed), quiet, never) for seed in (7, 8))
    assert similarity(one, one) == pytest.approx(1.0)
    assert similarity(one, other) < LEAST_SSIM


def test_a_style_is_held_once(resident, paint, shot):
    """What PEFT holds are views of what is multiplied; a second copy would be 160 MB a style."""
    paint(shot("anime"))
    held = {
        tensor.untyped_storage().data_ptr()
        for low in resident.adapters.switch.pack("anime").values()
        for tensor in low
    }
    for path, module in resident.pipeline.transformer.named_modules():
        if "anime" in getattr(module, "lora_A", ()):
            for layer in (module.lora_A["anime"], module.lora_B["anime"]):
                assert layer.weight.untyped_storage().data_ptr() in held, path


def test_weights_are_held_once(resident):
    """Fused ones are the same memory as the layers' own."""
    layer = resident.pipeline.transformer.layers[0].attention.to_k
    own = getattr(layer, "base_layer", layer).weight
    together = resident.forward.weights["layers.0"].qkv
    assert own.untyped_storage().data_ptr() == together.untyped_storage().data_ptr()
