"""Nothing is loaded after the first picture: one model, each style's file once, no wait for either.

Comes in: a Trial. Goes out: a dict for JSON: how often the model was loaded over twenty pictures in
all styles, which files of weights were opened after each style's first use, and the time to the
first step of a style over that of the base (A B B A).
"""

from pathlib import Path
from typing import Any

from zit_engine.bench.open_watch import watched
from zit_engine.bench.paired import abba, told
from zit_engine.bench.trial import SMALL, Trial
from zit_engine.bench.watched_engine import Moments

REQUESTS = 20


def run(trial: Trial) -> dict[str, Any]:
    """Two rounds of the first steps quickly, else ten."""
    report = requests(trial, REQUESTS)
    trial.warm()
    adapters = trial.styles[1:]

    def styled(number: int) -> float:
        return first_step_s(trial.paint(trial.shot(number, adapters[number // 2 % len(adapters)])))

    pair = abba(
        styled,
        lambda number: first_step_s(trial.paint(trial.shot(number))),
        2 if trial.quick else 10,
    )
    return {
        **report,
        "first_step": told(pair, "adapter", "base"),
        "first_step_adapter_over_base_ratio": round(pair.ratio, 4),
    }


def requests(trial: Trial, count: int) -> dict[str, Any]:
    """`count` pictures after each style was used once, the styles in turn."""
    trial.paint(trial.shot(0, width=SMALL, height=SMALL))
    loads = trial.engine.load_count
    for number, style in enumerate(trial.styles):
        trial.paint(trial.shot(number, style, width=SMALL, height=SMALL))
    folders = [trial.folder, model_folder(trial)]
    with watched(folders) as opened:
        for number in range(count):
            style = trial.styles[number % len(trial.styles)]
            trial.paint(trial.shot(50 + number, style, width=SMALL, height=SMALL))
    return {
        "requests": count,
        "styles": len(trial.styles),
        "model_loads": 1 + trial.engine.load_count - loads,
        "opened_after_first_use": len(opened),
        "opened": sorted(set(opened))[:10],
    }


def model_folder(trial: Trial) -> Path:
    """Where the loaded checkpoint's files are."""
    return trial.engine._model.fetch(lambda stage, fraction: None)[1]


def first_step_s(moments: Moments) -> float:
    return moments.steps[0] - moments.started
