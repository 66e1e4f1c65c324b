"""Scenes as latents and captions on the GPU, replaced bit by bit by fresh ones.

In: chunks of scenes, the sprites, VAE and text encoder. Out: batches, drawn without waiting for
the GPU; their caption states are made as they are drawn, so that the encoder can learn from what
its reader makes of them. A pool of 60,000 scenes holds 2 GB; a scene is used six to twenty times.
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
from zit_engine.pocket.vae import to_latents

log = logging.getLogger(__name__)
# padded lengths and how often; longer ones are too rare in the product to pay for here
LENGTHS = {32: 0.86, 64: 0.11, 128: 0.03}
COMPILED = 64  # padded captions longer than this run uncompiled, in smaller batches
Place = tuple[int, int, int]  # latent height and width, padded caption length


@dataclass
class Ring:
    """The last `room` scenes of one size. latents [room, 16, h, w], ids [room, k, L],
    lengths [room, k]."""

    latents: Tensor
    ids: Tensor
    lengths: Tensor
    filled: int = 0
    head: int = 0

    def add(self, latents: Tensor, ids: Tensor, lengths: Tensor) -> None:
        room = len(self.latents)
        at = (self.head + torch.arange(len(latents), device=latents.device)) % room
        self.latents[at] = latents.to(self.latents.dtype)
        self.ids[at] = ids
        self.lengths[at] = lengths
        self.head = (self.head + len(latents)) % room
        self.filled = min(room, self.filled + len(latents))


class Pool:
    """Batches out of rings, which `add` keeps fresh."""

    def __init__(
        self, source: Iterator[Chunk], pyramid: list[Tensor], vae: AutoencoderKL,
        encoder: Qwen3Model, unsaid: list[int], room: int = 60_000,
    ) -> None:  # fmt: skip
        """`unsaid` is the empty caption's tokens."""
        self.source, self.pyramid, self.room = source, pyramid, room
        self.vae, self.encoder, self.unsaid = vae, encoder, unsaid
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
        place = (latents.shape[2], latents.shape[3], ids.shape[2])
        if place not in self.rings:
            share = (0.6 if place[0] == place[1] else 0.1) * (1.0 if place[2] == TOKENS else 0.2)
            room = max(len(latents), int(self.room * share))
            self.rings[place] = Ring(
                latents.new_zeros(room, *latents.shape[1:], dtype=torch.bfloat16),
                *(torch.zeros(room, *each.shape[1:], dtype=torch.long, device=self.device)
                  for each in (ids, lengths)),
            )  # fmt: skip
        self.rings[place].add(latents, ids.to(self.device), lengths.to(self.device))

    def batch(self, count: int, most: int = 128, dropped: float = 0.0, rare: int = 1) -> Batch:
        """`count` scenes of one size with captions of one padded length of at most `most`, a share
        `dropped` of them empty. Where the encoder learns, the states lead back to it.

        Captions longer than the usual two lengths come `rare` times fewer at once.
        """
        tokens = random.choices(list(LENGTHS), list(LENGTHS.values()))[0]
        fitting = [place for place in self.rings if place[2] == tokens and tokens <= most]
        fitting = fitting or [place for place in self.rings if place[2] == TOKENS]
        weights = [self.rings[place].filled for place in fitting]
        ring = self.rings[random.choices(fitting, weights)[0]]
        count = -(-count // rare) if ring.ids.shape[2] > COMPILED else count
        rows = torch.randint(ring.filled, (count,), device=self.device)
        which = torch.randint(ring.ids.shape[1], (count,), device=self.device)
        ids, lengths = self._dropped(ring.ids[rows, which], ring.lengths[rows, which], dropped)
        return Batch(ring.latents[rows].float(), self.states(ids), lengths)

    def _dropped(self, ids: Tensor, lengths: Tensor, share: float) -> tuple[Tensor, Tensor]:
        if not share:
            return ids, lengths
        empty = ids.new_tensor(self.unsaid + [self.unsaid[-1]] * (ids.shape[1] - len(self.unsaid)))
        drop = torch.rand(len(ids), device=self.device) < share
        ids = torch.where(drop[:, None], empty, ids)
        return ids, torch.where(drop, len(self.unsaid), lengths)

    def states(self, ids: Tensor) -> Tensor:
        """What the encoder makes of captions; bfloat16 arithmetic on a GPU where it learns."""
        learning = next(self.encoder.parameters()).requires_grad
        with torch.autocast("cuda", torch.bfloat16, enabled=learning and ids.is_cuda):
            return hidden_states(self.encoder, ids).float()


def _parts(scenes: list, count: int) -> list[list]:
    return [scenes[i : i + count] for i in range(0, len(scenes), count)]


def encode_pictures(vae: AutoencoderKL, pictures: Tensor) -> Tensor:
    """Latents of pictures in -1..1; in bfloat16 on a GPU, which costs 0.4 % of their spread."""
    with torch.autocast("cuda", torch.bfloat16, enabled=pictures.is_cuda):
        return to_latents(vae, pictures, len(pictures))
