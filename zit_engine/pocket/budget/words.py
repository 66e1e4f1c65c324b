"""The text encoder taught further, by the clock: drawn subjects, colours, whole sentences.

In: the encoder, chunks of captions, a pace. Out: the encoder changed in place. A new probe learns
alone first, so that its early gradients do not spoil the encoder; captions that hold nothing new
keep the states the transformer knows them by.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterator

import torch
from torch import Tensor
from transformers import Qwen3Model

from zit_engine.pocket.budget.flow import Watch
from zit_engine.pocket.captions import SLOTS
from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.pace import Pace
from zit_engine.pocket.phrases import COLOUR_NAMES, PROPS
from zit_engine.pocket.supply import Chunk
from zit_engine.pocket.text_encoder import (
    Probe,
    _Captions,
    hidden_states,
    probe_loss,
    slot_accuracy,
    thumbnails,
)

log = logging.getLogger(__name__)
ALONE = 0.12  # share of the time in which only the probe learns
KEPT = 0.3  # weight of staying near the old states
RELATION, PROP, COLOUR = 12, 13, slice(9, 12)  # label columns, as in captions.Caption


def familiar(labels: Tensor, concepts: list[Concept]) -> Tensor:
    """Which captions [N] hold only what the first model was taught: no drawn subject, colour of an
    object, relation or prop."""
    new = torch.tensor([concept.drawn for concept in concepts] + [False], device=labels.device)
    told = labels[:, PROP]
    return (
        ~new[labels[:, :SLOTS]].any(1)
        & (labels[:, COLOUR] == len(COLOUR_NAMES)).all(1)
        & (labels[:, RELATION] == 0)
        & ((told == 0) | (told == len(PROPS)))
    )


def drift(states: Tensor, before: Tensor, lengths: Tensor, rows: Tensor) -> Tensor:
    """Square distance of the states of `rows` from `before`, as a share of their spread."""
    said = torch.arange(states.shape[1], device=states.device)[None] < lengths[:, None]
    weight = (said & rows[:, None]).float()[..., None]
    apart = ((states.float() - before.float()) ** 2 * weight).sum()
    return apart / ((before.float() ** 2 * weight).sum() + 1.0)


def teach_words(
    encoder: Qwen3Model, concepts: list[Concept], source: Iterator[Chunk], smallest: Tensor,
    pace: Pace, rate: float = 7e-4, ahead: int = 12,
) -> tuple[float, float]:  # fmt: skip
    """Train in place; the running loss and the share of objects named on the last captions."""
    device = next(encoder.parameters()).device
    before = copy.deepcopy(encoder).eval().requires_grad_(False)
    thumbs = thumbnails(smallest).to(device)
    probe = Probe(encoder.config.hidden_size, len(smallest)).to(device)
    encoder.train().requires_grad_(True)
    parameters = [*encoder.parameters(), *probe.parameters()]
    optimizer = torch.optim.AdamW(
        parameters, rate, betas=(0.9, 0.98), weight_decay=0.01, fused=device.type == "cuda"
    )
    captions, watch = _Captions(source, device, ahead), Watch("words", [encoder, probe])
    right = 0.0
    for step, share in pace.progress():
        ids, lengths, labels = captions.batch(step)
        optimizer.param_groups[0]["lr"] = rate_of(rate, step, share) * watch.slower
        with torch.autocast("cuda", torch.bfloat16, enabled=device.type == "cuda"):
            with torch.no_grad():
                old = hidden_states(before, ids)
            states = old if share < ALONE else hidden_states(encoder, ids)
            output = probe(states, lengths)
        loss = probe_loss(output, labels, thumbs)
        if share >= ALONE:
            loss = loss + KEPT * drift(states, old, lengths, familiar(labels, concepts))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        watch.add(loss)
        if step % 150 == 0:
            right = slot_accuracy(output, labels, len(smallest))
            log.info("words step %d: %.1f %% of objects named", step, right * 100)
    watch.look()
    if pace.seconds > 0 and watch.steps:
        right = slot_accuracy(output, labels, len(smallest))
    encoder.eval().requires_grad_(False)
    return watch.value, right


def rate_of(rate: float, step: int, share: float) -> float:
    """Up over 100 steps, and again when the encoder joins, then down to 3 %."""
    joined = min(1.0, max(0.05, (share - ALONE) / 0.05)) if share >= ALONE else 1.0
    return rate * min(1.0, (step + 1) / 100) * joined * max(0.03, min(1.0, (1 - share) / 0.8))
