"""Scenes as latents and caption states on the GPU, replaced bit by bit by fresh ones.

In: chunks of scenes, the sprites, VAE and text encoder. Out: batches, drawn without waiting for
the GPU. A pool of 60,000 scenes holds 4 GB; a scene is used six to ten times before it goes.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from diffusers import AutoencoderKL
from torch import Tensor
from transformers import Qwen3Model

from zit_engine.pocket.bank import Batch
from zit_engine.pocket.render import render
from zit_engine.pocket.supply import Chunk
from zit_engine.pocket.text_encoder import hidden_states
from zit_engine.pocket.tokenizer import TOKENS

log = logging.getLogger(__name__)
# padded lengths and how often; longer ones are too rare in the product to pay for here
LENGTHS = {32: 0.86, 64: 0.11, 128: 0.03}
Place = tuple[int, int, int]  # latent height and width, padded caption length


@dataclass
class Ring:
    """The last `room` scenes of one size. latents [room, 16, h, w], states [room, k, L, width],
    lengths [room, k]."""

    latents: Tensor
    states: Tensor
    lengths: Tensor
    filled: int = 0
    head: int = 0

    def add(self, latents: Tensor, states: Tensor, lengths: Tensor) -> None:
        room = len(self.latents)
        at = (self.head + torch.arange(len(latents), device=latents.device)) % room
        self.latents[at] = latents.to(self.latents.dtype)
        self.states[at] = states.to(self.states.dtype)
        self.lengths[at] = lengths
        self.head = (self.head + len(latents)) % room
        self.filled = min(room, self.filled + len(latents))


class Pool:
    """Batches out of rings, which `add` keeps fresh."""

    def __init__(
        self, source: Iterator[Chunk], pyramid: list[Tensor], vae: AutoencoderKL,
        encoder: Qwen3Model, room: int = 60_000,
    ) -> None:  # fmt: skip
        self.source, self.pyramid, self.room = source, pyramid, room
        self.vae, self.encoder = vae, encoder
        self.device = pyramid[0].device
        self.rings: dict[Place, Ring] = {}
        self.added = 0

    @torch.no_grad()
    def add(self, batch: int = 256) -> None:
        """Render, encode and store one chunk."""
        chunk = next(self.source)
        latents = torch.cat([
            encode_pictures(self.vae, render(part, self.pyramid, chunk.height, chunk.width))
            for part in _parts(chunk.scenes, batch)
        ])  # fmt: skip
        self._store(latents, chunk.ids, chunk.lengths)
        long, lengths = chunk.long_ids, chunk.long_lengths
        if long is not None and lengths is not None and long.shape[1] in LENGTHS:
            self._store(latents, long[:, None], lengths[:, None])
        self.added += len(chunk.scenes)

    def fill(self, scenes: int) -> None:
        """Add chunks until there are so many scenes."""
        begun = time.monotonic()
        while self.added < scenes:
            self.add()
            if time.monotonic() - begun > 5:
                log.info("pool: %d of %d scenes", self.added, scenes)
                begun = time.monotonic()

    def _store(self, latents: Tensor, ids: Tensor, lengths: Tensor) -> None:
        states = hidden_states(self.encoder, ids.flatten(0, 1).to(self.device))
        states = states.view(*ids.shape, -1)
        place = (latents.shape[2], latents.shape[3], ids.shape[2])
        if place not in self.rings:
            share = (0.6 if place[0] == place[1] else 0.1) * (1.0 if place[2] == TOKENS else 0.2)
            room = max(len(latents), int(self.room * share))
            self.rings[place] = Ring(
                latents.new_zeros(room, *latents.shape[1:], dtype=torch.bfloat16),
                states.new_zeros(room, *states.shape[1:], dtype=torch.bfloat16),
                torch.zeros(room, lengths.shape[1], dtype=torch.long, device=self.device),
            )
        self.rings[place].add(latents, states, lengths.to(self.device))

    def batch(self, count: int, most: int = 128) -> Batch:
        """`count` scenes of one size with captions of one padded length of at most `most`."""
        tokens = random.choices(list(LENGTHS), list(LENGTHS.values()))[0]
        fitting = [place for place in self.rings if place[2] == tokens and tokens <= most]
        fitting = fitting or [place for place in self.rings if place[2] == TOKENS]
        weights = [self.rings[place].filled for place in fitting]
        ring = self.rings[random.choices(fitting, weights)[0]]
        rows = torch.randint(ring.filled, (count,), device=self.device)
        which = torch.randint(ring.states.shape[1], (count,), device=self.device)
        latents, states = ring.latents[rows].float(), ring.states[rows, which]
        return Batch(latents, states, ring.lengths[rows, which])


def _parts(scenes: list, count: int) -> list[list]:
    return [scenes[i : i + count] for i in range(0, len(scenes), count)]


@torch.no_grad()
def encode_pictures(vae: AutoencoderKL, pictures: Tensor) -> Tensor:
    """Latents of pictures in -1..1; in bfloat16 on a GPU, which costs 0.4 % of their spread."""
    with torch.autocast("cuda", torch.bfloat16, enabled=pictures.is_cuda):
        mean = vae.encode(pictures).latent_dist.mean
    return (mean.float() - vae.config.shift_factor) * vae.config.scaling_factor
