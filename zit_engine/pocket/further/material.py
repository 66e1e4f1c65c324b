"""What a further lesson is made of: scenes the first model knows, and scenes new to it.

In: concepts, sprites, a VAE, a tokenizer. Out: Lesson records, half of one kind and half of the
other. Pictures are rendered and encoded once and used a few times; captions are written anew each
time, so that words vary more than pictures.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

import torch
from diffusers import AutoencoderKL
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from zit_engine.pocket.attributes import RICH
from zit_engine.pocket.budget.pool import encode_pictures
from zit_engine.pocket.captions import CaptionWriter
from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.free_captions import FreeWriter
from zit_engine.pocket.precision import autocast
from zit_engine.pocket.records import Scene
from zit_engine.pocket.render import render
from zit_engine.pocket.scenes import SceneMaker
from zit_engine.pocket.tokenizer import PAD, TOKENS, encode

# (height, width) at 256 px and how often
SHAPES = {(256, 256): 0.76, (288, 224): 0.06, (224, 288): 0.06, (336, 192): 0.06, (192, 336): 0.06}
LONG = 64  # padded tokens of half the lessons; the others have TOKENS
AS_TAUGHT = 0.3  # share of captions in the wording the first model learned
DRAWN, COLOURED = 0.5, 0.3  # shares of the new scenes; the rest have relations and props
ROOM = 1024  # pictures held of one shape and kind
TRIES = 20


@dataclass(frozen=True)
class Lesson:
    """latents [N, 16, h, w]; the first half is known. ids [N, L] and lengths [N] of what the
    student reads, and as_taught [N / 2, 32] with lengths of what the teacher reads."""

    latents: Tensor
    ids: Tensor
    lengths: Tensor
    as_taught: Tensor
    as_taught_lengths: Tensor


@dataclass
class _Held:
    scenes: deque[Scene] = field(default_factory=lambda: deque(maxlen=ROOM))
    latents: deque[Tensor] = field(default_factory=lambda: deque(maxlen=ROOM))


class Material:
    """Lessons out of a supply that grows by a few pictures at a time."""

    def __init__(
        self, concepts: list[Concept], pyramid: list[Tensor], vae: AutoencoderKL,
        tokens: PreTrainedTokenizerFast, seed: int,
    ) -> None:  # fmt: skip
        self.concepts, self.pyramid, self.vae, self.tokens = concepts, pyramid, vae, tokens
        self.random = Random(seed)
        known = [concept for concept in concepts if not concept.drawn]
        self.known = SceneMaker(known, seed)
        self.new = SceneMaker(concepts, seed + 1, RICH)
        self.plain_words = CaptionWriter(concepts, self.random, framed=0.0)
        self.free_words = FreeWriter(concepts, self.random)
        self.held: dict[tuple[tuple[int, int], bool], _Held] = {}
        self.pad = tokens.convert_tokens_to_ids(PAD)

    def add(self, count: int, shape: tuple[int, int]) -> None:
        """Render and encode `count` scenes of each kind in one shape (height, width)."""
        aspect = shape[1] / shape[0]
        for is_new, make in ((False, self.known.scene), (True, self.new_scene)):
            scenes = [self._sayable(make, aspect) for _ in range(count)]
            latents = self.encode(render(scenes, self.pyramid, *shape))
            held = self.held.setdefault((shape, is_new), _Held())
            held.scenes.extend(scenes)
            held.latents.extend(latents.unbind(0))

    @torch.no_grad()
    def encode(self, pictures: Tensor) -> Tensor:
        """Latents; those of bfloat16 arithmetic are within half a percent of exact ones."""
        with autocast():
            return encode_pictures(
                self.vae, pictures.to(memory_format=torch.channels_last)
            ).contiguous()

    def new_scene(self, aspect: float) -> Scene:
        """A scene with something that the first model was not taught."""
        chance = self.random.random()
        while True:
            scene = self.new.scene(aspect)
            drawn = any(self.concepts[i].drawn for i, _ in scene.contents)
            coloured = any(colour is not None for colour in scene.colours)
            if chance < DRAWN:
                wanted = drawn
            elif chance < DRAWN + COLOURED:
                wanted = coloured
            else:
                wanted = bool(scene.relation or scene.prop)
            if wanted:
                return scene

    def _sayable(self, make: Callable[[float], Scene], aspect: float) -> Scene:
        """A scene whose words fit the shortest caption."""
        while True:
            scene = make(aspect)
            if self._said(self.plain_words, scene, TOKENS) is not None:
                return scene

    def _said(self, writer: CaptionWriter, scene: Scene, tokens: int) -> list[int] | None:
        for _ in range(TRIES):
            ids = encode(self.tokens, writer.write(scene).text)
            if len(ids) <= tokens:
                return ids
        return None

    def shape(self) -> tuple[int, int]:
        """A shape at random."""
        return self.random.choices(list(SHAPES), list(SHAPES.values()))[0]

    def lesson(self, count: int, shape: tuple[int, int]) -> Lesson:
        """Half `count` of each kind, in captions of one padded length."""
        rnd, tokens = self.random, self.random.choice((TOKENS, LONG))
        latents, read, taught = [], [], []
        for is_new in (False, True):
            held = self.held[shape, is_new]
            for _ in range(count // 2):
                i = rnd.randrange(len(held.scenes))
                latents.append(held.latents[i])
                plain = self._said(self.plain_words, held.scenes[i], TOKENS)
                free = None
                if rnd.random() >= AS_TAUGHT:
                    free = self._said(self.free_words, held.scenes[i], tokens)
                plain = plain or free or []
                read.append(free or plain)
                if not is_new:
                    taught.append(plain)
        ids, lengths = self._padded(read, tokens)
        return Lesson(torch.stack(latents), ids, lengths, *self._padded(taught, TOKENS))

    def _padded(self, rows: list[list[int]], tokens: int) -> tuple[Tensor, Tensor]:
        ids = [row + [self.pad] * (tokens - len(row)) for row in rows]
        return torch.tensor(ids), torch.tensor([len(row) for row in rows])
