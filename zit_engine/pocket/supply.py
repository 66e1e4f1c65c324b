"""A stream of scenes with captions already in tokens.

In: concepts, tokenizer, resolution. Out: Chunk records of one picture size each.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info
from transformers import PreTrainedTokenizerFast

from zit_engine.pocket.attributes import PLAIN, Attributes
from zit_engine.pocket.captions import CaptionWriter
from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.free_captions import FreeWriter
from zit_engine.pocket.phrases import FILLER
from zit_engine.pocket.records import Scene
from zit_engine.pocket.scenes import SceneMaker
from zit_engine.pocket.tokenizer import PAD, TOKENS, encode

# (height, width) at 256 px and how often; other resolutions scale these
BUCKETS = {(256, 256): 0.6, (288, 224): 0.1, (224, 288): 0.1, (336, 192): 0.1, (192, 336): 0.1}
# length of a chunk's extra long captions; 0: none
LONG_TOKENS = {0: 0.60, 64: 0.24, 128: 0.09, 256: 0.05, 512: 0.02}
CAPTIONS_PER_SCENE = 2
FRAMED = 0.35  # share of captions that are whole sentences, where scenes have attributes
Writers = tuple[CaptionWriter, ...]  # of a scene's captions, taken in turn


@dataclass(frozen=True)
class Chunk:
    """Scenes of one size. ids [N, 2, 32], lengths [N, 2], labels [N, 2, 9]; the long captions
    [N, 64 to 512] and their lengths [N], or None."""

    height: int
    width: int
    scenes: list[Scene]
    ids: Tensor
    lengths: Tensor
    labels: Tensor
    long_ids: Tensor | None
    long_lengths: Tensor | None


class SceneSupply(IterableDataset):
    """Endless chunks; each loader worker has its own random stream. Where scenes have attributes,
    one of each scene's captions is in free words."""

    def __init__(
        self,
        concepts: list[Concept],
        tokenizer: PreTrainedTokenizerFast,
        count: int,
        resolution: int = 256,
        square: bool = False,
        seed: int = 0,
        attributes: Attributes = PLAIN,
    ) -> None:
        self.concepts, self.tokenizer, self.count = concepts, tokenizer, count
        self.resolution, self.square, self.seed = resolution, square, seed
        self.attributes = attributes
        self.framed = FRAMED if attributes != PLAIN else 0.0
        self.pad = tokenizer.convert_tokens_to_ids(PAD)

    def __iter__(self) -> Iterator[Chunk]:
        worker = get_worker_info()
        seed = self.seed + (worker.id * 7919 if worker else 0)
        maker, rnd = SceneMaker(self.concepts, seed, self.attributes), random.Random(seed + 1)
        writers: Writers = (CaptionWriter(self.concepts, maker.random, self.framed),)
        if self.attributes != PLAIN:
            writers = (*writers, FreeWriter(self.concepts, maker.random))
        while True:
            yield self._chunk(maker, writers, rnd)

    def _chunk(self, maker: SceneMaker, writers: Writers, rnd: random.Random) -> Chunk:
        height, width = self._bucket(rnd)
        long_tokens = rnd.choices(list(LONG_TOKENS), list(LONG_TOKENS.values()))[0]
        scenes: list[Scene] = []
        short: list[list[tuple]] = []
        long: list[tuple] = []
        while len(scenes) < self.count:
            scene = maker.scene(width / height)
            pair = [
                self._row(writers[k % len(writers)], scene, rnd, TOKENS)
                for k in range(CAPTIONS_PER_SCENE)
            ]
            extra = None
            if long_tokens:
                extra = self._row(writers[len(scenes) % len(writers)], scene, rnd, long_tokens)
            if None in pair or (long_tokens and extra is None):
                continue  # a name too long for the room: another scene
            scenes.append(scene)
            short.append([row for row in pair if row])
            if extra:
                long.append(extra)
        ids, lengths, labels = (
            torch.tensor([[row[k] for row in rows] for rows in short]) for k in range(3)
        )
        long_ids = torch.tensor([row[0] for row in long]) if long else None
        long_lengths = torch.tensor([row[1] for row in long]) if long else None
        return Chunk(height, width, scenes, ids, lengths, labels, long_ids, long_lengths)

    def _bucket(self, rnd: random.Random) -> tuple[int, int]:
        if self.square:
            return self.resolution, self.resolution
        height, width = rnd.choices(list(BUCKETS), list(BUCKETS.values()))[0]
        return height * self.resolution // 256, width * self.resolution // 256

    def _row(
        self, writer: CaptionWriter, scene: Scene, rnd: random.Random, tokens: int
    ) -> tuple[list[int], int, tuple[int, ...]] | None:
        """(padded ids, length, labels), or None where 20 tries did not fit."""
        for _ in range(20):
            caption = writer.write(scene)
            text = caption.text
            if tokens > TOKENS:
                text = self._lengthen(text, rnd, tokens)
            ids = encode(self.tokenizer, text)
            if len(ids) <= tokens:
                return ids + [self.pad] * (tokens - len(ids)), len(ids), caption.labels
        return None

    def _lengthen(self, text: str, rnd: random.Random, tokens: int) -> str:
        korean = any("가" <= letter <= "힣" for letter in text)
        room = (tokens - 24) * rnd.uniform(0.5, 1.0)
        while len(self.tokenizer(text)["input_ids"]) < room:
            text = text + " " + rnd.choice(FILLER["ko" if korean else "en"])
        return text


def chunks(supply: SceneSupply, workers: int) -> Iterator[Chunk]:
    """The supply's chunks, made ahead in `workers` processes (0: in this one)."""
    if workers == 0:
        return iter(supply)
    loader = DataLoader(
        supply, batch_size=None, num_workers=workers, prefetch_factor=4, persistent_workers=True
    )
    return iter(loader)
