"""The command that gives a finished model a decoder of twice the side, or teaches it longer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import torch
import typer

from zit_engine.pocket.assemble import load_pipeline
from zit_engine.pocket.checkpoints import Keeper, mark_of
from zit_engine.pocket.doubling import doubled
from zit_engine.pocket.exam.measures import load_adapters
from zit_engine.pocket.pace import Pace
from zit_engine.pocket.sharpening import SoftPairMaker, train_decoder
from zit_engine.pocket.stage_log import log_to
from zit_engine.pocket.vae import LESSON_CELL_PX, cell_px, psnr
from zit_engine.pocket.vocabulary import every_concept, every_pyramid

FRESH = 24  # scenes that no lesson had, to measure the decoder with


def double_command(
    packages: Annotated[Path, typer.Option(help="Folder with the unpacked picture package.")],
    out: Annotated[Path, typer.Option(help="Folder of the VAE that is written.")],
    model: Annotated[Path, typer.Option(help="The pipeline folder.")] = Path("assets/pocket"),
    styles: Annotated[Path, typer.Option(help="Folder of the catalogue.")] = Path("style_loras"),
    work: Annotated[Path, typer.Option(help="Folder the state is kept in.")] = Path("work"),
    pairs: Annotated[int, typer.Option(help="Pictures to learn from.")] = 672,
    minutes: Annotated[float, typer.Option(help="How long to train.")] = 40.0,
    seed: int = 1,
) -> None:
    """Teach MODEL's decoder to paint sharp what its transformer means; run again after a cut.

    A decoder of 8 px a latent is made one of 16 first. OUT may be MODEL/vae.
    """
    log_to(work / "logs" / "double.log")
    pipe, concepts = load_pipeline(model), every_concept()
    adapters = {each.style: each for each in load_adapters(styles)}
    for style, each in adapters.items():
        pipe.load_lora_weights(
            str(each.file.parent), weight_name=each.file.name, adapter_name=style
        )
    weights = {style: each.weight for style, each in adapters.items()}
    maker = SoftPairMaker(pipe, concepts, every_pyramid(packages, concepts), weights, seed)
    torch.manual_seed(seed)
    made, fresh = maker.make(pairs), maker.make(FRESH)
    vae = doubled(pipe.vae) if cell_px(pipe.vae) == LESSON_CELL_PX else pipe.vae
    # of this model alone: what another one's lesson left behind is not gone on with
    keeper = Keeper(work / "checkpoints" / f"double-{mark_of(model)}.safetensors")
    error = train_decoder(vae, made, Pace(minutes * 60), keeper=keeper)
    fidelity = psnr(vae, fresh.pictures.float() / 127.5 - 1)
    vae.to(torch.bfloat16).save_pretrained(out)
    keeper.forget()
    typer.echo(f"error {error:.4f}, {fidelity:.1f} dB on fresh scenes, {out}")
