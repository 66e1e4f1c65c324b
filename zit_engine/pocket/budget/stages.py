"""The stages of a run: words, flow, distillation, adapters. Each exports what it has learnt.

In: a Kit and a pace. Out: figures for the summary. A stage that raises leaves the parts of those
before it, which the next one goes on from.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable

import torch
from diffusers import ZImageTransformer2DModel
from torch import nn

from zit_engine.pocket import previews
from zit_engine.pocket.budget.distil import train_student
from zit_engine.pocket.budget.fast import Net, Runner
from zit_engine.pocket.budget.flow import Listener, train_flow
from zit_engine.pocket.budget.kit import Kit, is_finite
from zit_engine.pocket.budget.styles import paint_pairs, train_style
from zit_engine.pocket.budget.words import teach_words
from zit_engine.pocket.filters import FILTERS
from zit_engine.pocket.look import NEW_PROMPTS, PROMPTS
from zit_engine.pocket.pace import Pace
from zit_engine.pocket.tokenizer import TOKENS

log = logging.getLogger(__name__)
Figures = dict[str, float]
WARM = "warm.json"
WARM_UNTIL = 0.2  # of the usable time: how long flow waits for the compiler's trial


def words(kit: Kit, pace: Pace) -> Figures:
    """The text encoder; its states are those of the rounded weights from then on."""
    encoder = kit.parts.encoder.to(kit.device)
    smallest = kit.pyramid[-1][: len(kit.concepts)]
    ahead = 12 if kit.amounts.workers else 1
    pace = _now(kit, "words")  # the sprites took some of it
    loss, named = teach_words(encoder, kit.concepts, kit.source, smallest, pace, ahead=ahead)
    kit.export("text_encoder", encoder, loss=loss, objects_named=named)
    for parameter in encoder.parameters():  # not its buffers: turns must stay exact
        parameter.data = parameter.data.bfloat16().float()
    return {"loss": loss, "objects_named": named}


def flow(kit: Kit, pace: Pace) -> Figures:
    """The transformer on scenes: the pool first, which the pace counts as well."""
    kit.pool.fill(min(kit.amounts.first, kit.amounts.room))
    log.info("pool: %d scenes at %.0f s", kit.pool.added, kit.clock.now())
    kit.compiled = kit.compiled and _compiler_is_good(kit)
    net = Net(kit.parts.transformer.to(kit.device).train(), Runner(kit.compiled), kit.kind)

    listener = Listener(kit.parts.encoder)

    def keep(mean: nn.Module, heard: nn.Module) -> None:
        if not (is_finite(mean) and is_finite(heard)):
            log.warning("flow: not kept, as values are no numbers; the next look goes back")
            return
        kit.export("transformer", mean, stage="flow, cut")
        kit.export("text_encoder", heard, stage="flow, cut")

    def run(batch: int) -> tuple[nn.Module, float]:
        return train_flow(
            net, kit.pool, listener, _now(kit, "flow"), batch,
            fresh_every=kit.amounts.fresh_every, keep=keep,
        )  # fmt: skip

    mean, loss = _smaller(run, kit.amounts.flow)
    listener.finish()
    kit.export("transformer", mean, stage="flow", loss=loss)
    kit.export("text_encoder", listener.encoder, stage="flow", loss=loss)
    kit.parts.transformer.load_state_dict(mean.state_dict())
    _preview(kit, mean, "flow")
    return {"loss": loss, "scenes": kit.pool.added}


def distil(kit: Kit, pace: Pace) -> Figures:
    """Eight steps, no guidance."""
    kit.pool.fill(min(kit.amounts.first, kit.amounts.room))
    teacher = kit.parts.transformer.to(kit.device)

    def run(batch: int) -> tuple[nn.Module, float]:
        return train_student(
            teacher, kit.pool, kit.empty, _now(kit, "distil"), batch, Runner(kit.compiled),
            kit.kind,
        )  # fmt: skip

    student, loss = _smaller(run, kit.amounts.distil)
    kit.export("transformer", student, stage="distil", loss=loss)
    kit.parts.transformer.load_state_dict(student.state_dict())
    _preview(kit, student, "distil")
    return {"loss": loss}


def styles(kit: Kit, pace: Pace) -> Figures:
    """An adapter for every filter, each with an equal share of what time is left."""
    kit.pool.fill(kit.amounts.pairs)
    runner = Runner(kit.compiled)
    net = Net(kit.parts.transformer.to(kit.device).eval(), runner, kit.kind, train=False)
    short = {place: ring for place, ring in kit.pool.rings.items() if place[2] == TOKENS}
    (rows, columns, _), ring = max(short.items(), key=lambda each: each[1].filled)
    count = min(kit.amounts.pairs, ring.filled)
    with torch.no_grad():
        states, lengths = kit.pool.states(ring.ids[:count, 0]), ring.lengths[:count, 0]
    painted = paint_pairs(net, kit.parts.vae, states, lengths, rows * 8, columns * 8)
    log.info("%d pairs painted at %.0f s", count, kit.clock.now())
    figures: Figures = {}
    for i, style in enumerate(FILTERS):
        now = _now(kit, "styles")
        pace = Pace(now.seconds / (len(FILTERS) - i), now.steps)
        weights, loss = train_style(net, kit.parts.vae, style, painted, pace, kit.amounts.style)
        kit.export(f"lora-{style}", weights, loss=loss)
        figures[style] = loss
    return figures


STAGES: dict[str, Callable[[Kit, Pace], Figures]] = {
    "words": words, "flow": flow, "distil": distil, "styles": styles
}  # fmt: skip


def _now(kit: Kit, stage: str) -> Pace:
    """What a stage has left by now; a moment where it has nothing, so that it exports."""
    return kit.clock.pace(stage) or Pace(0.5)


def _smaller(run: Callable[[int], tuple[nn.Module, float]], batch: int) -> tuple[nn.Module, float]:
    """`run` with half the batch, twice at most, where the GPU's memory is too small."""
    for size in (batch, batch // 2):
        try:
            return run(size)
        except torch.cuda.OutOfMemoryError:
            log.warning("no memory for a batch of %d", size)
            torch.cuda.empty_cache()
    return run(batch // 4)


def _compiler_is_good(kit: Kit) -> bool:
    """What the trial beside says; it may still be at it."""
    file = kit.work / WARM
    while not file.exists() and kit.clock.left(WARM_UNTIL) > 0:
        time.sleep(0.5)
    if not file.exists():
        log.warning("no word of the compiler's trial: going without")
        return False
    told = json.loads(file.read_text(encoding="utf-8"))
    log.info("compiler's trial at %.0f s: %s", kit.clock.now(), told)
    return bool(told["good"])


@torch.no_grad()
def _preview(kit: Kit, model: ZImageTransformer2DModel, stage: str) -> None:
    parts, file = kit.parts, kit.work / "previews" / f"{stage}.jpg"
    file.parent.mkdir(parents=True, exist_ok=True)
    prompts = (*PROMPTS, *NEW_PROMPTS) if kit.device.type == "cuda" else NEW_PROMPTS[:2]
    sheet = previews.prompts_sheet(model, parts.vae, parts.encoder, parts.tokens, 256, prompts)
    sheet.save(file, quality=88)
