"""Going back to a style costs nothing and changes nothing, in bounded memory."""

import pytest
import torch
from diffusers import ZImagePipeline

from zit_engine.engine.forward import OwnForward
from zit_engine.engine.placement import POCKET_FOLDER
from zit_engine.engine.style_switch import StyleSwitch
from zit_engine.settings import ROOT

STYLES = ("anime", "pencil-sketch", "oil-painting")
SELECTIONS = (
    *([(name, 1.0)] for name in STYLES),
    [("anime", 0.5)],
    [("anime", 0.6), ("pencil-sketch", 0.4)],
)


@pytest.fixture(scope="module")
def pipeline():
    made = ZImagePipeline.from_pretrained(POCKET_FOLDER, dtype=torch.bfloat16)
    made.set_progress_bar_config(disable=True)
    for name in STYLES:
        made.load_lora_weights(
            ROOT / "style_loras" / "pocket" / f"{name}.safetensors", adapter_name=name
        )
    made.disable_lora()
    return made


@pytest.fixture
def switch_with(pipeline):
    """A switch whose sets take at most so many bytes."""
    opened = []

    def made(most_bytes):
        forward = OwnForward(pipeline.transformer)
        opened.append(forward)
        switch = StyleSwitch(forward, most_bytes)
        for name in STYLES:
            switch.add(name)
        return switch

    yield made
    for forward in opened:
        forward.close()


def step(pipeline) -> torch.Tensor:
    """One forward of noise."""
    noise = torch.Generator().manual_seed(3)
    latents = torch.randn((16, 1, 16, 16), generator=noise).bfloat16()
    caption = torch.randn((20, 256), generator=noise).bfloat16()
    with torch.no_grad():
        return pipeline.transformer([latents], torch.full((1,), 0.5), [caption])[0][0]


def test_a_kept_set_paints_the_bytes_of_a_new_one(pipeline, switch_with):
    kept, anew = switch_with(2**40), switch_with(2**40)

    def painted(switch, chosen):
        switch._forward.open()
        switch.choose(chosen)
        return step(pipeline)

    base = painted(kept, [])
    first = [painted(kept, chosen) for chosen in SELECTIONS]
    back = [painted(kept, chosen) for chosen in SELECTIONS]
    other = [painted(anew, chosen) for chosen in SELECTIONS]
    assert all(map(torch.equal, first, back)) and all(map(torch.equal, first, other))
    assert not any(torch.equal(each, base) for each in first)
    assert torch.equal(painted(kept, []), base)


def test_going_back_to_a_style_makes_no_weights(pipeline, switch_with):
    switch = switch_with(2**40)
    forward = switch._forward

    def weights(chosen):
        switch.choose(chosen)
        step(pipeline)
        return [
            tensor.data_ptr() for each in (forward._with_style or {}).values() for tensor in each
        ]

    first = weights([("anime", 1.0)])
    weights([])
    weights([("pencil-sketch", 1.0)])
    assert first and weights([("anime", 1.0)]) == first
    assert weights([("anime", 0.5)]) != first


def test_sets_stay_within_their_bytes_and_the_oldest_go_first(switch_with):
    size = switch_with(2**40)._forward.set_bytes
    assert 20e6 < size < 60e6  # the pocket model's main layers
    switch = switch_with(int(2.5 * size))
    for number in range(20):
        switch.choose([(STYLES[number % 3], 1.0 + number / 100)])
        assert 0 < switch.merged.total_bytes <= 2.5 * size
    assert switch.merged.get((("pencil-sketch", 1.19),)) is not None
    assert switch.merged.get((("anime", 1.18),)) is not None
    assert switch.merged.get((("oil-painting", 1.17),)) is None


def test_a_slider_of_strengths_does_not_fill_the_memory(switch_with):
    switch = switch_with(2**50)
    for number in range(30):
        switch.choose([("anime", 1.0 + number / 100)])
    assert switch.merged.total_bytes < 13 * switch._forward.set_bytes


def test_where_one_set_has_no_room_styles_are_multiplied_beside(pipeline, switch_with):
    switch = switch_with(1)
    switch.choose([("anime", 1.0)])
    beside = step(pipeline)
    assert switch.merged.total_bytes == 0 and switch._forward._with_style is None
    merging = switch_with(2**40)
    merging.choose([("anime", 1.0)])
    within = step(pipeline)
    assert merging._forward._with_style
    assert float((beside - within).norm() / within.norm()) < 0.03  # bfloat16, 8 layers
    assert float((within - base_of(pipeline, merging)).norm() / within.norm()) > 0.06


def base_of(pipeline, switch) -> torch.Tensor:
    switch.choose([])
    return step(pipeline)


def test_out_of_memory_gives_the_sets_back_and_goes_on(pipeline, switch_with):
    switch = switch_with(2**40)
    switch.choose([("anime", 1.0)])
    switch.merge_no_more()
    assert switch.merged.total_bytes == 0 and switch._forward._with_style is None
    switch.choose([("anime", 1.0)])
    assert switch.merged.total_bytes == 0 and switch._forward._styled


def test_a_forgotten_adapter_leaves_no_set(switch_with):
    switch = switch_with(2**40)
    for chosen in SELECTIONS:
        switch.choose(chosen)
    whole = switch.merged.total_bytes
    switch.forget("anime")
    assert switch.merged.total_bytes == pytest.approx(whole * 2 / 5)
    switch.forget("pencil-sketch")
    switch.forget("oil-painting")
    assert switch.merged.total_bytes == 0


def test_the_base_takes_no_room(switch_with):
    switch = switch_with(2**40)
    switch.choose([])
    assert switch.merged.total_bytes == 0
