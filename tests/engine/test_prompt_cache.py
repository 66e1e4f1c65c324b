"""Trimmed embeddings equal the pipeline's padded ones; too long is refused, never cut."""

import pytest
import torch

from zit_engine.engine.prompt_cache import (
    CARD_LENGTHS,
    TOKEN_LIMIT,
    PromptCache,
    prompt_token_ids,
)
from zit_engine.errors import PromptTooLong

# float32 on a CPU: the kernels differ with the length, the numbers are of order 1.
TOLERANCE = 1e-4
PROMPTS = ["딸기 케이크, 분홍색 배경", "a penguin, sky blue gradient", "커피 ☕ " * 40]


def prompt_of(tokens: int, tokenizer) -> str:
    """A prompt of exactly `tokens` tokens, template included."""
    words = 1
    while len(prompt_token_ids(tokenizer, " cake" * words)) < tokens:
        words += 1
    text = " cake" * words
    assert len(prompt_token_ids(tokenizer, text)) == tokens
    return text


@pytest.mark.parametrize("lengths", [1, CARD_LENGTHS])
@pytest.mark.parametrize("prompt", PROMPTS)
def test_trimmed_equals_padded(exact, prompt, lengths):
    pipeline = exact._get_resident(lambda stage, fraction: None).pipeline
    with torch.no_grad():
        padded, _ = pipeline.encode_prompt(prompt, do_classifier_free_guidance=False)
    cache = PromptCache(pipeline.tokenizer, pipeline.text_encoder, lengths=lengths)
    trimmed = cache.embed(prompt)
    assert trimmed.shape == padded[0].shape
    assert torch.allclose(trimmed, padded[0], atol=TOLERANCE)


def test_counts_what_is_encoded(engine, resident):
    for prompt in PROMPTS:
        assert engine.count_tokens(prompt) == resident.prompts.embed(prompt).shape[0]


def test_512_tokens_pass_and_513_are_refused_with_the_count(engine, resident, paint, shot):
    tokenizer = resident.pipeline.tokenizer
    assert resident.prompts.embed(prompt_of(TOKEN_LIMIT, tokenizer)).shape[0] == TOKEN_LIMIT
    too_long = prompt_of(TOKEN_LIMIT + 1, tokenizer)
    assert engine.count_tokens(too_long) == TOKEN_LIMIT + 1
    with pytest.raises(PromptTooLong) as refused:
        resident.prompts.embed(too_long)
    assert refused.value.values == {"tokens": TOKEN_LIMIT + 1, "limit": TOKEN_LIMIT}


def test_cache_is_bounded_and_keeps_the_latest(resident):
    encoded = []
    encoder = resident.pipeline.text_encoder

    def counting(**arguments):
        encoded.append(1)
        return encoder(**arguments)

    counting.device = encoder.device
    cache = PromptCache(resident.pipeline.tokenizer, counting, entries=2)
    for prompt in ("a", "b", "a", "c", "a"):
        cache.embed(prompt)
    assert len(cache) == 2
    assert len(encoded) == 3
    cache.embed("b")  # the one dropped
    assert len(encoded) == 4
