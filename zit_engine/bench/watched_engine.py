"""The engine with a watch: when things of each picture happened.

Comes in: settings. Goes out: pictures as the engine paints them, and their Moments. It measures
nothing else and judges nothing.
"""

import dataclasses
import time
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from PIL import Image

from zit_engine.bench.paired import synchronise
from zit_engine.engine.base import IsCancelled, ModelFacts, OnStep, Shot
from zit_engine.engine.z_image import ZImageEngine
from zit_engine.settings import Settings


@dataclass(slots=True)
class Moments:
    """When things of one picture happened, by time.perf_counter. `ready`: the style is set and the
    prompt is read. `steps`: the end of each."""

    style: str
    started: float
    ready: float = 0.0
    steps: list[float] = field(default_factory=list)
    ended: float = 0.0
    info: dict[Any, Any] = field(default_factory=dict)

    @property
    def gaps(self) -> list[float]:
        """Seconds of each step; the first has whatever comes before it."""
        begins = [self.ready or self.started, *self.steps[:-1]]
        return [end - begin for begin, end in zip(begins, self.steps, strict=True)]

    @property
    def denoise_s(self) -> float:
        return self.steps[-1] - (self.ready or self.started)

    @property
    def total_s(self) -> float:
        return self.ended - self.started


class Watched(Enum):
    """When the card is waited for. Waiting at each step costs a card 8 % of its time, as the host
    begins the next one from nothing."""

    STEPS = "steps"
    ENDS = "ends"  # before the first step and after the last
    NOTHING = "nothing"  # but the whole picture


class WatchedEngine(ZImageEngine):
    """The engine as it is, with the moments of its pictures. The card is waited for at each, so
    that they are those of the work and not of handing it over."""

    def __init__(self, settings: Settings, side: int = 0):
        """`side`: paint squares of so many pixels and other shapes accordingly; 0: as usual."""
        super().__init__(settings, {})
        self._side = side
        self.painted: list[Moments] = []
        self.watched = Watched.STEPS

    @property
    def facts(self) -> ModelFacts:
        facts = super().facts
        return dataclasses.replace(facts, render_area=self._side**2) if self._side else facts

    def paint(self, shot: Shot, on_step: OnStep, cancelled: IsCancelled) -> Image.Image:
        synchronise()
        moments = Moments(shot.style.id, time.perf_counter())

        def stepped(done: int, total: int) -> None:
            if self.watched is Watched.STEPS or (done == total and self.watched is Watched.ENDS):
                synchronise()
            moments.steps.append(time.perf_counter())
            on_step(done, total)

        def asked() -> bool:
            if not moments.ready and not moments.steps:
                if self.watched is not Watched.NOTHING:
                    synchronise()
                moments.ready = time.perf_counter()
            return cancelled()

        picture = super().paint(shot, stepped, asked)
        synchronise()
        moments.ended = time.perf_counter()
        moments.info = dict(picture.info)
        self.painted.append(moments)
        return picture
