"""Putting the trained parts together as the folder ZImagePipeline loads.

In: a work folder with one sub-folder a part. Out: a pipeline folder in bfloat16.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from diffusers import AutoencoderKL, ZImagePipeline, ZImageTransformer2DModel
from transformers import PreTrainedTokenizerFast, Qwen3Model

from zit_engine.pocket.sizes import new_scheduler

DOUBLED = "vae-doubled"


def assemble(work: Path, out: Path, transformer: str = "student", vae: str | None = None) -> None:
    """Load the named VAE (none: vae-doubled/, or vae/ where it was not doubled), text_encoder/,
    tokenizer/ and the named transformer; save them as one model."""
    half = torch.bfloat16
    if vae is None:
        vae = DOUBLED if (work / DOUBLED).exists() else "vae"
    pipe = ZImagePipeline(
        scheduler=new_scheduler(),
        vae=AutoencoderKL.from_pretrained(work / vae).to(half),
        text_encoder=Qwen3Model.from_pretrained(work / "text_encoder").to(half),
        tokenizer=PreTrainedTokenizerFast.from_pretrained(work / "tokenizer"),
        transformer=ZImageTransformer2DModel.from_pretrained(work / transformer).to(half),
    )
    pipe.save_pretrained(out)
    _add_norm_type(out / "transformer" / "config.json")


def _add_norm_type(path: Path) -> None:
    """Older loaders ask for it; diffusers itself neither writes nor needs it."""
    config = json.loads(path.read_text(encoding="utf-8")) | {"norm_type": "rms_norm"}
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def load_pipeline(folder: Path) -> ZImagePipeline:
    """The assembled model in float32 for a CPU, without progress bars."""
    pipe = ZImagePipeline.from_pretrained(folder, dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    return pipe
