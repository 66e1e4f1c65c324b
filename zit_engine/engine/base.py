"""The contract between the studio and whatever paints: Shot in, picture out.

Knows nothing of people, channels or files. Four kinds of engine follow it: ZImageEngine, the SDXL
archive, many replicas of the first (RemoteEngine) and the fake one of the tests.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from PIL import Image

from zit_engine.engine.health import Health
from zit_engine.messages import say
from zit_engine.styles.style import Style

LONGEST_SIDE = 2048  # pixels; larger pictures come out corrupted

# on_step(done, total): called after each denoising step, 1 <= done <= total. A picture painted from
# a start has fewer steps than others.
OnStep = Callable[[int, int], None]
# cancelled() is asked before each denoising step; True stops the paint within one step.
IsCancelled = Callable[[], bool]
# on_progress(stage, fraction): "download", "load_transformer", "load_text_encoder", "load_vae",
# "load" (of unnamed parts) or "styles"; 0.0 <= fraction <= 1.0 of the whole stage, the parts of
# a load counted together.
OnProgress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Start:
    """What a picture is painted from instead of from noise alone. `picture`: RGB, of the shot's
    size. `strength`: above 0 (hardly changed) to 1 (nothing left of it). `mask`: L, of the same
    size, white where it may change and black where it stays; None: everywhere."""

    picture: Image.Image
    strength: float
    mask: Image.Image | None = None


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture to paint. width and height in pixels, multiples of 16. With `variation_seed`
    a little of that seed's noise is mixed in: nearly the same picture. With `variety` besides,
    that seed shakes what is read of the prompt instead, and the noise stays. With `start` the
    picture begins there, and `variation_seed` alone takes the place of the seed: what is seen in
    the start holds the layout."""

    model_prompt: str
    width: int
    height: int
    seed: int
    style: Style
    adapter_weight: float
    variation_seed: int | None = None
    variety: float | None = None
    start: Start | None = None


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What runs and why, known before anything heavy is loaded.

    base: key of Style.files ("pocket" or "z-image-turbo").
    render_area: pixels a picture should have for best quality (512² or 1024²).
    size_step: pixels behind one token, which both sides are a multiple of.
    max_aspect: longest side over shortest the model was trained for.
    reason: why this model on this device, in English for logs; `reason_in` speaks to people.
    """

    base: str
    title: str
    source: str
    revision: str
    device: str
    dtype: str
    reason: str
    render_area: int
    max_aspect: float
    num_inference_steps: int
    token_limit: int
    reason_id: str = ""
    reason_values: Mapping[str, object] = field(default_factory=dict)
    size_step: int = 16

    def reason_in(self, lang: str) -> str:
        """The reason as a sentence in `lang` ("ko" or "en")."""
        return say(self.reason_id, lang, **self.reason_values) if self.reason_id else self.reason


class ImageEngine(Protocol):
    """Paints `places` Shots at a time; callers need no lock of their own."""

    @property
    def health(self) -> Health:
        """How it is now and what it fell back to."""
        ...

    @property
    def facts(self) -> ModelFacts: ...

    @property
    def is_ready(self) -> bool:
        """True once the model is resident."""
        ...

    @property
    def places(self) -> int:
        """How many pictures it paints side by side now, at least 1."""
        ...

    def warm_up(self, on_progress: OnProgress) -> None:
        """Make the model resident; many threads may ask, it loads once. Raises EngineError."""
        ...

    def count_tokens(self, model_prompt: str) -> int:
        """Tokens the text encoder would read for `model_prompt`, chat template included."""
        ...

    def paint(self, shot: Shot, on_step: OnStep, cancelled: IsCancelled) -> Image.Image:
        """One RGB picture of shot.width × shot.height. Same shot, same pixels.

        What a person should know of how it came about stands in its `info`: "note", a message
        id, and "note_values". "latents" (SHA-256 of the tensor before decoding) and "switch_s"
        (seconds to activate the style) are there where the engine has them.

        Raises Cancelled, BrokenImage, OutOfMemory, AdapterMismatch, StyleUnavailable, DeviceLost.
        """
        ...

    def style_layers(self) -> Mapping[str, tuple[int, int]]:
        """(out, in) features of each layer a style file may touch; empty where none may."""
        ...

    def close(self) -> None:
        """Free the model. Idempotent."""
        ...


@runtime_checkable
class ReadsAhead(Protocol):
    """An engine that makes use of knowing what will be painted."""

    def read_ahead(self, model_prompts: Iterable[str]) -> None:
        """Never raises, never waits."""
        ...
