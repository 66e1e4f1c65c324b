"""The lessons in order, or on from where they were cut; then the model's folder.

In: the folders of the first model (the teacher) and of the model to go on from, which may be the
same; the unpacked picture package. Out: a pipeline folder; in the work folder the state, every
few minutes, and what the words' lessons made.
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
from zit_engine.pocket.further.hearing import teach_hearing
from zit_engine.pocket.further.material import Material
from zit_engine.pocket.further.teaching import Model, teach
from zit_engine.pocket.further.words import Sayings, teach_free_words
from zit_engine.pocket.pace import Pace
from zit_engine.pocket.quick_block import quick_block
from zit_engine.pocket.tokenizer import PAD, TOKENS, encode
from zit_engine.pocket.transformer import plain_block

log = logging.getLogger(__name__)
# In the work folder: the encoder after each of its lessons.
LESSONS = {"words": "encoder.safetensors", "hearing": "heard.safetensors"}


@dataclass(frozen=True)
class Plan:
    """How long each lesson takes (none: left out), how much at once, and whether layers are
    compiled."""

    words: Pace | None
    pictures: Pace | None
    hearing: Pace | None = None
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
    student_model = Model(pipe.transformer, pipe.text_encoder, block)
    teacher_model = Model(first.transformer, first.text_encoder, block)
    sayings = Sayings(concepts, pipe.tokenizer, plan.seed)
    if plan.words and not _is_done(student_model, work / LESSONS["words"]):
        smallest = pyramid[-1][: len(concepts)]
        loss, read = teach_free_words(
            pipe.text_encoder, sayings, smallest, plan.words, batch=plan.sayings
        )
        told |= {"words loss": loss, "objects read out of free words": read}
        _done(student_model, work / LESSONS["words"])
    if plan.hearing and not _is_done(student_model, work / LESSONS["hearing"]):
        heard, kept = teach_hearing(
            student_model, teacher_model, sayings, plan.hearing, batch=plan.batch
        )
        told |= {"heard": heard, "heard as taught": kept}
        _done(student_model, work / LESSONS["hearing"])
    if plan.pictures:
        vae = pipe.vae.to(memory_format=torch.channels_last)
        material = Material(concepts, pyramid, vae, pipe.tokenizer, plan.seed)
        student_model, known, new = teach(
            student_model, teacher_model, material,
            no_words(pipe.tokenizer), plan.pictures, batch=plan.batch, first=plan.first,
            keeper=Keeper(work / "further.safetensors"),
        )  # fmt: skip
        told |= {"known": known, "new": new}
    write_model(student, student_model, out)
    return told


def _is_done(model: Model, file: Path) -> bool:
    """True where a lesson of the encoder was finished before; the encoder is then what it made."""
    if file.exists():
        model.encoder.load_state_dict(load_file(file))
    return file.exists()


def _done(model: Model, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    save_file(model.encoder.state_dict(), str(file))


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
