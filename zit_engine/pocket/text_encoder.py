"""Teaching the text encoder to name a scene's contents.

In: chunks of tokenised captions with labels. Out: a Qwen3Model whose layer before the last
holds what the caption says; the Probe that reads it is thrown away afterwards.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import Qwen3Model

from zit_engine.pocket.captions import SLOTS
from zit_engine.pocket.checkpoints import Keeper, Part
from zit_engine.pocket.pace import Pace, RunningMean
from zit_engine.pocket.supply import Chunk

log = logging.getLogger(__name__)
THUMB = 4 * 16 * 16  # the smallest level of the sprite pyramid, RGBA
# label column after the slots: (head, query it reads, classes, weight in the loss)
HEADS = {
    3: ("count", 3, 5, 1.0),
    4: ("backdrop", 4, 11, 1.0),
    5: ("first", 4, 16, 1.0),
    6: ("second", 4, 16, 1.0),
    7: ("side", 3, 3, 0.5),
    8: ("small", 3, 2, 0.5),
    9: ("colour_1", 0, 16, 0.7),
    10: ("colour_2", 1, 16, 0.5),
    11: ("colour_3", 2, 16, 0.3),
    12: ("relation", 3, 4, 0.5),
    13: ("prop", 4, 8, 0.7),
}
Batch = tuple[Tensor, Tensor, Tensor]  # ids, lengths, labels


def hidden_states(encoder: Qwen3Model, ids: Tensor) -> Tensor:
    """The states ZImagePipeline reads: the layer before the last, [N, L, width]."""
    output = encoder(input_ids=ids, output_hidden_states=True, use_cache=False)
    return output.hidden_states[-2]


class Probe(nn.Module):
    """Reads the scene out of caption states through five learned queries."""

    def __init__(self, width: int, concepts: int) -> None:
        super().__init__()
        self.queries = nn.Parameter(torch.randn(5, width) * 0.5)
        self.decoder = nn.ModuleList(
            nn.TransformerDecoderLayer(width, 4, 2 * width, 0.0, batch_first=True, norm_first=True)
            for _ in range(2)
        )
        self.norm, self.norm_memory = nn.LayerNorm(width), nn.LayerNorm(width)
        self.concept = nn.Linear(width, concepts + 1)
        self.thumb = nn.Linear(width, THUMB)
        self.last = nn.Linear(width, (concepts + 1) * SLOTS)
        self.heads = nn.ModuleDict(
            {name: nn.Linear(width, classes) for name, _, classes, _ in HEADS.values()}
        )

    def forward(self, states: Tensor, lengths: Tensor) -> dict[str, Tensor]:
        """Logits by name; "last" is read from the caption's final token alone."""
        places = torch.arange(states.shape[1], device=states.device)
        padding, memory = places[None] >= lengths[:, None], self.norm_memory(states)
        read = self.queries.expand(len(states), -1, -1)
        for layer in self.decoder:
            read = layer(read, memory, memory_key_padding_mask=padding)
        read = self.norm(read)
        final = memory[torch.arange(len(states), device=states.device), lengths - 1]
        output = {name: self.heads[name](read[:, query]) for name, query, _, _ in HEADS.values()}
        output["concept"] = self.concept(read[:, :SLOTS])
        output["thumb"] = self.thumb(read[:, :SLOTS])
        output["last"] = self.last(final).view(len(states), SLOTS, -1)
        return output


def thumbnails(smallest: Tensor) -> Tensor:
    """Targets of the thumb head: standardised 16 px sprites, and zeros for "nothing"."""
    flat = smallest[:, :4].float().flatten(1) / 255
    flat = flat - flat.mean(0)
    return torch.cat([flat / flat.std(), torch.zeros_like(flat[:1])])


def probe_loss(output: dict[str, Tensor], labels: Tensor, thumbs: Tensor) -> Tensor:
    """Name every slot, know its looks, its number, backdrop, colours and side."""

    def miss(logits: Tensor, target: Tensor) -> Tensor:
        return F.cross_entropy(logits.float().flatten(0, -2), target.flatten())

    slots = labels[:, :SLOTS]
    filled = (slots < len(thumbs) - 1).float()[..., None]
    looks = ((output["thumb"].float() - thumbs[slots]) ** 2 * filled).mean()
    loss = 2 * miss(output["concept"], slots) + miss(output["last"], slots) + looks
    for column, (name, _, _, weight) in HEADS.items():
        loss = loss + weight * miss(output[name], labels[:, column])
    return loss


def slot_accuracy(output: dict[str, Tensor], labels: Tensor, nothing: int) -> float:
    """Share of real objects the probe names right."""
    slots = labels[:, :SLOTS]
    real = slots < nothing
    return ((output["concept"].argmax(-1) == slots) & real).sum().item() / real.sum().item()


class _Captions:
    """The last 300 batches of captions; every third step takes a fresh one."""

    def __init__(self, source: Iterator[Chunk], device: torch.device, ahead: int) -> None:
        self.source, self.device = source, device
        self.kept: list[Batch] = []
        for _ in range(ahead):
            self.fresh()

    def fresh(self) -> Batch:
        chunk = next(self.source)
        parts = (chunk.ids, chunk.lengths, chunk.labels)
        ids, lengths, labels = (part.flatten(0, 1).to(self.device) for part in parts)
        self.kept = [*self.kept[-299:], (ids, lengths, labels)]
        return self.kept[-1]

    def batch(self, step: int) -> Batch:
        first = self.fresh() if step % 3 == 0 else random.choice(self.kept)
        pairs = zip(first, random.choice(self.kept), strict=True)
        ids, lengths, labels = (torch.cat(pair) for pair in pairs)
        return ids, lengths, labels


def train_text_encoder(
    encoder: Qwen3Model,
    source: Iterator[Chunk],
    smallest: Tensor,
    pace: Pace,
    rate: float = 1e-3,
    ahead: int = 30,
    keeper: Keeper | None = None,
) -> float:
    """Train in place with a fresh probe. Returns the running loss."""
    device = next(encoder.parameters()).device
    thumbs = thumbnails(smallest).to(device)
    probe = Probe(encoder.config.hidden_size, len(smallest)).to(device)
    encoder.train().requires_grad_(True)
    parameters = [*encoder.parameters(), *probe.parameters()]
    optimizer = torch.optim.AdamW(parameters, rate, betas=(0.9, 0.98), weight_decay=0.01)
    captions, mean = _Captions(source, device, ahead), RunningMean()
    keeper = keeper or Keeper()
    parts: dict[str, Part] = {"encoder": encoder, "probe": probe, "adam": optimizer}
    for step, share in keeper.resume(parts, pace).progress():
        ids, lengths, labels = captions.batch(step)
        optimizer.param_groups[0]["lr"] = rate * min(1, (step + 1) / 100) * max(0.03, 1 - share)
        output = probe(hidden_states(encoder, ids), lengths)
        loss = probe_loss(output, labels, thumbs)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        mean.add(loss.item())
        keeper.keep(parts, step + 1)
        if step % 150 == 0:
            right = slot_accuracy(output, labels, len(smallest))
            log.info("text step %d loss %.3f objects %.3f", step, mean.value, right)
    encoder.eval().requires_grad_(False)
    return mean.value
