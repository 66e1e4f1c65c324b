"""The text encoder stage at tiny size lowers its loss."""

from __future__ import annotations

from itertools import repeat

import torch
from transformers import PreTrainedTokenizerFast

from zit_engine.pocket.pace import Pace
from zit_engine.pocket.sizes import TINY, new_text_encoder
from zit_engine.pocket.supply import Chunk
from zit_engine.pocket.text_encoder import Probe, hidden_states, thumbnails, train_text_encoder
from zit_engine.pocket.tokenizer import PAD


def test_training_lowers_the_loss(
    chunk: Chunk, tokenizer: PreTrainedTokenizerFast, pyramid: list
) -> None:
    torch.manual_seed(0)
    pad = tokenizer.convert_tokens_to_ids(PAD)
    encoder = new_text_encoder(TINY, len(tokenizer), pad)
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    first = train_text_encoder(encoder, repeat(chunk), pyramid[-1], Pace(steps=1), ahead=1)
    later = train_text_encoder(
        encoder, repeat(chunk), pyramid[-1], Pace(steps=12), rate=5e-3, ahead=1
    )
    assert later < first
    assert not torch.equal(before["embed_tokens.weight"], encoder.embed_tokens.weight)


def test_padding_does_not_change_what_the_probe_reads(
    chunk: Chunk, tokenizer: PreTrainedTokenizerFast
) -> None:
    encoder = new_text_encoder(TINY, len(tokenizer), 0).eval()
    probe, ids, lengths = Probe(TINY.text_width, 493).eval(), chunk.ids[:, 0], chunk.lengths[:, 0]
    other = ids.clone()
    for row, length in zip(other, lengths, strict=True):
        row[length:] = 7
    with torch.no_grad():
        one = probe(hidden_states(encoder, ids), lengths)["concept"]
        two = probe(hidden_states(encoder, other), lengths)["concept"]
    assert torch.allclose(one, two, atol=1e-4)


def test_thumbnails_end_with_nothing(pyramid: list) -> None:
    thumbs = thumbnails(pyramid[-1])
    assert thumbs.shape == (494, 1024) and (thumbs[-1] == 0).all()
