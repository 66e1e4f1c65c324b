"""Where the time of one picture goes, from the fields of the form to the file on disk.

Comes in: a Trial. Goes out: a dict for JSON: median seconds and share of each stage, with a prompt
read for the first time; the seconds of a step; and what reading a known prompt takes instead.
"""

import dataclasses
import time
from typing import Any

from zit_engine.bench.paired import clocked, middle
from zit_engine.bench.trial import Trial
from zit_engine.deliver import deliver
from zit_engine.finish.master import encode_master
from zit_engine.plan import plan
from zit_engine.request.ad_request import AdRequest, AdResult
from zit_engine.request.channels import find_channel
from zit_engine.request.lettering import Lettering
from zit_engine.store.files import Files
from zit_engine.store.history import History
from zit_engine.store.keeping import keep
from zit_engine.studio import Studio

CHANNEL = "plain-1-1"
_OWNER = "bench"


def run(trial: Trial) -> dict[str, Any]:
    """Three pictures quickly, else twelve, styles in turn."""
    folder = trial.folder / "stages"
    files, history = Files(folder), History(folder / "history.sqlite3")
    studio = Studio(trial.settings, trial.engine, trial.catalogue, files, history)
    trial.warm()
    rows = [_one(trial, studio, number) for number in range(3 if trial.quick else 12)]
    history.close()
    stages = {name: middle([row[name] for row in rows], 6) for name in rows[0] if name[0] != "_"}
    total = sum(stages.values())
    return {
        "pictures": len(rows),
        "size": trial.side,
        "median_s": stages,
        "total_s": round(total, 4),
        "share_ratio": {name: round(value / total, 4) for name, value in stages.items()},
        "denoise_step_s": middle([gap for row in rows for gap in row["_steps"][1:] or [0.0]]),
        "encode_known_s": middle([row["_known"] for row in rows], 6),
        "encode_known_ratio": round(
            middle([row["_known"] for row in rows], 9) / stages["encode"], 4
        ),
    }


def _one(trial: Trial, studio: Studio, number: int) -> dict[str, Any]:
    style = trial.styles[number % len(trial.styles)]
    fields = {"prompt": trial.prompt(100 + number), "style": style.id, "channel": CHANNEL}
    validate, request = clocked(lambda: studio.request({**fields, "seed": number}))
    compose, planned = clocked(lambda: plan(request, trial.engine, trial.catalogue))
    shot = planned[0].shot
    picture, moments = trial.painted(shot)
    known = trial.paint(dataclasses.replace(shot, seed=number + 1))
    switch = float(moments.info.get("switch_s", 0.0))
    decode = float(moments.info.get("decode_s", 0.0))
    after = moments.ended - moments.steps[-1]
    channel = find_channel(CHANNEL)
    finish, delivered = clocked(
        lambda: deliver(
            picture,
            channel,
            Lettering(label=request.label),
            metadata=planned[0].request.as_fields(),
            signer=studio.signer,
        )
    )
    master, original = clocked(lambda: encode_master(picture))
    result = _result(planned[0].request, number, len(delivered.data))
    save, _ = clocked(
        lambda: keep(studio.files, studio.history, _OWNER, result, delivered.data, original)
    )
    return {
        "validate": validate,
        "compose": compose,
        "switch": switch,
        "encode": max(moments.ready - moments.started - switch, 0.0),
        "denoise": moments.denoise_s,
        # By the engine's own watch, which stands in the picture; the rest of what comes after
        # the last step makes the picture of the numbers.
        "decode": min(decode, after),
        "to_picture": max(after - decode, 0.0),
        "finish": finish,
        "master": master,
        "save": save,
        "_steps": moments.gaps,
        "_known": max(known.ready - known.started - float(known.info.get("switch_s", 0.0)), 0.0),
    }


def _result(request: AdRequest, number: int, size: int) -> AdResult:
    return AdResult(
        job_id=f"bench-{number}",
        name=f"{number}.png",
        request=request,
        model="bench",
        width=1,
        height=1,
        format="png",
        size_bytes=size,
        seconds=0.0,
        created_at=time.time(),
    )
