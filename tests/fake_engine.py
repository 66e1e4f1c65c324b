"""An ImageEngine without a model: quick, repeatable pictures that are told apart by eye."""

import hashlib
import math
import threading
import time
from collections.abc import Callable

import numpy as np
from PIL import Image

from zit_engine.engine.base import IsCancelled, ModelFacts, OnProgress, OnStep, Shot
from zit_engine.engine.health import Health
from zit_engine.errors import BrokenImage, Cancelled, ZitError

STEPS = 8


class FakeEngine:
    """Paints a gradient made from words, seed, style and variation.

    seconds_a_step: how long a step takes. fails: which shots raise, and what. at_step: called
    after each step, on the painting thread; tests stop the world in it. note: a message id every
    picture carries.
    """

    places = 1

    def __init__(
        self,
        seconds_a_step: float = 0.0,
        *,
        fails: Callable[[Shot], ZitError | None] = lambda shot: None,
        at_step: Callable[[Shot, int], None] = lambda shot, step: None,
        render_area: int = 64 * 64,
        base: str = "pocket",
        note: str = "",
    ):
        self.seconds_a_step = seconds_a_step
        self.fails = fails
        self.at_step = at_step
        self.note = note
        self.shots: list[Shot] = []
        self.finished = 0
        self.steps_painted = 0
        self.now_painting = 0
        self.most_at_once = 0
        self.warm_ups = 0
        self.is_ready = False
        self.health = Health()
        self.is_closed = False
        self._lock = threading.Lock()
        self.facts = ModelFacts(
            base=base,
            title="Fake",
            source="tests",
            revision="1",
            device="cpu",
            dtype="float32",
            reason="made for tests",
            render_area=render_area,
            max_aspect=1.5,
            num_inference_steps=STEPS,
            token_limit=512,
            reason_id="model.pocket_asked",
        )

    @property
    def paints(self) -> int:
        """Paints begun, whether they ended well or not."""
        return len(self.shots)

    def warm_up(self, on_progress: OnProgress) -> None:
        if not self.is_ready:
            on_progress("load", 1.0)
            self.warm_ups += 1
            self.is_ready = True
            self.health.set_ready(True)

    def count_tokens(self, model_prompt: str) -> int:
        return len(model_prompt.split()) + 10

    def paint(self, shot: Shot, on_step: OnStep, cancelled: IsCancelled) -> Image.Image:
        with self._lock:
            self.shots.append(shot)
            self.now_painting += 1
            self.most_at_once = max(self.most_at_once, self.now_painting)
        try:
            self._steps(shot, on_step, cancelled)
        finally:
            with self._lock:
                self.now_painting -= 1
        self.finished += 1
        picture = blended(shot)
        if self.note:
            picture.info["note"] = self.note
        return picture

    def style_layers(self) -> dict[str, tuple[int, int]]:
        return {"layers.0.to_q": (4, 6)}

    def close(self) -> None:
        self.is_closed = True

    def _steps(self, shot: Shot, on_step: OnStep, cancelled: IsCancelled) -> None:
        if failure := self.fails(shot):
            raise failure
        steps = STEPS if shot.start is None else math.ceil(STEPS * shot.start.strength)
        for step in range(1, steps + 1):
            if cancelled():
                raise Cancelled()
            if self.seconds_a_step:
                time.sleep(self.seconds_a_step)
            self.steps_painted += 1
            on_step(step, steps)
            self.at_step(shot, step)


def blended(shot: Shot) -> Image.Image:
    """The gradient, and through it the picture the shot starts from."""
    picture = gradient(shot)
    if shot.start is None:
        return picture
    start = shot.start.picture
    assert start.size == picture.size and start.mode == "RGB"
    mixed = Image.blend(start, picture, shot.start.strength)
    return mixed if shot.start.mask is None else Image.composite(mixed, start, shot.start.mask)


def gradient(shot: Shot) -> Image.Image:
    """Two colours from the shot's words, seed and style, one at each end."""
    key = f"{shot.model_prompt}|{shot.seed}|{shot.style.id}|{shot.variation_seed}"
    key += f"|{shot.variety}" if shot.variety else ""
    colours = np.frombuffer(hashlib.sha256(key.encode()).digest()[:6], np.uint8).reshape(2, 3)
    across = np.linspace(0, 1, shot.width)[None, :, None]
    row = colours[0] * (1 - across) + colours[1] * across
    pixels = np.broadcast_to(row, (shot.height, shot.width, 3)).round().astype(np.uint8)
    return Image.fromarray(pixels)


def broken(seeds: set[int]) -> Callable[[Shot], ZitError | None]:
    """Fails the shots of these seeds."""
    return lambda shot: BrokenImage(kind="black") if shot.seed in seeds else None
