"""Chunks hold what they say: sizes, padding, labels."""

from __future__ import annotations

from itertools import islice

from transformers import PreTrainedTokenizerFast

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
