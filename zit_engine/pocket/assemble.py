"""Putting the trained parts together as the folder ZImagePipeline loads.

In: a work folder with one sub-folder a part. Out: a pipeline folder in bfloat16.
"""

from __future__ import annotations

from pathlib import Path

import torch
from diffusers import AutoencoderKL, ZImagePipeline, ZImageTransformer2DModel
from transformers import PreTrainedTokenizerFast, Qwen3Model

from zit_engine.pocket.sizes import new_scheduler


def assemble(work: Path, out: Path, transformer: str = "student") -> None:
    """Load vae/, text_encoder/, tokenizer/ and the named transformer; save them as one model."""
    half = torch.bfloat16
    pipe = ZImagePipeline(
        scheduler=new_scheduler(),
        vae=AutoencoderKL.from_pretrained(work / "vae").to(half),
        text_encoder=Qwen3Model.from_pretrained(work / "text_encoder").to(half),
        tokenizer=PreTrainedTokenizerFast.from_pretrained(work / "tokenizer"),
        transformer=ZImageTransformer2DModel.from_pretrained(work / transformer).to(half),
    )
    pipe.save_pretrained(out)


def load_pipeline(folder: Path) -> ZImagePipeline:
    """The assembled model in float32 for a CPU, without progress bars."""
    pipe = ZImagePipeline.from_pretrained(folder, dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    return pipe
