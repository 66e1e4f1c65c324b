"""The archived engine: a whole SDXL checkpoint for each style, for history and comparison only.

Comes in: Shots. Goes out: pictures, as ImageEngine says. Only one checkpoint is in memory: another
style unloads it and loads its own, and `auto_unload` empties memory after every picture. It knows
nothing of people, channels or files.
"""

import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import structlog
from PIL import Image

from zit_engine.engine.base import IsCancelled, ModelFacts, OnProgress, OnStep, Shot
from zit_engine.engine.health import Health, State
from zit_engine.engine.hub import TOKENIZER_FILES, fetch_snapshot
from zit_engine.engine.legacy_checkpoints import (
    FULL_AREA,
    LegacyCheckpoints,
    missing,
    render_area,
)
from zit_engine.engine.legacy_pipeline import dtype_on, load_sdxl, paint_with
from zit_engine.engine.legacy_words import CLIP_READS, clip_token_count, words_cut
from zit_engine.engine.memory import free_unused, with_one_retry
from zit_engine.engine.placement import Device, find_device
from zit_engine.errors import Cancelled, InvalidRequest, SettingsError, StyleUnavailable, ZitError
from zit_engine.host import Host, detect_host
from zit_engine.messages import say
from zit_engine.settings import Settings
from zit_engine.styles.style import LEGACY_BASE, Style

log = structlog.get_logger(__name__)

TITLE = "SDXL (archive)"
STEPS = 25
SIZE_STEP = 8  # pixels behind one latent
LONGEST_SIDE = 2048
# SDXL's own list of training sizes goes from 512x2048 to 2048x512 (arXiv 2307.01952, appendix I).
MAX_ASPECT = 4.0
# A long prompt was never refused, it was cut; the cut is told on the picture.
_NEVER_REFUSED = sys.maxsize
# One picture takes seconds on a card; longer than this, something hangs.
CLOSE_WAIT_S = 10.0


class LegacySdxlEngine:
    """ImageEngine on stock StableDiffusionXLPipelines. `load_count` tells how often one was loaded.

    Raises SettingsError on ZeroGPU, where models must be resident before the first picture, and
    for a catalogue in which no style has an archived checkpoint.
    """

    places = 1

    def __init__(
        self,
        settings: Settings,
        catalogue: Mapping[str, Style],
        *,
        auto_unload: bool = True,
        num_inference_steps: int = STEPS,
    ):
        self._styles = [style for style in catalogue.values() if style.legacy_checkpoint]
        if hint := _why_not_here(self._styles):
            raise SettingsError(name="ZIT_ENGINE", value=settings.engine, hint=hint)
        self.auto_unload = auto_unload
        self.load_count = 0
        self.health = Health()
        self._steps = num_inference_steps
        self._threads = settings.cpu_threads
        self._checkpoints = LegacyCheckpoints(settings.legacy_checkpoints)
        self._device: Device | None = None
        self._pipeline: Any = None
        self._resident = ""
        self._tokenizer: Any = None
        self._paint_lock = threading.Lock()
        self._token_lock = threading.Lock()

    @property
    def facts(self) -> ModelFacts:
        """Raises ModelMissing when ZIT_LEGACY_CHECKPOINTS is no folder."""
        self._checkpoints.check_root()
        device, here = self._place(), self._any_here()
        values = {"limit": CLIP_READS}
        return ModelFacts(
            base=LEGACY_BASE,
            title=TITLE,
            source=self._checkpoints.source,
            revision="",
            device=device.kind,
            dtype=dtype_on(device.kind),
            reason=say("model.legacy", "en", **values),
            render_area=render_area(here) if here else FULL_AREA,
            max_aspect=MAX_ASPECT,
            num_inference_steps=self._steps,
            token_limit=_NEVER_REFUSED,
            reason_id="model.legacy",
            reason_values=values,
        )

    @property
    def is_ready(self) -> bool:
        """True once a checkpoint is on this machine. None is resident before the first picture,
        and none between two with `auto_unload`."""
        return self.health.state is not State.STARTING

    @property
    def resident(self) -> str:
        """The repo name of the one checkpoint in memory, or ""."""
        return self._resident

    def warm_up(self, on_progress: OnProgress) -> None:
        """Find a checkpoint, or download the first style's. Loads none: which one is wanted is
        known only with the shot."""
        with self._paint_lock:
            self._checkpoints.check_root()
            if not self._any_here():
                self._checkpoints.get(self._styles[0], lambda share: on_progress("download", share))
            self.health.set_ready(True)

    def count_tokens(self, model_prompt: str) -> int:
        """CLIP's tokens for the whole prompt, start and end included; it reads the first 77."""
        # A tokenizer of its own: a Rust tokenizer cannot be shared with a running paint.
        with self._token_lock:
            if self._tokenizer is None:
                self._tokenizer = self._load_tokenizer()
            return clip_token_count(self._tokenizer, model_prompt)

    def paint(self, shot: Shot, on_step: OnStep, cancelled: IsCancelled) -> Image.Image:
        """As ImageEngine.paint. A prompt too long is cut as it always was; the picture's
        info["note"] and info["note_values"] then tell the sentence. `adapter_weight` has no
        effect: a checkpoint has no strength. Also raises InvalidRequest and ModelMissing."""
        _check_size(shot)
        if shot.start is not None:
            raise InvalidRequest("photo", "photo.legacy")
        if not shot.style.runs_on(LEGACY_BASE):
            raise StyleUnavailable(style=shot.style.ko)
        with self._paint_lock, self.health.painting():
            try:
                return self._paint(shot, on_step, cancelled)
            except ZitError as error:
                failure = _without_frames(error)
            finally:
                if self.auto_unload:
                    self._unload()
            raise failure

    def style_layers(self) -> Mapping[str, tuple[int, int]]:
        return {}  # its styles are whole models

    def close(self) -> None:
        """Waits CLOSE_WAIT_S for a running paint, then leaves freeing to the process's end."""
        if not self._paint_lock.acquire(timeout=CLOSE_WAIT_S):
            log.warning("closed while painting")
            return
        try:
            self._unload()
        finally:
            self._paint_lock.release()

    def _paint(self, shot: Shot, on_step: OnStep, cancelled: IsCancelled) -> Image.Image:
        if cancelled():
            raise Cancelled()
        self._make_resident(shot.style)
        pipeline = self._pipeline
        picture = with_one_retry(
            lambda: paint_with(pipeline, shot, self._steps, on_step, cancelled), free_unused
        )
        cut = words_cut(pipeline.tokenizer, shot.model_prompt)
        if cut:
            picture.info |= {"note": "note.words_cut", "note_values": cut}
        return picture

    def _make_resident(self, style: Style) -> None:
        """Unload another style's checkpoint, load this one's."""
        if self._resident == style.legacy_checkpoint:
            return
        # Found first: a missing checkpoint leaves the one in memory alone.
        folder = self._checkpoints.get(style, _silent)
        self._unload()
        if self._threads:
            import torch

            torch.set_num_threads(self._threads)
        device = self._place()
        self._pipeline = load_sdxl(folder, device.kind)
        self._resident = style.legacy_checkpoint
        self.health.set_ready(True)
        self.load_count += 1
        log.info("archived model loaded", source=self._resident, device=device.kind)

    def _unload(self) -> None:
        if self._pipeline is not None:
            self._pipeline, self._resident = None, ""
            free_unused()

    def _place(self) -> Device:
        if self._device is None:
            self._device = find_device()
        return self._device

    def _any_here(self) -> Path | None:
        return next(filter(None, map(self._checkpoints.find, self._styles)), None)

    def _load_tokenizer(self) -> Any:
        from transformers import CLIPTokenizer

        here = self._any_here()
        try:
            if here is None:  # the words are the same in every SDXL checkpoint, and a few MB
                self._checkpoints.check_root()
                repo = self._styles[0].legacy_checkpoint
                here = fetch_snapshot(repo, "", patterns=TOKENIZER_FILES)
            return CLIPTokenizer.from_pretrained(str(here / "tokenizer"), local_files_only=True)
        except Exception as error:  # network, disk and hub errors share no parent
            source = str(here) if here else self._checkpoints.source
            raise missing(source, repr(error)) from error


def _why_not_here(styles: list[Style]) -> str:
    if detect_host() is Host.ZERO_GPU:
        return "legacy-sdxl loads during a picture, which ZeroGPU does not allow."
    return "" if styles else "No style of the catalogue has a legacy_checkpoint."


def _without_frames(error: ZitError) -> ZitError:
    """`error` without tracebacks: a failed job keeps its error, and the frames of a traceback
    would keep the checkpoint in memory."""
    link: BaseException | None = error
    while link is not None:
        link.__traceback__ = None
        link = link.__cause__ or link.__context__
    return error


def _check_size(shot: Shot) -> None:
    for side in (shot.width, shot.height):
        if side % SIZE_STEP or not SIZE_STEP <= side <= LONGEST_SIDE:
            size = {"width": shot.width, "height": shot.height, "step": SIZE_STEP}
            raise InvalidRequest("size", "error.picture_size", **size, limit=LONGEST_SIDE)


def _silent(share: float) -> None:
    """A paint that has to fetch first tells steps only."""
