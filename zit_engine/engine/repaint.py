"""Painting from a picture: which pipeline a shot runs on and what it is given.

Comes in: the resident pipeline and a Shot. Goes out: a pipeline and its arguments. The two
pipelines that start from a picture are made of the resident one's own parts, so nothing is loaded
twice and styles work in all three. It does not run them.
"""

from typing import Any

import torch

from zit_engine.engine.base import Shot
from zit_engine.engine.noise import varied_noise


class Pipelines:
    """The resident ZImagePipeline and the two beside it, made when first needed."""

    def __init__(self, resident: Any):
        self._resident = resident
        self._made: dict[str, Any] = {}

    def of(self, shot: Shot) -> Any:
        """The stock pipeline that paints `shot`."""
        if shot.start is None:
            return self._resident
        return self._from_picture("img2img" if shot.start.mask is None else "inpaint")

    def _from_picture(self, kind: str) -> Any:
        if kind not in self._made:
            from diffusers import ZImageImg2ImgPipeline, ZImageInpaintPipeline

            made = ZImageImg2ImgPipeline if kind == "img2img" else ZImageInpaintPipeline
            # Not from_pipe: it would take the parts' hooks off and with them the offloading.
            self._made[kind] = made(**self._resident.components)
            self._made[kind].set_progress_bar_config(disable=True)
        return self._made[kind]


def arguments_of(shot: Shot, pipeline: Any) -> dict[str, Any]:
    """Where `shot` begins: noise, or a picture with noise on it."""
    if shot.start is None:
        return {"generator": _generator(shot.seed), "latents": varied_noise(shot, pipeline)}
    varied = shot.variation_seed is not None and shot.variety is None
    begins: dict[str, Any] = {
        "generator": _generator(shot.variation_seed if varied else shot.seed),
        "image": shot.start.picture,
        "strength": shot.start.strength,
    }
    return begins if shot.start.mask is None else {**begins, "mask_image": shot.start.mask}


def _generator(seed: int | None) -> torch.Generator:
    # On the CPU the noise of a seed is the same whatever the card.
    return torch.Generator("cpu").manual_seed(seed or 0)
