"""An engine that paints nothing worth seeing in a set time, so that only the service is measured.

Comes in: Shots. Goes out: pictures of two colours made from words and seed, after so many seconds.
Asked to, it fails now and then as a card without memory does.
"""

import hashlib
import random
import threading
import time

from PIL import Image

from zit_engine.engine.base import IsCancelled, ModelFacts, OnProgress, OnStep, Shot
from zit_engine.engine.health import Health
from zit_engine.errors import Cancelled, OutOfMemory

STEPS = 8
FACTS = ModelFacts(
    base="pocket",
    title="Stand-in",
    source="bench",
    revision="1",
    device="cpu",
    dtype="float32",
    reason="made for load",
    render_area=64 * 64,
    max_aspect=1.5,
    num_inference_steps=STEPS,
    token_limit=512,
    reason_id="model.pocket_asked",
)


class StandInEngine:
    """`seconds` a picture; `fails`: the share of pictures that run out of memory."""

    places = 1

    def __init__(self, seconds: float = 0.2, fails: float = 0.0):
        self.facts = FACTS
        self.health = Health()
        self.is_ready = False
        self._seconds, self._fails = seconds, fails
        self._chance = random.Random()
        self._one_at_a_time = threading.Lock()

    def warm_up(self, on_progress: OnProgress) -> None:
        self.is_ready = True
        self.health.set_ready(True)

    def count_tokens(self, model_prompt: str) -> int:
        return len(model_prompt.split()) + 10

    def paint(self, shot: Shot, on_step: OnStep, cancelled: IsCancelled) -> Image.Image:
        """Raises OutOfMemory by chance, Cancelled, and RuntimeError when two paint at once."""
        if not self._one_at_a_time.acquire(blocking=False):
            raise RuntimeError("two pictures at once in one engine")
        try:
            with self.health.painting():
                self._steps(on_step, cancelled)
        finally:
            self._one_at_a_time.release()
        return two_colours(f"{shot.model_prompt}|{shot.seed}|{shot.style.id}", shot)

    def style_layers(self) -> dict[str, tuple[int, int]]:
        return {}

    def close(self) -> None:
        self.is_ready = False

    def _steps(self, on_step: OnStep, cancelled: IsCancelled) -> None:
        fails_at = 4 if self._chance.random() < self._fails else 0
        for step in range(1, STEPS + 1):
            if cancelled():
                raise Cancelled()
            if step == fails_at:
                raise OutOfMemory(detail="asked to fail")
            time.sleep(self._seconds / STEPS)
            on_step(step, STEPS)


def two_colours(key: str, shot: Shot) -> Image.Image:
    """The left half in one colour and the right in another, both made of `key`."""
    first, second = hashlib.sha256(key.encode("utf-8", "replace")).digest()[:6].hex(" ", 3).split()
    picture = Image.new("RGB", (shot.width, shot.height), f"#{first}")
    picture.paste(f"#{second}", (shot.width // 2, 0, shot.width, shot.height))
    return picture
