"""Does variety make pictures of one prompt differ more, and do they still show what was asked?

Comes in: how many prompts and seeds. Goes out: a dict for JSON with, for each strength, the mean
distance between pictures of one prompt as a ratio to none, and the share that still shows its
subject. All of it on the embedded model, in one run.
"""

import itertools
import json
import tempfile
from typing import Any

import numpy as np
import torch
from PIL import Image

from zit_engine.engine.base import Shot
from zit_engine.engine.resident import Resident
from zit_engine.engine.z_image import ZImageEngine
from zit_engine.settings import ROOT, load_settings
from zit_engine.styles.catalogue import load_catalogue
from zit_engine.styles.style import Style

STRENGTHS = (0.0, 0.1, 0.3, 0.5)
SIDE = 512  # what the embedded model paints best
_OTHERS = 7
_NOISE_LEVELS = (0.5, 0.7)


def run(
    prompts: int = 4, seeds: int = 8, strengths: tuple[float, ...] = STRENGTHS
) -> dict[str, Any]:
    """Measure; about ten minutes on two cores for the defaults. `strengths` begins with none."""
    catalogue = load_catalogue(ROOT / "style_loras")
    base = next(style for style in catalogue.values() if style.is_base)
    wanted, others = _subjects(prompts)
    with tempfile.TemporaryDirectory() as temporary:
        engine = ZImageEngine(load_settings(model="pocket", data_dir=temporary), catalogue)
        try:
            resident = engine._get_resident(lambda stage, fraction: None)
            rows = {
                f"{strength:g}": _measured(resident, base, wanted, others, seeds, strength)
                for strength in strengths
            }
        finally:
            engine.close()
    plain = rows["0"]["distance"]
    for row in rows.values():
        row["distance_ratio"] = round(row["distance"] / plain, 3)
    return {"model": "pocket", "prompts": wanted, "seeds": seeds, "strengths": rows}


def _subjects(count: int) -> tuple[list[str], list[str]]:
    """`count` names the embedded model draws well, and others to mistake them for."""
    data = json.loads((ROOT / "assets" / "pocket" / "subjects.json").read_text(encoding="utf-8"))
    names = [row["en"][0] for row in data["subjects"] if row["good"] and row["en"]]
    apart = names[:: max(1, len(names) // (count + _OTHERS))][: count + _OTHERS]
    return apart[:count], apart[count:]


def _measured(
    resident: Resident,
    base: Style,
    wanted: list[str],
    others: list[str],
    seeds: int,
    strength: float,
) -> dict[str, float]:
    distances, kept = [], 0
    for subject in wanted:
        pictures = []
        for seed in range(seeds):
            shaken = (seed, strength) if strength else (None, None)
            shot = Shot(f"{subject}, white background", SIDE, SIDE, seed, base, 0.0, *shaken)
            pictures.append(resident.paint(shot, lambda done, total: None, lambda: False))
        distances.append(_pairwise(pictures))
        rivals = [name for name in wanted if name != subject] + others
        kept += sum(_shows(resident, picture, subject, rivals) for picture in pictures)
    share = kept / (seeds * len(wanted))
    return {"distance": round(float(np.mean(distances)), 3), "subject_kept": round(share, 3)}


def _pairwise(pictures: list[Image.Image]) -> float:
    """Mean absolute difference over all pairs, in steps of 255."""
    arrays = [np.asarray(picture, np.float32) for picture in pictures]
    apart = [np.abs(one - other).mean() for one, other in itertools.combinations(arrays, 2)]
    return float(np.mean(apart))


def _shows(resident: Resident, picture: Image.Image, subject: str, rivals: list[str]) -> bool:
    """Does the model itself take `picture` for `subject` rather than any rival? The name under
    which it best predicts noise added to the picture wins (diffusion classifier, Li et al. 2023).
    """
    pipeline = resident.pipeline
    values = torch.from_numpy(np.asarray(picture, np.float32) / 127.5 - 1)
    with torch.no_grad():
        values = values.permute(2, 0, 1)[None].to(pipeline.vae.dtype)
        coded = pipeline.vae.encode(values).latent_dist.mode().float()
    config = pipeline.vae.config
    latents = (coded - config.shift_factor) * config.scaling_factor
    noise = torch.randn(latents.shape, generator=torch.Generator("cpu").manual_seed(1))
    errors = {}
    for name in [subject, *rivals]:
        embedding = resident.prompts.embed(f"{name}, white background")
        errors[name] = sum(
            _error(pipeline, latents, noise, level, embedding) for level in _NOISE_LEVELS
        )
    return min(errors, key=lambda name: errors[name]) == subject


def _error(
    pipeline: Any,
    latents: torch.Tensor,
    noise: torch.Tensor,
    level: float,
    embedding: torch.Tensor,
) -> float:
    """Squared error of the predicted direction at noise `level` (0 picture, 1 noise)."""
    mixed = (1 - level) * latents + level * noise
    # The transformer counts time from 0 (noise) to 1 (picture) and predicts picture minus noise.
    time = torch.tensor([1 - level])
    with torch.no_grad():
        latents_in = mixed[0][:, None].to(pipeline.transformer.dtype)
        told = pipeline.transformer([latents_in], time, [embedding])[0]
    return float(((told[0][:, 0] - (latents - noise)[0]) ** 2).mean())
