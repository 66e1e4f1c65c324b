"""A crowd before the page, in short: all served, and more than fit turned away in words.

Comes in: a Trial, for its folder. Goes out: a dict for JSON. The engine is the stand-in of
zit_engine.bench.load, whose `python -m zit_engine.bench.load` has the full counts.
"""

import asyncio
from typing import Any

from zit_engine.bench.load import crowds
from zit_engine.bench.trial import Trial


def run(trial: Trial) -> dict[str, Any]:
    """Twenty people quickly, else two hundred."""
    people = 20 if trial.quick else 200
    crowd = asyncio.run(crowds.crowd(trial.folder / "crowd", people, 0.1))
    admission = asyncio.run(crowds.admission(trial.folder / "admission"))
    served = {"served_ratio": round(crowd["served"] / people, 4)}
    return {"crowd": crowd | served, "admission": admission}
