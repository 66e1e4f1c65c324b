"""Pictures in line: do mixed styles come as fast as one style, and does the painter ever idle?

Comes in: a Trial. Goes out: a dict for JSON: pictures a second through the studio of six styles in
turn over those of one style (A B B A), and where the time between the last step of a picture and
the first step of the next goes.
"""

import statistics
import time
from itertools import pairwise
from typing import Any

from zit_engine.bench.paired import abba, middle, told
from zit_engine.bench.stages import CHANNEL
from zit_engine.bench.trial import Trial
from zit_engine.bench.watched_engine import Moments
from zit_engine.request.ad_request import AdRequest
from zit_engine.store.files import Files
from zit_engine.store.history import History
from zit_engine.studio import Studio

_OWNER = "bench"


def run(trial: Trial) -> dict[str, Any]:
    """One round of six quickly, else four; nobody else's pictures are in the line."""
    settings = trial.settings.model_copy(update={"owner_per_minute": 0, "max_waiting": 1000})
    folder = trial.folder / "queue"
    files, history = Files(folder), History(folder / "history.sqlite3")
    studio = Studio(settings, trial.engine, trial.catalogue, files, history)
    styles = [style.id for style in trial.styles]
    usual = [styles[1]] * len(styles)
    trial.warm()
    gaps: list[dict[str, float]] = []

    def of(wanted: list[str], number: int) -> float:
        began = len(trial.engine.painted)
        seconds = _line(studio, trial, wanted, 100 * (number + 1))
        gaps.extend(between(trial.engine.painted[began:]))
        return seconds

    pair = abba(
        lambda number: of(usual, number),
        lambda number: of(styles, number),
        1 if trial.quick else 4,
    )
    studio.queue.close()
    history.close()
    return {
        "pictures_a_line": len(styles),
        "styles": len(styles),
        **told(pair, "one_style", "mixed"),
        "mixed_over_one_throughput_ratio": round(pair.ratio, 4),
        **_gaps(gaps),
    }


def _line(studio: Studio, trial: Trial, styles: list[str], seed: int) -> float:
    """Seconds from the press until the last picture is on disk."""
    requests = [
        AdRequest(trial.prompt(seed + place), style, CHANNEL, seed=seed + place)
        for place, style in enumerate(styles)
    ]
    started = time.perf_counter()
    job = studio.submit(requests, _OWNER)
    snapshot = job.wait()
    seconds = time.perf_counter() - started
    for failure in snapshot.failures:
        raise failure
    return seconds


def between(painted: list[Moments]) -> list[dict[str, float]]:
    """Of each two pictures after each other, in seconds. `gap`: no step is computed; the first is
    being decoded, or the second's style set and prompt read. `idle`: not even that. `period`: from
    last step to last step."""
    return [
        {
            "gap": max(after.ready - before.steps[-1], 0.0),
            "idle": max(after.started - before.ended, 0.0),
            "period": after.steps[-1] - before.steps[-1],
        }
        for before, after in pairwise(painted)
    ]


def _gaps(rows: list[dict[str, float]]) -> dict[str, Any]:
    period = statistics.fmean(row["period"] for row in rows)
    return {
        "between_denoising_s": middle([row["gap"] for row in rows]),
        "between_denoising_ratio": round(statistics.fmean(r["gap"] for r in rows) / period, 4),
        "nobody_paints_s": middle([row["idle"] for row in rows]),
        "nobody_paints_ratio": round(statistics.fmean(r["idle"] for r in rows) / period, 4),
    }
