"""The stages of making the model, each reading and writing folders below one work folder.

Order: tokenizer, vae, text encoder, transformer, distillation; then assemble.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch
from diffusers import AutoencoderKL, ZImageTransformer2DModel
from torch import Tensor
from transformers import PreTrainedTokenizerFast, Qwen3Model

from zit_engine.pocket import diffusion, tokenizer, vae
from zit_engine.pocket.bank import LENGTH_SHARES, LatentBank, fill, no_caption
from zit_engine.pocket.concepts import Concept, load_concepts, load_pyramid
from zit_engine.pocket.pace import Pace
from zit_engine.pocket.sizes import POCKET, Size, new_text_encoder, new_transformer, new_vae
from zit_engine.pocket.supply import Chunk, SceneSupply, chunks
from zit_engine.pocket.text_encoder import train_text_encoder
from zit_engine.pocket.transformer import initialise

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Scale:
    """How much material a stage uses; the defaults made the shipped model on one GPU."""

    chunk: int = 256
    vae_chunks: int = 100
    vae_batch: int = 32
    text_ahead: int = 30
    scenes: int = 90_000
    batches: tuple[tuple[int, int], ...] = ((128, 512), (256, 256))  # resolution, batch


@dataclass
class Stages:
    """A work folder and what every stage needs."""

    work: Path
    packages: Path
    device: str = "cpu"
    workers: int = 0
    size: Size = POCKET
    scale: Scale = Scale()

    @cached_property
    def concepts(self) -> list[Concept]:
        return load_concepts()

    @cached_property
    def pyramid(self) -> list[Tensor]:
        levels = load_pyramid(self.packages, self.concepts)
        return [level.to(self.device) for level in levels]

    @cached_property
    def tokens(self) -> PreTrainedTokenizerFast:
        return PreTrainedTokenizerFast.from_pretrained(self.work / "tokenizer")

    def supply(self, count: int, square: bool = False) -> Iterator[Chunk]:
        return chunks(SceneSupply(self.concepts, self.tokens, count, square=square), self.workers)

    def make_tokenizer(self, captions: int = 60_000) -> None:
        """Write tokenizer/."""
        tokenizer.train_tokenizer(self.concepts, captions).save_pretrained(self.work / "tokenizer")

    def make_vae(self, pace: Pace) -> float:
        """Write vae/; returns its fidelity on fresh scenes in dB."""
        source = self.supply(min(self.scale.chunk, 64), square=True)
        bank = vae.picture_bank(vae.first_chunks(source, self.scale.vae_chunks), self.pyramid)
        few = max(1, self.scale.vae_chunks // 12)
        big = vae.big_bank(vae.first_chunks(source, few), self.pyramid)
        model = new_vae(self.size).to(self.device)
        vae.train_vae(model, bank, big, pace, self.scale.vae_batch)
        model.to(torch.bfloat16).save_pretrained(self.work / "vae")
        fresh = vae.picture_bank(vae.first_chunks(source, 1), self.pyramid)[:24]
        return vae.psnr(model.float(), fresh.float() / 127.5 - 1)

    def make_text_encoder(self, pace: Pace, rate: float = 1e-3) -> float:
        """Write text_encoder/, continuing from it where it exists; returns the loss."""
        folder = self.work / "text_encoder"
        if folder.exists():
            encoder = Qwen3Model.from_pretrained(folder, dtype=torch.float32)
        else:
            pad = self.tokens.convert_tokens_to_ids(tokenizer.PAD)
            encoder = new_text_encoder(self.size, len(self.tokens), pad)
        encoder = encoder.to(self.device)
        source = self.supply(self.scale.chunk * 2)
        smallest, ahead = self.pyramid[-1], self.scale.text_ahead
        loss = train_text_encoder(encoder, source, smallest, pace, rate, ahead)
        encoder.to(torch.bfloat16).save_pretrained(folder)
        return loss

    def _material(self, scenes: int) -> tuple[LatentBank, diffusion.Empty]:
        decoder = AutoencoderKL.from_pretrained(self.work / "vae").float().to(self.device).eval()
        encoder = Qwen3Model.from_pretrained(self.work / "text_encoder", dtype=torch.float32)
        encoder = encoder.to(self.device).eval()
        source = self.supply(self.scale.chunk)
        bank = fill(source, scenes, 256, self.pyramid, decoder, encoder)
        empty = {length: no_caption(encoder, self.tokens, length) for length in LENGTH_SHARES}
        return bank, empty

    def make_transformer(self, paces: list[Pace]) -> float:
        """Train at 128 px, then at 256 px; write transformer/ (the averaged weights)."""
        model = new_transformer(self.size).to(self.device)
        initialise(model)
        bank, empty = self._material(self.scale.scenes)
        trainer, loss = diffusion.Trainer(model), float("nan")
        for pace, (resolution, batch) in zip(paces, self.scale.batches, strict=True):
            loss = trainer.train(bank, resolution, batch, empty, pace)
        trainer.mean.save_pretrained(self.work / "transformer")
        return loss

    def distill(self, pace: Pace, guidance: float = 2.5) -> float:
        """Write student/ from transformer/; returns the loss."""
        teacher = ZImageTransformer2DModel.from_pretrained(self.work / "transformer")
        bank, empty = self._material(max(1, self.scale.scenes // 10))
        resolution, batch = self.scale.batches[-1]
        teacher = teacher.to(self.device)
        student, loss = diffusion.distill(teacher, bank, resolution, batch, empty, pace, guidance)
        student.save_pretrained(self.work / "student")
        return loss
