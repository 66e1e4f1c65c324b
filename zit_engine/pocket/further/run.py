"""Both lessons in order, or on from where they were cut; then the model's folder.

In: the folders of the first model (the teacher) and of the model to go on from, which may be the
same; the unpacked picture package. Out: a pipeline folder; in the work folder the state, every
few minutes, and what the words' lesson made.
"""

from __future__ import annotations

import logging
import shutil
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import PreTrainedTokenizerFast

from zit_engine.pocket.assemble import load_pipeline
from zit_engine.pocket.budget.starting import WEIGHTS
from zit_engine.pocket.checkpoints import Keeper
from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.further.material import Material
from zit_engine.pocket.further.teaching import Model, teach
from zit_engine.pocket.further.words import Sayings, teach_free_words
from zit_engine.pocket.pace import Pace
from zit_engine.pocket.quick_block import quick_block
from zit_engine.pocket.tokenizer import PAD, TOKENS, encode
from zit_engine.pocket.transformer import plain_block

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Plan:
    """How long each lesson takes (`pictures` none: words alone), how much at once, and whether
    layers are compiled."""

    words: Pace
    pictures: Pace | None
    batch: int = 16
    sayings: int = 128
    first: int = 256
    compiled: bool = False
    seed: int = 1


def go_further(
    teacher: Path, student: Path, concepts: list[Concept], pyramid: list[Tensor], plan: Plan,
    work: Path, out: Path,
) -> dict[str, float]:  # fmt: skip
    """Teach, write OUT; the last figures of both lessons. Raises FileNotFoundError for a folder
    that holds no model."""
    block = quick_block() if plan.compiled else plain_block
    first, pipe = load_pipeline(teacher), load_pipeline(student)
    torch.manual_seed(plan.seed)
    told: dict[str, float] = {}
    words_file = work / "encoder.safetensors"
    if words_file.exists():
        pipe.text_encoder.load_state_dict(load_file(words_file))
    else:
        sayings = Sayings(concepts, pipe.tokenizer, plan.seed)
        smallest = pyramid[-1][: len(concepts)]
        loss, read = teach_free_words(
            pipe.text_encoder, sayings, smallest, plan.words, batch=plan.sayings
        )
        told |= {"words loss": loss, "objects read out of free words": read}
        work.mkdir(parents=True, exist_ok=True)
        save_file(pipe.text_encoder.state_dict(), str(words_file))
    student_model = Model(pipe.transformer, pipe.text_encoder, block)
    if plan.pictures:
        vae = pipe.vae.to(memory_format=torch.channels_last)
        material = Material(concepts, pyramid, vae, pipe.tokenizer, plan.seed)
        student_model, known, new = teach(
            student_model, Model(first.transformer, first.text_encoder, block), material,
            no_words(pipe.tokenizer), plan.pictures, batch=plan.batch, first=plan.first,
            keeper=Keeper(work / "further.safetensors"),
        )  # fmt: skip
        told |= {"known": known, "new": new}
    write_model(student, student_model, out)
    return told


def no_words(tokens: PreTrainedTokenizerFast) -> tuple[Tensor, Tensor]:
    """Padded ids [1, 32] and length [1] of the empty caption."""
    ids, pad = encode(tokens, ""), tokens.convert_tokens_to_ids(PAD)
    return torch.tensor([ids + [pad] * (TOKENS - len(ids))]), torch.tensor([len(ids)])


def write_model(source: Path, model: Model, out: Path) -> None:
    """The folder of `source` with other weights, in bfloat16."""
    shutil.copytree(source, out, dirs_exist_ok=True)
    parts: dict[str, nn.Module] = {"transformer": model.transformer, "text_encoder": model.encoder}
    for part, module in parts.items():
        halves = {
            key: value.to(torch.bfloat16).contiguous() for key, value in module.state_dict().items()
        }
        save_file(halves, str(out / part / WEIGHTS[part]), metadata={"format": "pt"})
    log.info("written: %s", out)
