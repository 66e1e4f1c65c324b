"""The noise a picture starts from. Comes in: a Shot. Goes out: latents, or None for plain noise.

It knows nothing of models beyond the latent shape the pipeline tells.
"""

from typing import Any

import torch

from zit_engine.engine.base import Shot

# How far to turn towards the other seed's noise (radians; pi/2 is all of it). Looked at on the
# pocket model: below 0.6 nobody sees a difference, at 0.9 details change and the layout stays.
# Mixing by cos and sin keeps the variance at 1.
VARIATION_ANGLE = 0.9
# The standard deviation of normal numbers over the median of their absolute values: 1 / 0.6745.
MEDIAN_TO_DEVIATION = 1.4826


def varied_noise(shot: Shot, pipeline: Any) -> torch.Tensor | None:
    """float32 noise of a shot with a variation seed: (1, channels, height / 8, width / 8), of the
    embedded model a sixteenth.

    None without one, or with variety: the pipeline then draws the seed's own noise.
    """
    if shot.variation_seed is None or shot.variety is not None:
        return None
    factor = pipeline.vae_scale_factor
    shape = (
        1,
        pipeline.transformer.config.in_channels,
        2 * (shot.height // (2 * factor)),
        2 * (shot.width // (2 * factor)),
    )
    own, other = (_noise(seed, shape) for seed in (shot.seed, shot.variation_seed))
    angle = torch.tensor(VARIATION_ANGLE)
    return torch.cos(angle) * own + torch.sin(angle) * other


def varied_embedding(shot: Shot, embedding: torch.Tensor) -> torch.Tensor:
    """The prompt's (tokens, features) embedding, shaken as the shot asks: unchanged without
    variety, never in place.

    Every number gets normal noise of `variety` times the typical size of its token's numbers: the
    median, because a few features of such encoders are hundreds of times larger than the rest.
    """
    if shot.variety is None or shot.variation_seed is None:
        return embedding
    noise = _noise(shot.variation_seed, tuple(embedding.shape)).to(embedding.device)
    numbers = embedding.float()
    typical = numbers.abs().median(dim=-1, keepdim=True).values * MEDIAN_TO_DEVIATION
    return (numbers + shot.variety * typical * noise).to(embedding.dtype)


def _noise(seed: int, shape: tuple[int, ...]) -> torch.Tensor:
    # On the CPU the noise of a seed is the same whatever the card.
    return torch.randn(shape, generator=torch.Generator("cpu").manual_seed(seed))
