"""Painting on ZeroGPU, where the GPU lives in a forked process. Plain data crosses, nothing else
(see crossing).

Comes in: a Shot. Goes out: its picture. Closing the generator stops the picture.
"""

import math
from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Any

from PIL import Image

from zit_engine.engine.base import IsCancelled, OnStep, Shot
from zit_engine.engine.crossing import Item, collected, painting, shot_fields, streamed
from zit_engine.errors import Cancelled
from zit_engine.host import gpu_function

if TYPE_CHECKING:
    from zit_engine.engine.resident import Resident

# Filled once in the parent before the first fork; each worker inherits it.
_placed: dict[str, Any] = {}


def place(resident: "Resident") -> None:
    """Make the loaded model known to the workers forked from now on."""
    _placed.update(resident=resident)


def forget() -> None:
    """Let the model go."""
    _placed.clear()


def seconds_wanted(fields: Mapping[str, Any]) -> int:
    """GPU seconds to ask for; shorter requests are served sooner.

    One 1024² picture takes 1.4 s on an H100 (measured); a ZeroGPU slice is taken as three times
    slower, plus 5 s to wake the worker: 10 s for 1024², 22 s for 2048².
    """
    megapixels = fields["width"] * fields["height"] / 2**20
    return 5 + math.ceil(1.4 * 3 * megapixels)


@gpu_function(duration=seconds_wanted)
def paint_on_gpu(fields: Mapping[str, Any]) -> Generator[Item, None, None]:
    """Paint in this process and tell each step."""
    yield from streamed(painting(_placed["resident"].paint, fields))


def paint_through_gpu(shot: Shot, on_step: OnStep, cancelled: IsCancelled) -> Image.Image:
    """As ImageEngine.paint, by way of `paint_on_gpu`."""
    if cancelled():
        raise Cancelled()
    return collected(paint_on_gpu(shot_fields(shot)), on_step, cancelled)
