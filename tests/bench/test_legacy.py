"""The comparison runs with both real engines and says what it may be read for."""

import json

import pytest

from zit_engine.bench.legacy import run


@pytest.fixture(scope="module")
def figures():
    return run(repeats=3)


def test_it_is_json_and_says_that_both_models_are_toys(figures):
    assert json.loads(json.dumps(figures)) == figures
    assert "toy size" in figures["note"]
    ratios = [key for part in figures.values() if isinstance(part, dict) for key in part]
    assert {"switch_ratio", "words_ratio", "further_style_ratio"} <= set(ratios)


def test_a_switch_is_measured_on_both_sides(figures):
    switch = figures["style_switch"]
    for engine in ("legacy", "current"):
        assert 0 < switch[f"{engine}_same_style_s"] < 60
        assert 0 < switch[f"{engine}_other_style_s"] < 60
    assert switch["switch_ratio"] == (
        switch["legacy_other_style_s"] / switch["current_other_style_s"]
    )


def test_words_are_counted_by_both_tokenizers(figures):
    prompt = figures["long_prompt"]
    assert prompt["legacy_words_read"] == 75  # 77 places, two of them for start and end
    assert 75 < prompt["current_words_read"] <= prompt["prompt_words"]
    assert prompt["current_token_limit"] == 512
    assert prompt["words_ratio"] == prompt["current_words_read"] / 75


def test_a_further_style_is_a_whole_model_before_and_a_small_part_now(figures):
    memory = figures["memory"]
    assert memory["legacy_styles_ready"] == 1 and memory["current_styles_ready"] == 3
    assert memory["current_further_style_share"] < 0.1 < memory["legacy_further_style_share"]
    assert memory["legacy_read_per_switch_mib"] == memory["legacy_checkpoint_mib"] > 1
