"""From the start of a process to its first picture, and what it takes of memory.

Comes in: a Trial, whose settings fresh processes get. Goes out: dicts for JSON: seconds until the
model is loaded and until the first picture, of the engine alone and of the page; and megabytes.
"""

import asyncio
import json
import subprocess
import sys
import time
from typing import Any

import httpx

from zit_engine.bench.load.client import Door, Person
from zit_engine.bench.load.process import Server
from zit_engine.bench.paired import middle
from zit_engine.bench.trial import Trial
from zit_engine.engine_settings import EngineSettings
from zit_engine.settings import ROOT

_LONGEST_S = 600.0
_LOOK_EVERY_S = 0.05


def run(trial: Trial) -> dict[str, Any]:
    """One start of each quickly, else five."""
    trial.close()  # the cards of most people hold one model
    starts = 1 if trial.quick else 5
    engines = [_engine(trial, 1) for _ in range(starts)]
    pages = [asyncio.run(_page(trial, number)) for number in range(starts)]
    return {
        "starts": starts,
        "engine": {name: middle([each[name] for each in engines], 2) for name in engines[0]},
        "page": {name: middle([each[name] for each in pages], 2) for name in pages[0]},
    }


def run_memory(trial: Trial) -> dict[str, Any]:
    """Twelve pictures quickly, else thirty, styles in turn, in a process of their own."""
    trial.close()
    _, told = _fresh(trial, 12 if trial.quick else 30)
    told.pop("loaded_at")
    told.pop("first_picture_at")
    return {**told, "after_over_loaded_ratio": round(told["after_mb"] / told["loaded_mb"], 3)}


def _engine(trial: Trial, pictures: int) -> dict[str, float]:
    started, told = _fresh(trial, pictures)
    return {
        "loaded_s": told["loaded_at"] - started,
        "first_picture_s": told["first_picture_at"] - started,
    }


def _fresh(trial: Trial, pictures: int) -> tuple[float, dict[str, Any]]:
    """(the moment of the start, what the process told). Raises CalledProcessError."""
    own = {"side": trial.asked_side, "data_dir": str(trial.settings.data_dir)}
    given = json.dumps(_settings(trial) | own)
    started = time.time()
    done = subprocess.run(
        [sys.executable, "-m", "zit_engine.bench.fresh_process", given, str(pictures)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=_LONGEST_S,
    )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return started, told


def _settings(trial: Trial) -> dict[str, Any]:
    """What rules painting, and nothing else: everybody on this machine can read command lines."""
    given: dict[str, Any] = trial.settings.model_dump(
        mode="json", include=set(EngineSettings.model_fields)
    )
    return given


async def _page(trial: Trial, number: int) -> dict[str, float]:
    """The page as people get it: until it answers, and until the first press has its picture."""
    folder = trial.folder / f"page-{number}"
    server = Server(folder, is_real=True, **_settings(trial))
    started = time.time()
    server.spawn()
    door = Door(server.base)
    try:
        answers_s = await _answered(door) - started
        await door.learn()
        answer = await Person(door, "first").make("watermelon")
        picture_s = time.time() - started
    finally:
        await door.close()
        await asyncio.to_thread(server.kill)
    if not answer.files:
        raise RuntimeError(f"no picture came: {answer}, see {server.log}")
    return {"answers_s": answers_s, "first_picture_s": picture_s}


async def _answered(door: Door) -> float:
    """The moment of the page's first answer. Raises TimeoutError."""
    limit = time.time() + _LONGEST_S
    while time.time() < limit:
        try:
            await door.page_s()
            return time.time()
        except httpx.HTTPError:
            await asyncio.sleep(_LOOK_EVERY_S)
    raise TimeoutError("the page never answered")
