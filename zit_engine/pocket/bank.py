"""Training material in memory: scenes rendered, encoded and captioned once.

In: chunks, the trained VAE and text encoder. Out: batches of latents with caption states.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL
from torch import Tensor
from transformers import PreTrainedTokenizerFast, Qwen3Model

from zit_engine.pocket.render import render
from zit_engine.pocket.supply import Chunk
from zit_engine.pocket.text_encoder import hidden_states
from zit_engine.pocket.tokenizer import PAD, TOKENS, encode
from zit_engine.pocket.vae import to_latents

LENGTH_SHARES = {32: 0.82, 64: 0.11, 128: 0.04, 256: 0.02, 512: 0.01}


@dataclass(frozen=True)
class Batch:
    """latents [N, 16, h, w], caption [N, L, width], lengths [N]."""

    latents: Tensor
    caption: Tensor
    lengths: Tensor


@dataclass
class _Bucket:
    """Everything of one latent size, in parts that grow with each chunk."""

    latents: list[Tensor] = field(default_factory=list)
    captions: list[Tensor] = field(default_factory=list)  # [n, 2, 32, width]
    lengths: list[Tensor] = field(default_factory=list)
    long: dict[int, list[tuple[int, Tensor, Tensor]]] = field(default_factory=dict)

    def count(self) -> int:
        return sum(len(part) for part in self.latents)


class LatentBank:
    """Batches drawn at random from the buckets of a resolution."""

    def __init__(self) -> None:
        self.buckets: dict[int, dict[tuple[int, int], _Bucket]] = {}

    def add(self, chunk: Chunk, resolution: int, pyramid: list[Tensor],
            vae: AutoencoderKL, encoder: Qwen3Model) -> None:  # fmt: skip
        """Render and encode a chunk; at 256 px its halved pictures fill 128 px too."""
        pictures = render(chunk.scenes, pyramid, chunk.height, chunk.width)
        device = pictures.device
        states = caption_states(encoder, chunk.ids.flatten(0, 1).to(device))
        states = states.view(*chunk.ids.shape, -1)
        long = None
        if chunk.long_ids is not None and chunk.long_lengths is not None:
            long_states = caption_states(encoder, chunk.long_ids.to(device))
            long = long_states, chunk.long_lengths.to(device)
        self._store(resolution, pictures, states, chunk, long, vae)
        if resolution == 256 and chunk.height % 32 == 0 and chunk.width % 32 == 0:
            self._store(128, F.avg_pool2d(pictures, 2), states, chunk, long, vae)

    def _store(self, resolution: int, pictures: Tensor, states: Tensor, chunk: Chunk,
               long: tuple[Tensor, Tensor] | None, vae: AutoencoderKL) -> None:  # fmt: skip
        size = (pictures.shape[2], pictures.shape[3])
        bucket = self.buckets.setdefault(resolution, {}).setdefault(size, _Bucket())
        if long is not None:
            entry = (len(bucket.latents), *long)
            bucket.long.setdefault(long[0].shape[1], []).append(entry)
        bucket.latents.append(to_latents(vae, pictures).to(torch.bfloat16))
        bucket.captions.append(states.to(torch.bfloat16))
        bucket.lengths.append(chunk.lengths.to(pictures.device))

    def batch(self, resolution: int, count: int, short_only: bool = False) -> Batch:
        """`count` scenes of one size, with captions of one padded length."""
        buckets = list(self.buckets[resolution].values())
        bucket = random.choices(buckets, [each.count() for each in buckets])[0]
        tokens = random.choices(list(LENGTH_SHARES), list(LENGTH_SHARES.values()))[0]
        if short_only or tokens == TOKENS or tokens not in bucket.long:
            return self._short(bucket, count)
        rows = []
        for _ in range(count):
            part, states, lengths = random.choice(bucket.long[tokens])
            i = random.randrange(len(states))
            rows.append((bucket.latents[part][i], states[i], lengths[i]))
        return _stack(rows)

    def _short(self, bucket: _Bucket, count: int) -> Batch:
        rows = []
        for _ in range(count):
            part = random.randrange(len(bucket.latents))
            i, which = random.randrange(len(bucket.latents[part])), random.randrange(2)
            words, length = bucket.captions[part][i, which], bucket.lengths[part][i, which]
            rows.append((bucket.latents[part][i], words, length))
        return _stack(rows)


def _stack(rows: list[tuple[Tensor, Tensor, Tensor]]) -> Batch:
    latents, captions, lengths = (torch.stack(column) for column in zip(*rows, strict=True))
    return Batch(latents.float(), captions.float(), lengths)


def fill(source: Iterator[Chunk], scenes: int, resolution: int, pyramid: list[Tensor],
         vae: AutoencoderKL, encoder: Qwen3Model,
         bank: LatentBank | None = None) -> LatentBank:  # fmt: skip
    """A bank of at least `scenes` scenes, or `bank` with so many more."""
    bank, done = LatentBank() if bank is None else bank, 0
    while done < scenes:
        chunk = next(source)
        bank.add(chunk, resolution, pyramid, vae, encoder)
        done += len(chunk.scenes)
    return bank


@torch.no_grad()
def caption_states(encoder: Qwen3Model, ids: Tensor) -> Tensor:
    """Caption states [N, L, width] of padded ids; the causal mask keeps padding out."""
    return hidden_states(encoder, ids)


def no_caption(
    encoder: Qwen3Model, tokenizer: PreTrainedTokenizerFast, tokens: int
) -> tuple[Tensor, Tensor]:
    """States [1, tokens, width] and length [1] of the empty prompt, for guidance."""
    device = next(encoder.parameters()).device
    ids, pad = encode(tokenizer, ""), tokenizer.convert_tokens_to_ids(PAD)
    padded = torch.tensor([ids + [pad] * (tokens - len(ids))], device=device)
    return caption_states(encoder, padded), torch.tensor([len(ids)], device=device)
