"""What styles cost: a switch among few and among many, an active adapter, and a trace in the base.

Comes in: a Trial. Goes out: a dict for JSON: milliseconds of a switch among 2 and 16 resident
styles, a step with an adapter over one without (A B B A), and whether the base is the same bit for
bit afterwards.
"""

import random
from typing import Any

from zit_engine.bench.paired import abba, middle, quantile, told
from zit_engine.bench.trial import SMALL, Trial
from zit_engine.bench.watched_engine import WatchedEngine
from zit_engine.styles.style import Style

FEW, MANY = 2, 16


def run(trial: Trial) -> dict[str, Any]:
    """Ten switches of each quickly, else sixty; two or eight rounds of the overhead."""
    trial.warm()
    before = trial.painted(trial.shot(7))
    overhead = _overhead(trial, 2 if trial.quick else 8)
    after = trial.painted(trial.shot(7))
    engine = trial.another(num_inference_steps=1)
    try:
        switches = _switches(trial, engine, 10 if trial.quick else 60)
    finally:
        engine.close()
    return {
        **switches,
        **overhead,
        "is_base_bit_identical": before[0].tobytes() == after[0].tobytes()
        and before[1].info.get("latents") == after[1].info.get("latents"),
    }


def _switches(trial: Trial, engine: WatchedEngine, repeats: int) -> dict[str, Any]:
    """Few, then many in one engine: the number of resident styles only grows."""
    styles = trial.adapters(MANY)
    few = _times(trial, engine, styles[:FEW], repeats)
    many = _times(trial, engine, styles, repeats)
    report: dict[str, Any] = {"switches": repeats}
    for count, (switch, ready) in {FEW: few, MANY: many}.items():
        report[f"switch_p50_ms_of_{count}"] = quantile(switch, 0.5, 3)
        report[f"switch_p95_ms_of_{count}"] = quantile(switch, 0.95, 3)
        # With the prompt found among the known ones and the card waited for.
        report[f"ready_p95_ms_of_{count}"] = quantile(ready, 0.95, 3)
    report["growth_ratio"] = round(middle(many[0], 9) / middle(few[0], 9), 3)
    return report


def _times(
    trial: Trial, engine: WatchedEngine, styles: list[Style], repeats: int
) -> tuple[list[float], list[float]]:
    """Milliseconds of each switch, and until the first step could begin."""
    for style in styles:
        trial.paint(trial.shot(1, style, width=SMALL, height=SMALL), engine)
    order, last = random.Random(7), styles[-1]
    switch, ready = [], []
    for _ in range(repeats):
        last = order.choice([each for each in styles if each is not last])
        changed = trial.shot(1, last, width=SMALL, height=SMALL)
        moments = trial.paint(changed, engine)
        switch.append(1000 * float(moments.info["switch_s"]))
        ready.append(1000 * max(moments.ready - moments.started, 0.0))
    return switch, ready


def _overhead(trial: Trial, rounds: int) -> dict[str, Any]:
    """Denoising with an adapter against without, the adapters in turn, same prompts and seeds."""
    adapters = trial.styles[1:]

    def styled(number: int) -> float:
        style = adapters[number // 2 % len(adapters)]
        return trial.paint(trial.shot(number, style)).denoise_s

    pair = abba(styled, lambda number: trial.paint(trial.shot(number)).denoise_s, rounds)
    return {
        "denoise": told(pair, "adapter", "base"),
        "adapter_over_base_ratio": round(pair.ratio, 4),
    }
