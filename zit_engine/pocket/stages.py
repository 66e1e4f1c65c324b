"""The stages of making the model, each reading and writing folders below one work folder.

Order: tokenizer, vae, text encoder, transformer at 128, 256 and 512 px, distillation, doubling of
the vae; then assemble. A stage keeps its state in checkpoints/ and goes on from there when it is
run again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import torch
from diffusers import AutoencoderKL, ZImageTransformer2DModel
from torch import Tensor
from transformers import PreTrainedTokenizerFast, Qwen3Model

from zit_engine.pocket import diffusion, previews, tokenizer, vae
from zit_engine.pocket.assemble import DOUBLED, assemble, load_pipeline
from zit_engine.pocket.attributes import RICH
from zit_engine.pocket.bank import LENGTH_SHARES, LatentBank, fill, no_caption
from zit_engine.pocket.checkpoints import Keeper
from zit_engine.pocket.concepts import Concept
from zit_engine.pocket.doubling import doubled
from zit_engine.pocket.look import PROMPTS
from zit_engine.pocket.pace import Pace
from zit_engine.pocket.sharpening import SoftPairMaker, train_decoder
from zit_engine.pocket.sizes import POCKET, Size, new_text_encoder, new_transformer, new_vae
from zit_engine.pocket.supply import Chunk, SceneSupply, chunks
from zit_engine.pocket.text_encoder import train_text_encoder
from zit_engine.pocket.transformer import initialise
from zit_engine.pocket.vocabulary import every_concept, every_pyramid

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Scale:
    """How much material a stage uses. 128 and 256 px as the shipped model was made on one GPU;
    512 px holds 5 GB of latents and was never run."""

    chunk: int = 256
    vae_chunks: int = 100
    vae_batch: int = 32
    text_ahead: int = 30
    # side: (scenes, batch)
    transformer: tuple[tuple[int, int, int], ...] = (
        (128, 90_000, 512), (256, 90_000, 256), (512, 40_000, 64)
    )  # fmt: skip
    distill: tuple[tuple[int, int, int], ...] = ((256, 9_000, 256), (512, 6_000, 64))
    soft_pairs: int = 672  # pictures of 512 px
    keep_every: float = 120.0  # seconds
    previews: int = 8  # prompts


@dataclass
class Stages:
    """A work folder and what every stage needs."""

    work: Path
    packages: Path
    device: str = "cpu"
    workers: int = 0
    size: Size = POCKET
    scale: Scale = Scale()
    concepts: list[Concept] = field(default_factory=every_concept)

    def __post_init__(self) -> None:
        if self.device == "cuda":
            torch.set_float32_matmul_precision("high")  # TF32: no mixed precision is used

    @cached_property
    def pyramid(self) -> list[Tensor]:
        return [level.to(self.device) for level in every_pyramid(self.packages, self.concepts)]

    @cached_property
    def tokens(self) -> PreTrainedTokenizerFast:
        return PreTrainedTokenizerFast.from_pretrained(self.work / "tokenizer")

    def supply(self, count: int, square: bool = False, side: int = 256) -> Iterator[Chunk]:
        source = SceneSupply(
            self.concepts, self.tokens, count, side, square=square, attributes=RICH
        )
        return chunks(source, self.workers)

    def keeper(self, stage: str) -> Keeper:
        return Keeper(self._checkpoint(stage), self.scale.keep_every)

    def _checkpoint(self, stage: str) -> Path:
        return self.work / "checkpoints" / f"{stage}.safetensors"

    def preview(self, stage: str) -> Path:
        return self.work / "previews" / f"{stage}.png"

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
        vae.train_vae(model, bank, big, pace, self.scale.vae_batch, keeper=self.keeper("vae"))
        model.to(torch.bfloat16).save_pretrained(self.work / "vae")
        fresh = vae.picture_bank(vae.first_chunks(source, 1), self.pyramid)[:24]
        pictures = fresh.float() / 127.5 - 1
        previews.before_and_after(model.float(), pictures[:8]).save(self._ready("vae"))
        return vae.psnr(model, pictures)

    def make_text_encoder(self, pace: Pace, rate: float = 1e-3, stage: str = "text") -> float:
        """Write text_encoder/, continuing from it where it exists; returns the loss."""
        folder = self.work / "text_encoder"
        if folder.exists():
            encoder = Qwen3Model.from_pretrained(folder, dtype=torch.float32)
        else:
            pad = self.tokens.convert_tokens_to_ids(tokenizer.PAD)
            encoder = new_text_encoder(self.size, len(self.tokens), pad)
        encoder = encoder.to(self.device)
        smallest, ahead = self.pyramid[-1][: len(self.concepts)], self.scale.text_ahead
        loss = train_text_encoder(
            encoder, self.supply(self.scale.chunk * 2), smallest, pace, rate, ahead,
            keeper=self.keeper(stage),
        )  # fmt: skip
        encoder.to(torch.bfloat16).save_pretrained(folder)
        return loss

    def _parts(self) -> tuple[AutoencoderKL, Qwen3Model]:
        decoder = AutoencoderKL.from_pretrained(self.work / "vae").float().to(self.device).eval()
        encoder = Qwen3Model.from_pretrained(self.work / "text_encoder", dtype=torch.float32)
        return decoder, encoder.to(self.device).eval()

    def _material(self, *wanted: tuple[int, int]) -> tuple[LatentBank, diffusion.Empty]:
        """A bank with so many scenes at each side, and the empty captions."""
        decoder, encoder = self._parts()
        bank = LatentBank()
        for side, scenes in wanted:
            # 128 px pictures are halved ones of 256
            source = self.supply(self.scale.chunk, side=max(side, 256))
            fill(source, scenes, max(side, 256), self.pyramid, decoder, encoder, bank)
        empty = {length: no_caption(encoder, self.tokens, length) for length in LENGTH_SHARES}
        return bank, empty

    def make_transformer(self, side: int, pace: Pace) -> float:
        """Train at one side of `scale.transformer`, from where the side before ended.

        Writes transformer/ (the averaged weights).
        """
        sides = [each for each, _, _ in self.scale.transformer]
        place = sides.index(side)
        model = new_transformer(self.size).to(self.device)
        initialise(model)
        trainer, stage = diffusion.Trainer(model), f"transformer-{side}"
        if place:
            trainer.begin_from(self._checkpoint(f"transformer-{sides[place - 1]}"))
        _, scenes, batch = self.scale.transformer[place]
        bank, empty = self._material((side, scenes))
        decay = 0.3 if place == len(sides) - 1 else 0.0
        keeper = self.keeper(stage)
        loss = trainer.train(bank, side, batch, empty, pace, decay, keeper=keeper)
        trainer.mean.save_pretrained(self.work / "transformer")
        self._paint(trainer.mean.eval(), stage, side)
        return loss

    def distill(self, pace: Pace, guidance: float = 2.5) -> float:
        """Write student/ from transformer/; returns the loss."""
        teacher = ZImageTransformer2DModel.from_pretrained(self.work / "transformer")
        bank, empty = self._material(*((side, scenes) for side, scenes, _ in self.scale.distill))
        batches = tuple((side, batch) for side, _, batch in self.scale.distill)
        student, loss = diffusion.distill(
            teacher.to(self.device), bank, batches, empty, pace, guidance,
            keeper=self.keeper("distill"),
        )  # fmt: skip
        student.save_pretrained(self.work / "student")
        self._paint(student, "distill", batches[-1][0])
        return loss

    def double(self, pace: Pace) -> float:
        """Write vae-doubled/ from all other parts; returns its fidelity on fresh scenes in dB."""
        small = self.work / "small"
        assemble(self.work, small, vae="vae")
        pyramid = [level.cpu() for level in self.pyramid]
        maker = SoftPairMaker(load_pipeline(small), self.concepts, pyramid, {}, seed=1)
        pairs, fresh = maker.make(self.scale.soft_pairs), maker.make(8)
        model = doubled(maker.pipe.vae).to(self.device)
        train_decoder(model, pairs, pace, keeper=self.keeper("double"))
        model.to(torch.bfloat16).save_pretrained(self.work / DOUBLED)
        pictures = fresh.pictures.to(self.device).float() / 127.5 - 1
        previews.before_and_after(model.float(), pictures).save(self._ready("double"))
        return vae.psnr(model, pictures)

    def _paint(self, model: ZImageTransformer2DModel, stage: str, side: int) -> None:
        decoder, encoder = self._parts()
        prompts = PROMPTS[: self.scale.previews]
        sheet = previews.prompts_sheet(model, decoder, encoder, self.tokens, side, prompts)
        sheet.save(self._ready(stage))

    def _ready(self, stage: str) -> Path:
        file = self.preview(stage)
        file.parent.mkdir(parents=True, exist_ok=True)
        return file
