"""Chunks hold what they say: sizes, padding, labels."""

from __future__ import annotations

import re
from itertools import islice

from torch import Tensor
from transformers import PreTrainedTokenizerFast

from tests.pocket.caption_grammar import caption_rule, could_be_written
from zit_engine.pocket.attributes import RICH
from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.supply import Chunk, SceneSupply
from zit_engine.pocket.tokenizer import PAD


def test_a_chunk_has_two_padded_captions_a_scene(
    chunk: Chunk, tokenizer: PreTrainedTokenizerFast
) -> None:
    assert chunk.ids.shape == (8, 2, 32) and chunk.labels.shape == (8, 2, 14)
    pad = tokenizer.convert_tokens_to_ids(PAD)
    for ids, length in zip(chunk.ids.flatten(0, 1), chunk.lengths.flatten(), strict=True):
        assert (ids[length:] == pad).all() and ids[length - 1] != pad


def test_long_captions_come_along_at_times(
    concepts: list[Concept], tokenizer: PreTrainedTokenizerFast
) -> None:
    chunks = list(islice(iter(SceneSupply(concepts, tokenizer, 2, seed=2)), 24))
    long = [chunk.long_ids for chunk in chunks if chunk.long_ids is not None]
    assert long and all(ids.shape[1] in (64, 128, 256, 512) for ids in long)
    assert len({(chunk.height, chunk.width) for chunk in chunks}) > 1


def test_of_scenes_with_attributes_one_caption_is_in_free_words(
    concepts: list[Concept], tokenizer: PreTrainedTokenizerFast
) -> None:
    supply = SceneSupply(concepts, tokenizer, 16, seed=3, attributes=RICH)
    rules = {language: caption_rule(concepts, language) for language in ("ko", "en")}
    as_taught = [0, 0]
    for chunk in islice(iter(supply), 4):
        assert (chunk.labels[:, 0, :4] == chunk.labels[:, 1, :4]).all()  # of one scene
        for pair in chunk.ids:
            for k, ids in enumerate(pair):
                text = _text(tokenizer, ids)
                language = "ko" if re.search("[가-힣]", text) else "en"
                as_taught[k] += could_be_written(rules[language], text)
    assert as_taught[0] > 55 and as_taught[1] < 20, as_taught


def _text(tokenizer: PreTrainedTokenizerFast, ids: Tensor) -> str:
    text = tokenizer.decode(ids.tolist())
    return text.split("user\n")[1].split("<|im_end|>")[0]
