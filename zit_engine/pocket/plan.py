"""Every stage of making the model in order, and which of them a work folder has behind it.

In: a Stages. Out: its folders filled. Run again after a cut: finished stages are skipped, the one
that was cut goes on from its checkpoint.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from zit_engine.pocket.pace import Pace
from zit_engine.pocket.stage_log import log_to
from zit_engine.pocket.stages import Stages

log = logging.getLogger(__name__)
DONE = "done.json"


@dataclass(frozen=True)
class Stage:
    """A name, minutes on one data-centre GPU, and what to run; it returns a figure to note."""

    name: str
    minutes: float
    run: Callable[[Stages, Pace], float]


def _tokenizer(stages: Stages, pace: Pace) -> float:
    stages.make_tokenizer(captions=pace.steps or 60_000)
    return float(len(stages.tokens))


# In all about half an hour. 34 dB of VAE fidelity at 512 px is the aim of its minutes; the
# minutes for 512 px are a guess, as nothing was trained there yet.
PLAN = (
    Stage("tokenizer", 0.0, _tokenizer),
    Stage("vae", 4.0, lambda stages, pace: stages.make_vae(pace)),
    Stage("text-1", 0.7, lambda stages, pace: stages.make_text_encoder(pace, 1e-3, "text-1")),
    Stage("text-2", 1.0, lambda stages, pace: stages.make_text_encoder(pace, 7e-4, "text-2")),
    Stage("transformer-128", 5.0, lambda stages, pace: stages.make_transformer(128, pace)),
    Stage("transformer-256", 7.0, lambda stages, pace: stages.make_transformer(256, pace)),
    Stage("transformer-512", 8.0, lambda stages, pace: stages.make_transformer(512, pace)),
    Stage("distill", 5.0, lambda stages, pace: stages.distill(pace)),
    Stage("double", 3.0, lambda stages, pace: stages.double(pace)),
)


def run_plan(
    stages: Stages, scale: float = 1.0, steps: dict[str, int] | None = None
) -> dict[str, float]:
    """Run what is not done yet; `scale` multiplies the minutes, `steps` caps stages by name.

    Returns each stage's figure: vocabulary, dB, losses.
    """
    done = finished(stages.work)
    for stage in PLAN:
        if stage.name in done:
            log.info("%s: done before (%.4g)", stage.name, done[stage.name])
            continue
        log_to(stages.work / "logs" / f"{stage.name}.log")
        log.info("%s: %.1f minutes", stage.name, stage.minutes * scale)
        seconds = stage.minutes * scale * 60 or float("inf")
        figure = stage.run(stages, Pace(seconds, (steps or {}).get(stage.name)))
        done[stage.name] = round(figure, 5)
        file = stages.work / DONE
        file.write_text(json.dumps(done, indent=1) + "\n", encoding="utf-8")
        log.info("%s: %.4g", stage.name, figure)
    return done


def finished(work: Path) -> dict[str, float]:
    """The figures of the stages that a work folder has behind it."""
    file = work / DONE
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
