"""This engine against plain diffusers in one process: how much faster, and how far apart.

Comes in: a Trial. Goes out: a dict for JSON: whole pictures from text to PIL, A B B A, each pair
with one prompt that neither has read before and one seed; then the same of the engine with a
setting changed. Plain is the stock ZImagePipeline with its own encode_prompt and call, on a CPU in
float32.
"""

from collections.abc import Mapping
from typing import Any

import diffusers
import torch
import transformers
from diffusers import ZImagePipeline
from PIL import Image

from zit_engine.bench.difference import latent_difference, latents_of, pixel_difference
from zit_engine.bench.paired import abba, clocked, told
from zit_engine.bench.trial import Trial
from zit_engine.bench.watched_engine import WatchedEngine
from zit_engine.engine.base import Shot
from zit_engine.engine.memory import free_unused

# Prompts of this section: others have read those before.
_FIRST = 1000
_NEXT = {"exact": 2000, "compiled": 3000}
# The engine's ways to paint, by the setting that leaves the usual one.
_CHANGED: Mapping[str, object] = {"exact": True, "compiled": "off"}


def run(trial: Trial) -> dict[str, Any]:
    """Three rounds quickly, else eight; half as many for each changed setting."""
    for library in (diffusers.utils.logging, transformers.utils.logging):
        library.disable_progress_bar()
    trial.warm()  # with its styles, which take room too
    if not trial.has_room():
        return {"not_run": "no room for two models"}
    report = _measured(trial, _stock(trial))
    free_unused()
    return report


def _measured(trial: Trial, stock: Any) -> dict[str, Any]:
    rounds = 3 if trial.quick else 8
    difference = _difference(trial, trial.engine, stock)
    pair = abba(
        lambda number: trial.whole_s(trial.shot(_FIRST + number)),
        lambda number: _clocked(stock, trial.shot(_FIRST + number), trial),
        rounds,
    )
    facts = trial.engine.facts
    report = {
        "ours_dtype": facts.dtype,
        "plain_dtype": str(stock.transformer.dtype).removeprefix("torch."),
        "size": trial.side,
        "steps": trial.settings.num_inference_steps,
        **told(pair, "ours", "plain"),
        "ours_over_plain_ratio": round(pair.ratio, 4),
        "speedup_ratio": round(1 / pair.ratio, 4),
        "difference": difference,
    }
    for name, changed in _CHANGED.items():
        report[name] = _changed(trial, stock, max(1, rounds // 2), name, changed)
    return report


def _stock(trial: Trial) -> Any:
    """Plain diffusers with weights of its own, loaded as its manual says. The engine's own parts
    will not do: they paint in its way."""
    device = trial.engine.facts.device
    _, folder = trial.engine._model.fetch(lambda stage, fraction: None)
    dtype = torch.float32 if device == "cpu" else torch.bfloat16
    place = {"device_map": device} if device == "cuda" else {}
    stock = ZImagePipeline.from_pretrained(str(folder), dtype=dtype, local_files_only=True, **place)
    stock.set_progress_bar_config(disable=True)
    return stock if place else stock.to(device)


def _paint(stock: Any, shot: Shot, trial: Trial) -> Image.Image:
    picture: Image.Image = stock(
        prompt=shot.model_prompt,
        width=shot.width,
        height=shot.height,
        num_inference_steps=trial.settings.num_inference_steps,
        guidance_scale=0.0,
        generator=torch.Generator("cpu").manual_seed(shot.seed),
    ).images[0]
    return picture


def _clocked(stock: Any, shot: Shot, trial: Trial) -> float:
    return clocked(lambda: _paint(stock, shot, trial))[0]


def _difference(trial: Trial, engine: WatchedEngine, stock: Any) -> dict[str, Any]:
    """The worst of a few pictures of the base."""
    rows = []
    resident: Any = engine._get_resident(lambda stage, fraction: None)
    for number in range(1 if trial.quick else 4):
        shot = trial.shot(_FIRST + 500 + number)
        with latents_of(resident.pipeline) as ours:
            mine = trial.painted(shot, engine)[0]
        with latents_of(stock) as theirs:
            other = _paint(stock, shot, trial)
        rows.append(latent_difference(ours, theirs) | pixel_difference(mine, other))
    return {"pictures": len(rows)} | min(rows, key=lambda row: row["ssim"])


def _changed(trial: Trial, stock: Any, rounds: int, name: str, changed: object) -> dict[str, Any]:
    """The usual engine against one whose setting `name` is changed, and how far the latter is from
    plain diffusers."""
    if name == "compiled" and not trial.engine.health.as_dict().get("compiled"):
        return {"not_run": "nothing is compiled here"}
    if not trial.has_room():
        return {"not_run": "no room for two models"}
    engine = trial.another(**{name: changed})
    try:
        difference = _difference(trial, engine, stock)
        pair = abba(
            lambda number: trial.whole_s(trial.shot(_NEXT[name] + number)),
            lambda number: trial.whole_s(trial.shot(_NEXT[name] + number), engine),
            rounds,
        )
    finally:
        engine.close()
    return {
        "value": changed,
        **told(pair, "usual", "changed"),
        "usual_over_changed_ratio": round(pair.ratio, 4),
        "difference_to_plain": difference,
    }
