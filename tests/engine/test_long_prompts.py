"""Every word up to 512 tokens reaches the picture; one more is refused with the count, never cut.

Lengths are the engine's own, template included.
"""

from dataclasses import replace

import numpy as np
import pytest

from zit_engine.engine.prompt_cache import prompt_token_ids
from zit_engine.engine.z_image import ZImageEngine
from zit_engine.errors import PromptTooLong
from zit_engine.plan import plan
from zit_engine.request.ad_request import AdRequest
from zit_engine.styles.style import LoraFile

# Where the encoders of older models (CLIP) stopped reading.
OLD_LIMIT = 77
LIMIT = 512
HEAD, FILLER = " a fresh", " soft"
BRIGHT, DARK = " a watermelon, yellow background,", " strawberry cake, black background,"
# Mean difference of a channel, of 255. Measured: 73 at 200 tokens, 117 at 512.
PLAINLY = 30.0


def prompt_of(tokens: int, engine: ZImageEngine, end: str = FILLER) -> str:
    """Exactly `tokens` tokens: the same words up to token 77, then `end` again and again."""
    text = HEAD
    # Part of the template comes behind the words.
    while engine.count_tokens(text) < OLD_LIMIT + engine.count_tokens(""):
        text += HEAD
    while engine.count_tokens(text + end) <= tokens:
        text += end
    while engine.count_tokens(text + FILLER) <= tokens:
        text += FILLER
    assert engine.count_tokens(text) == tokens
    return text


@pytest.mark.parametrize("tokens", [200, LIMIT])
def test_words_after_token_77_decide_the_picture(tokens, engine, resident, paint, shot):
    prompts = [prompt_of(tokens, engine, end) for end in (BRIGHT, DARK)]
    ids = [prompt_token_ids(resident.pipeline.tokenizer, prompt) for prompt in prompts]
    assert ids[0][:OLD_LIMIT] == ids[1][:OLD_LIMIT], "an encoder of 77 would see no difference"
    pictures = [paint(replace(shot(), model_prompt=prompt)) for prompt in prompts]
    bright, dark = (np.asarray(picture, np.float32) for picture in pictures)
    assert np.abs(bright - dark).mean() > PLAINLY


def test_the_very_last_of_512_tokens_is_read(engine, paint, shot):
    almost = prompt_of(LIMIT - 1, engine)
    prompts = [almost + last for last in (" black", " white")]
    assert {engine.count_tokens(prompt) for prompt in prompts} == {LIMIT}
    pictures = [paint(replace(shot(side=64), model_prompt=prompt)) for prompt in prompts]
    assert pictures[0].size == (64, 64)
    assert pictures[0].tobytes() != pictures[1].tobytes()


def test_513_tokens_are_refused_with_the_count_before_any_step(engine, base, paint, shot):
    too_long = prompt_of(LIMIT + 1, engine)
    with pytest.raises(PromptTooLong) as refused:
        engine.paint(
            replace(shot(), model_prompt=too_long),
            lambda done, total: pytest.fail("a step ran"),
            lambda: False,
        )
    assert refused.value.values == {"tokens": LIMIT + 1, "limit": LIMIT}
    assert paint(shot()).tobytes() == base


def test_a_request_is_refused_at_513_before_it_is_queued(engine, catalogue):
    (planned,) = plan(AdRequest(prompt_of(LIMIT, engine), seed=7), engine, catalogue)
    assert engine.count_tokens(planned.shot.model_prompt) == LIMIT
    with pytest.raises(PromptTooLong) as refused:
        plan(AdRequest(prompt_of(LIMIT + 1, engine), seed=7), engine, catalogue)
    assert refused.value.values == {"tokens": LIMIT + 1, "limit": LIMIT}


def test_the_words_of_a_style_count_too(engine, catalogue):
    lora = LoraFile("anime style", "", 1.0, "Apache-2.0", path="pocket/anime.safetensors")
    wordy = {"anime": replace(catalogue["anime"], files={"pocket": lora})}
    request = AdRequest(prompt_of(LIMIT, engine), style="anime", seed=7)
    with pytest.raises(PromptTooLong) as refused:
        plan(request, engine, wordy)
    assert int(str(refused.value.values["tokens"])) > LIMIT
