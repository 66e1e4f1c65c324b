"""From a request to what is painted: words, sizes, seeds, strength."""

from dataclasses import replace

import pytest

from tests.fake_engine import FakeEngine
from zit_engine.errors import InvalidRequest, PromptTooLong, StyleUnavailable
from zit_engine.plan import CHOSEN_SEEDS, plan
from zit_engine.request.ad_request import MAX_SEED, AdRequest
from zit_engine.request.channels import load_channels
from zit_engine.styles.style import LoraFile


def shots(catalogue, engine=None, **fields):
    request = AdRequest(**{"prompt": "딸기 케이크", "seed": 7, **fields})
    return plan(request, engine or FakeEngine(), catalogue)


def test_the_base_style_paints_the_typed_words_alone(catalogue):
    (planned,) = shots(catalogue)
    assert planned.shot.model_prompt == "딸기 케이크" and planned.shot.adapter_weight == 0.0
    assert planned.shot.style.is_base


@pytest.mark.parametrize(
    ("prompt", "words"),
    [("딸기 케이크", "애니 스타일"), ("strawberry cake", "anime style")],
)
def test_a_style_adds_its_words_in_the_prompts_language(catalogue, prompt, words):
    lora = LoraFile(
        "anime style", "애니 스타일", 1.0, "Apache-2.0", path="pocket/anime.safetensors"
    )
    styles = {"anime": replace(catalogue["anime"], files={"pocket": lora})}
    (planned,) = shots(styles, prompt=prompt, style="anime")
    assert words in planned.shot.model_prompt and prompt in planned.shot.model_prompt


def test_strength_is_the_typed_one_else_the_styles_own(catalogue):
    own = catalogue["anime"].files["pocket"].adapter_weight
    assert shots(catalogue, style="anime")[0].shot.adapter_weight == own
    assert shots(catalogue, style="anime", adapter_weight=0.3)[0].shot.adapter_weight == 0.3
    assert shots(catalogue, style="anime", adapter_weight=0.0)[0].shot.adapter_weight == 0.0


def test_seeds_count_up_and_wrap_at_the_largest(catalogue):
    planned = shots(catalogue, count=3, seed=MAX_SEED)
    assert [each.shot.seed for each in planned] == [MAX_SEED, 0, 1]
    assert [each.number for each in planned] == [0, 1, 2]


def test_each_picture_alone_asks_for_itself(catalogue):
    planned = shots(catalogue, count=4, style="anime")
    for each in planned:
        (again,) = plan(each.request, FakeEngine(), catalogue)
        assert again.shot == each.shot


def test_a_seed_left_open_is_chosen_short_and_not_always_the_same(catalogue):
    chosen = {shots(catalogue, seed=None)[0].shot.seed for _ in range(20)}
    assert len(chosen) > 1 and all(0 <= seed < CHOSEN_SEEDS for seed in chosen)


def test_a_variation_is_carried_to_every_shot(catalogue):
    assert {p.shot.variation_seed for p in shots(catalogue, count=2, variation_seed=5)} == {5}


def test_more_tokens_than_the_model_reads_are_told_not_cut(catalogue):
    with pytest.raises(PromptTooLong) as refused:
        shots(catalogue, prompt="a " * 600)
    assert refused.value.values == {"tokens": 610, "limit": 512}


def test_a_style_the_model_has_no_file_for_is_refused(catalogue):
    with pytest.raises(StyleUnavailable):
        shots(catalogue, style="film-photo")
    assert shots(catalogue, FakeEngine(base="z-image-turbo"), style="film-photo")


@pytest.mark.parametrize("channel", list(load_channels()))
@pytest.mark.parametrize("area", [256 * 256, 1024 * 1024])
def test_every_place_is_painted_in_a_size_the_model_takes(catalogue, channel, area):
    (planned,) = shots(catalogue, FakeEngine(render_area=area), channel=channel)
    width, height = planned.shot.width, planned.shot.height
    assert width % 16 == 0 and height % 16 == 0 and max(width, height) <= 2048
    assert 0.5 * area <= width * height <= 1.5 * area


def test_variety_gives_each_picture_a_seed_that_is_told(catalogue):
    planned = shots(catalogue, count=4, variety=0.3)
    seeds = [each.request.variation_seed for each in planned]
    assert None not in seeds and len(set(seeds)) > 1
    assert [each.shot.variation_seed for each in planned] == seeds
    assert {each.shot.variety for each in planned} == {0.3}
    again = shots(catalogue, count=1, variety=0.3, variation_seed=9)
    assert again[0].shot.variation_seed == again[0].request.variation_seed == 9


def test_the_archived_engine_refuses_variety(catalogue):
    engine = FakeEngine(base="legacy-sdxl")
    with pytest.raises(InvalidRequest):
        plan(AdRequest("수박", variety=0.3), engine, catalogue)
