"""One archived checkpoint in memory. Comes in: its folder, then Shots. Goes out: pictures.

It does not know which checkpoint it is nor when it has to go: LegacySdxlEngine decides that.
"""

import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from PIL import Image

from zit_engine.engine.base import IsCancelled, OnStep, Shot
from zit_engine.engine.legacy_checkpoints import missing, weights_variant
from zit_engine.engine.memory import is_out_of_memory
from zit_engine.engine.picture import to_picture
from zit_engine.errors import Cancelled, OutOfMemory

GUIDANCE = 7.0
_LENGTH_WARNING = "sequence-length-is-longer-than-the-specified-maximum"


def dtype_on(device: str) -> str:
    """float16 on a card, as published; the pipeline decodes in float32 where the VAE asks for it.
    float32 elsewhere."""
    return "float16" if device == "cuda" else "float32"


def load_sdxl(folder: Path, device: str) -> Any:
    """The stock StableDiffusionXLPipeline of `folder` on `device`.

    Through host memory and with the checkpoint's own scheduler, as the archived program did.
    Raises ModelMissing naming the folder, OutOfMemory.
    """
    import torch
    from diffusers import StableDiffusionXLPipeline

    # It would write the words it cuts into the log, and those are a person's.
    logging.getLogger(StableDiffusionXLPipeline.__module__).setLevel(logging.ERROR)
    try:
        pipeline = StableDiffusionXLPipeline.from_pretrained(
            str(folder),
            dtype=getattr(torch, dtype_on(device)),
            variant=weights_variant(folder) or None,
            use_safetensors=True,
            local_files_only=True,
            add_watermarker=False,
        ).to(device)
    except Exception as error:  # the loaders of three libraries raise a dozen types
        if is_out_of_memory(error):
            raise OutOfMemory(detail=str(error)) from error
        raise missing(str(folder), repr(error)) from error
    pipeline.set_progress_bar_config(disable=True)
    for tokenizer in (pipeline.tokenizer, pipeline.tokenizer_2):
        # A false alarm about every long prompt: the pipeline cuts it right after.
        tokenizer.deprecation_warnings[_LENGTH_WARNING] = True
    return pipeline


def paint_with(
    pipeline: Any, shot: Shot, steps: int, on_step: OnStep, cancelled: IsCancelled
) -> Image.Image:
    """One picture of `shot`. Raises Cancelled, BrokenImage, and what torch raises."""
    import torch

    from zit_engine.engine.noise import varied_noise

    def after_step(_pipe: Any, step: int, _time: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        on_step(step + 1, steps)
        # Raising is the only way out: pipeline._interrupt would still decode a picture.
        if step + 1 < steps and cancelled():
            raise Cancelled()
        return tensors

    if cancelled():  # asked again: loading took its time
        raise Cancelled()
    # The noise asks for a transformer's channels, and here a U-Net has them.
    shape = SimpleNamespace(vae_scale_factor=pipeline.vae_scale_factor, transformer=pipeline.unet)
    pixels = pipeline(
        prompt=shot.model_prompt,
        width=shot.width,
        height=shot.height,
        num_inference_steps=steps,
        guidance_scale=GUIDANCE,
        # On the CPU the noise of a seed is the same whatever the card.
        generator=torch.Generator("cpu").manual_seed(shot.seed),
        latents=varied_noise(shot, shape),
        callback_on_step_end=after_step,
        output_type="np",
    ).images[0]
    return to_picture(pixels)
