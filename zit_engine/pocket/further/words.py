"""The text encoder learns free wording first, by itself: captions cost little, pictures much.

In: an encoder, scenes with words, sprites. Out: the encoder changed in place. A probe learns to
read the captions that the transformer knows, and is then held fixed: what it reads out of free
captions is in the language that the transformer reads.
"""

from __future__ import annotations

import copy
import logging
from random import Random

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast, Qwen3Model

from zit_engine.pocket.attributes import RICH
from zit_engine.pocket.budget.words import drift
from zit_engine.pocket.captions import Caption, CaptionWriter
from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.free_captions import FreeWriter
from zit_engine.pocket.pace import Pace, RunningMean
from zit_engine.pocket.precision import autocast
from zit_engine.pocket.records import Scene
from zit_engine.pocket.scenes import SceneMaker
from zit_engine.pocket.text_encoder import (
    Probe,
    hidden_states,
    probe_loss,
    slot_accuracy,
    thumbnails,
)
from zit_engine.pocket.tokenizer import PAD, encode
from zit_engine.pocket.transformer import TOKEN_MULTIPLE

log = logging.getLogger(__name__)
ALONE = 0.25  # share of the time in which only the probe learns
FREE = 0.7  # share of free captions afterwards
ALONE_RATE = 1.5e-3
KEPT = 1.0  # weight of taught captions keeping their states
MOST = 128  # tokens; captions with remarks are long
TRIES = 30
Said = tuple[list[int], Caption]


class Sayings:
    """Batches of captions: the first ones as taught, the others free."""

    def __init__(self, concepts: list[Concept], tokens: PreTrainedTokenizerFast, seed: int) -> None:
        self.tokens, self.maker = tokens, SceneMaker(concepts, seed, RICH)
        self.words = CaptionWriter(concepts, Random(seed)), FreeWriter(concepts, Random(seed + 1))
        self.pad = tokens.convert_tokens_to_ids(PAD)

    def batch(self, count: int, taught: int) -> tuple[Tensor, Tensor, Tensor]:
        """ids, lengths, labels of `count` captions, all but `taught` of them free."""
        rows: list[Said] = []
        while len(rows) < count:
            said = self._said(self.words[len(rows) >= taught], self.maker.scene())
            if said:
                rows.append(said)
        ids, lengths = self._padded(rows)
        return ids, lengths, torch.tensor([caption.labels for _, caption in rows])

    def twice(self, count: int, free: int) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
        """ids and lengths of `count` square scenes as taught, and of the same scenes again, the
        first `free` of them in free words. Both captions of a scene say as much."""
        taught: list[Said] = []
        heard: list[Said] = []
        while len(taught) < count:
            scene = self.maker.scene(1.0)
            again = self._said(self.words[len(taught) < free], scene)
            plain = self._as_much(again, scene) if again else None
            if again and plain:
                taught.append(plain)
                heard.append(again)
        return self._padded(taught), self._padded(heard)

    def _as_much(self, said: Said, scene: Scene) -> Said | None:
        for _ in range(TRIES):
            plain = self._said(self.words[0], scene)
            if plain and plain[1].labels == said[1].labels:
                return plain
        return None

    def _said(self, writer: CaptionWriter, scene: Scene) -> Said | None:
        caption = writer.write(scene)
        ids = encode(self.tokens, caption.text)
        return (ids, caption) if len(ids) <= MOST else None

    def _padded(self, rows: list[Said]) -> tuple[Tensor, Tensor]:
        """Padded as the transformer wants them, and their lengths."""
        room = -(-max(len(ids) for ids, _ in rows) // TOKEN_MULTIPLE) * TOKEN_MULTIPLE
        padded = [ids + [self.pad] * (room - len(ids)) for ids, _ in rows]
        return torch.tensor(padded), torch.tensor([len(ids) for ids, _ in rows])


def teach_free_words(
    encoder: Qwen3Model, sayings: Sayings, smallest: Tensor, pace: Pace, *, batch: int = 128,
    rate: float = 5e-4,
) -> tuple[float, float]:  # fmt: skip
    """Train in place; the running loss, and the share of objects read out of free captions."""
    before = copy.deepcopy(encoder).eval().requires_grad_(False)
    thumbs, probe = thumbnails(smallest), Probe(encoder.config.hidden_size, len(smallest))
    encoder.train().requires_grad_(True)
    alone = torch.optim.AdamW(probe.parameters(), ALONE_RATE, betas=(0.9, 0.98), fused=True)
    optimizer = torch.optim.AdamW(encoder.parameters(), rate, betas=(0.9, 0.98), fused=True)
    mean, right = RunningMean(0.98), RunningMean(0.95)
    for step, share in pace.progress():
        learning = share >= ALONE
        taught = batch - int(batch * FREE) if learning else batch
        ids, lengths, labels = sayings.batch(batch, taught)
        probe.requires_grad_(not learning)
        with autocast():
            with torch.no_grad():
                old = hidden_states(before, ids[:taught]).float()
            states = hidden_states(encoder, ids).float() if learning else old
            output = probe(states, lengths)
        loss = probe_loss(output, labels, thumbs)
        if learning:
            loss = loss + KEPT * drift(
                states[:taught], old, lengths[:taught], torch.ones(taught, dtype=torch.bool)
            )
            free = {"concept": output["concept"][taught:].float()}
            right.add(slot_accuracy(free, labels[taught:], len(smallest)))
        chosen, most = (optimizer, rate) if learning else (alone, ALONE_RATE)
        chosen.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_((encoder if learning else probe).parameters(), 1.0)
        within = (share - ALONE) / (1 - ALONE) if learning else share / ALONE
        chosen.param_groups[0]["lr"] = most * max(0.03, 1 - within)
        chosen.step()
        mean.add(loss.item())
        if step % 50 == 0:
            log.info("words step %d loss %.3f objects %.3f", step, mean.value, right.value)
    encoder.eval().requires_grad_(False)
    return mean.value, right.value
