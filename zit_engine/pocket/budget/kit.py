"""What the stages of a run share: how much of everything, the parts, the pool, the files.

In: a start folder and a work folder; what an earlier process of the same run has exported is
taken before what the run started from. Out: a Kit.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from zit_engine.pocket.attributes import RICH
from zit_engine.pocket.bank import no_caption
from zit_engine.pocket.budget.clock import Clock
from zit_engine.pocket.budget.pool import LENGTHS, Pool
from zit_engine.pocket.budget.starting import Parts, open_parts, open_pyramid
from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.diffusion import Empty
from zit_engine.pocket.supply import Chunk, SceneSupply, chunks
from zit_engine.pocket.tokenizer import encode
from zit_engine.pocket.vocabulary import every_concept

# what shops sell, and what can bear a colour, twice as often as the rest, mostly with one
SHOWN = replace(RICH, coloured=0.7, favoured=2.0)


@dataclass(frozen=True)
class Amounts:
    """Sizes for one data-centre GPU and sixteen cores."""

    chunk: int = 512  # scenes; words take two captions of each
    workers: int = 11
    flow: int = 256  # batches
    distil: int = 256
    style: int = 128
    pairs: int = 1536
    room: int = 60_000  # scenes in the pool
    first: int = 20_000  # of them before the first step
    fresh_every: int = 40  # steps between two chunks into the pool
    judge: int = 256


TOY = Amounts(4, 0, 2, 2, 2, 2, 64, 12, 4, 8)


@dataclass
class Kit:
    """A run's material."""

    start: Path
    work: Path
    clock: Clock
    amounts: Amounts
    device: torch.device
    compiled: bool = False

    @property
    def kind(self) -> torch.dtype:
        return torch.bfloat16 if self.device.type == "cuda" else torch.float32

    @cached_property
    def concepts(self) -> list[Concept]:
        return run_concepts(self.start)

    @cached_property
    def source(self) -> Iterator[Chunk]:
        """Its processes start here: ask for it before anything touches the GPU."""
        tokens, amounts = self.parts.tokens, self.amounts
        seed = 50_000 + 1000 * int(self.clock.now())  # a restarted run sees other scenes
        supply = SceneSupply(self.concepts, tokens, amounts.chunk, seed=seed, attributes=SHOWN)
        return chunks(supply, amounts.workers)

    @cached_property
    def parts(self) -> Parts:
        return self._exported(open_parts(self.start))

    def _exported(self, parts: Parts) -> Parts:
        """The parts with what this run has exported of them."""
        for name, module in (("text_encoder", parts.encoder), ("transformer", parts.transformer)):
            file = self.export_file(name)
            if file.exists():
                module.load_state_dict({key: w.float() for key, w in load_file(file).items()})
        return parts

    def go_back(self) -> None:
        """The parts become, where they are, what was exported last: a stage that failed leaves
        nothing of itself that is not on disk too."""
        if "parts" not in self.__dict__:
            return
        good = self._exported(open_parts(self.start))
        for own, other in (
            (self.parts.encoder, good.encoder), (self.parts.transformer, good.transformer)
        ):  # fmt: skip
            own.load_state_dict(other.state_dict())
            own.eval().requires_grad_(False)

    @cached_property
    def pyramid(self) -> list[Tensor]:
        return open_pyramid(self.start, self.concepts, self.device)

    @cached_property
    def pool(self) -> Pool:
        parts = self.parts
        for module in (parts.vae, parts.encoder):
            module.to(self.device)
        parts.vae.to(memory_format=torch.channels_last)
        unsaid = encode(parts.tokens, "")
        return Pool(self.source, self.pyramid, parts.vae, parts.encoder, unsaid, self.amounts.room)

    @cached_property
    def empty(self) -> Empty:
        encoder = self.parts.encoder.to(self.device)
        return {length: no_caption(encoder, self.parts.tokens, length) for length in LENGTHS}

    def export_file(self, name: str) -> Path:
        return self.work / "export" / f"{name}.safetensors"

    def export(self, name: str, weights: nn.Module | dict[str, Tensor], **notes: object) -> None:
        """Put a part where the packing process finds it, whole, in bfloat16."""
        held = weights.state_dict() if isinstance(weights, nn.Module) else weights
        half = {
            key: value.detach().to(torch.bfloat16).cpu().contiguous() for key, value in held.items()
        }
        if not is_finite(half):
            raise ArithmeticError(f"{name} holds values that are no numbers")
        file = self.export_file(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_suffix(".part")
        save_file(half, str(partial), metadata={"format": "pt", "notes": json.dumps(notes)})
        partial.replace(file)


def is_finite(weights: nn.Module | dict[str, Tensor]) -> bool:
    """Whether every value is a number."""
    held = weights.state_dict() if isinstance(weights, nn.Module) else weights
    return all(bool(value.isfinite().all()) for value in held.values())


def run_concepts(start: Path) -> list[Concept]:
    """The concepts a start folder has sprites of, in the usual order."""
    file = start / "codes.json"
    codes = set(json.loads(file.read_text(encoding="utf-8")))
    return [concept for concept in every_concept() if concept.code in codes]
