"""The model in memory. Comes in: a Shot. Goes out: a picture. Loaded by ZImageEngine.

Importing this module starts torch and diffusers (seconds); z_image.py does it late for that
reason. It knows nothing of threads or processes: one paint at a time is the caller's duty.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from zit_engine.engine.adapters import StyleAdapters
from zit_engine.engine.base import IsCancelled, OnProgress, OnStep, Shot
from zit_engine.engine.memory import RegularCleanUp, with_one_retry
from zit_engine.engine.noise import varied_noise
from zit_engine.engine.picture import to_picture
from zit_engine.engine.prompt_cache import PromptCache
from zit_engine.errors import Cancelled
from zit_engine.styles.style import Style


class Resident:
    """One pipeline with its styles, its cached prompts and its clean-up."""

    def __init__(
        self, pipeline: Any, base: str, style_folder: Path, num_inference_steps: int, every: int
    ):
        self.pipeline = pipeline
        self.adapters = StyleAdapters(pipeline, base, style_folder)
        self.prompts = PromptCache(pipeline.tokenizer, pipeline.text_encoder)
        self.clean_up = RegularCleanUp(every)
        self._steps = num_inference_steps

    def load_styles(self, catalogue: Mapping[str, Style], on_progress: OnProgress) -> None:
        """Make every style resident now, for a host that forks before each picture."""
        self.adapters.load_all(catalogue.values(), on_progress)

    def paint(self, shot: Shot, on_step: OnStep, cancelled: IsCancelled) -> Image.Image:
        """As ImageEngine.paint. After any exception the next paint gives the same pixels."""
        try:
            return with_one_retry(lambda: self._paint(shot, on_step, cancelled), self.clean_up.run)
        finally:
            self.clean_up.picture_done()

    def _paint(self, shot: Shot, on_step: OnStep, cancelled: IsCancelled) -> Image.Image:
        # All of it each time: a process reused for another picture still has that one's style.
        self.adapters.activate(shot.style, shot.adapter_weight, _silent)
        embedding = self.prompts.embed(shot.model_prompt)
        if cancelled():
            raise Cancelled()

        def after_step(
            _pipeline: Any, step: int, _timestep: Any, tensors: dict[str, Any]
        ) -> dict[str, Any]:
            on_step(step + 1, self._steps)
            # Raising is the only way out: pipeline._interrupt would still decode a picture.
            if step + 1 < self._steps and cancelled():
                raise Cancelled()
            return tensors

        pixels = self.pipeline(
            prompt_embeds=[embedding],
            width=shot.width,
            height=shot.height,
            num_inference_steps=self._steps,
            guidance_scale=0.0,  # distilled: the default of 5.0 doubles the work and spoils it
            # On the CPU the noise of a seed is the same whatever the card.
            generator=torch.Generator("cpu").manual_seed(shot.seed),
            latents=varied_noise(shot, self.pipeline),
            callback_on_step_end=after_step,
            output_type="np",
        ).images[0]
        return to_picture(pixels)


def _silent(stage: str, fraction: float) -> None:
    """Nobody waits for the progress of one style."""
