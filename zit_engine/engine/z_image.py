"""The engine: Shots in, pictures out, one at a time. See ImageEngine for the contract.

Building it costs nothing; the model is placed, fetched and loaded on the first need, once,
however many threads ask. It knows nothing of people, channels or files.
"""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from PIL import Image

from zit_engine.engine import zero_gpu
from zit_engine.engine.base import (
    LONGEST_SIDE,
    IsCancelled,
    ModelFacts,
    OnProgress,
    OnStep,
    Shot,
)
from zit_engine.engine.brief_thread import on_brief_thread
from zit_engine.engine.chosen_model import TOKEN_LIMIT, ChosenModel
from zit_engine.engine.health import Health, State, Watchdog
from zit_engine.engine.health_file import HealthFile
from zit_engine.engine.memory import free_unused, is_device_lost, look_past_loaded
from zit_engine.engine.placement import Placement
from zit_engine.errors import (
    DeviceLost,
    InvalidRequest,
    OutOfMemory,
    PromptTooLong,
    StyleUnavailable,
)
from zit_engine.host import Host, detect_host
from zit_engine.settings import ROOT, Settings
from zit_engine.styles.style import Style

if TYPE_CHECKING:
    from zit_engine.engine.resident import Resident

log = structlog.get_logger(__name__)

# One full-size picture takes 1-10 s; longer than this, something hangs.
CLOSE_WAIT_S = 10.0


class ZImageEngine:
    """ImageEngine on a stock ZImagePipeline. `load_count` tells how often the model was loaded."""

    places = 1

    def __init__(
        self,
        settings: Settings,
        catalogue: Mapping[str, Style],
        style_folder: Path = ROOT / "style_loras",
    ):
        self.load_count = 0
        self.health = Health(HealthFile(settings.data_dir).write)
        self._settings = settings
        self._catalogue = catalogue
        self._style_folder = style_folder
        self._host = detect_host()
        self._model = ChosenModel(settings)
        self._watchdog = Watchdog(settings.step_timeout_s, self._hung)
        self._resident: Resident | None = None
        self._tokenizer: Any = None
        self._load_lock = threading.Lock()
        self._paint_lock = threading.Lock()
        self._token_lock = threading.Lock()

    @property
    def facts(self) -> ModelFacts:
        """Raises ModelMissing. May change once: `auto` falls back when its model cannot be had."""
        return self._model.facts

    @property
    def is_ready(self) -> bool:
        return self._resident is not None

    def warm_up(self, on_progress: OnProgress) -> None:
        self._get_resident(on_progress)

    def count_tokens(self, model_prompt: str) -> int:
        from zit_engine.engine.prompt_cache import prompt_token_ids

        # A tokenizer of its own: a Rust tokenizer cannot be shared with a running paint.
        with self._token_lock:
            if self._tokenizer is None:
                self._tokenizer = self._model.load_tokenizer()
            return len(prompt_token_ids(self._tokenizer, model_prompt))

    def paint(self, shot: Shot, on_step: OnStep, cancelled: IsCancelled) -> Image.Image:
        """Also raises InvalidRequest for an unusable size or start, PromptTooLong, DeviceLost."""
        _check_size(shot, self.facts.size_step)
        _check_start(shot)
        with self._paint_lock:
            resident = self._get_resident(_silent)
            if not shot.style.runs_on(self._model.placement.base):
                raise StyleUnavailable(style=shot.style.ko)
            with self.health.painting():
                if self._host is not Host.ZERO_GPU:
                    return self._paint_here(resident, shot, on_step, cancelled)
                if (tokens := self.count_tokens(shot.model_prompt)) > TOKEN_LIMIT:
                    raise PromptTooLong(tokens, TOKEN_LIMIT)  # before any GPU seconds are spent
                return zero_gpu.paint_through_gpu(shot, on_step, cancelled)

    def read_ahead(self, model_prompts: Iterable[str]) -> None:
        """These will be painted: read them while others are, where that costs nothing."""
        resident = self._resident
        ahead = resident.ahead if resident is not None else None
        if ahead is not None:
            ahead.ask(model_prompts)

    def style_layers(self) -> Mapping[str, tuple[int, int]]:
        """(out, in) features of each layer a style file may touch; loads the model if need be."""
        return self._get_resident(_silent).adapters.layers

    def close(self) -> None:
        """Waits CLOSE_WAIT_S for a running load or paint, then leaves freeing to the process's
        end: a stop must not wait for a download of 20 GB."""
        if not self._paint_lock.acquire(timeout=CLOSE_WAIT_S):
            log.warning("closed while painting")
            return
        try:
            if not self._load_lock.acquire(timeout=CLOSE_WAIT_S):
                log.warning("closed while loading")
                return
            try:
                if self._resident is not None:
                    self._let_go()
            finally:
                self._load_lock.release()
        finally:
            self._paint_lock.release()

    def _paint_here(
        self, resident: "Resident", shot: Shot, on_step: OnStep, cancelled: IsCancelled
    ) -> Image.Image:
        try:
            with self._watchdog.watching():
                return resident.paint(shot, on_step, cancelled, self._watchdog.beat)
        except Exception as error:  # of whatever type, a lost card shows only in its words
            if resident.is_broken:
                self._let_go()  # the next picture loads anew
            if not is_device_lost(error):
                raise
            self.health.lose(repr(error))
            raise DeviceLost(detail=repr(error)) from error

    def _hung(self, seconds: float) -> None:
        self.health.lose(f"no step for {seconds:.0f} s")

    def _let_go(self) -> None:
        if self._resident is not None:
            self._resident.close(wait=False)  # a lost card would be waited for in vain
        self._resident = None
        self.health.set_ready(False)
        zero_gpu.forget()
        free_unused(everything=True)

    def _get_resident(self, on_progress: OnProgress) -> "Resident":
        with self._load_lock:
            if self.health.state is State.DEFUNCT:
                raise DeviceLost(detail=self.health.lost_because)
            if self._resident is None:
                self._resident = self._loaded(on_progress)
                look_past_loaded()
                self.load_count += 1
                self.health.set_ready(True)
            return self._resident

    def _loaded(self, on_progress: OnProgress) -> "Resident":
        self._set_threads()  # of the caller, who may paint
        # ZeroGPU's emulation of the card holds for the main thread only.
        if self._host is Host.ZERO_GPU:
            return self._load(on_progress)
        return on_brief_thread(lambda: self._load(on_progress))

    def _set_threads(self) -> None:
        import torch

        if self._settings.cpu_threads:
            torch.set_num_threads(self._settings.cpu_threads)

    def _load(self, on_progress: OnProgress) -> "Resident":
        self._set_threads()
        placement, folder = self._model.fetch(on_progress)
        try:
            resident = self._bring_up(placement, folder, on_progress)
        except OutOfMemory as error:
            if not placement.may_fall_back:
                raise
            log.error("the full model does not fit", error=str(error))
            placement, folder = self._model.stand_in("model.pocket_no_room")
            resident = self._bring_up(placement, folder, on_progress)
        if self._host is Host.ZERO_GPU:
            resident.load_styles(self._catalogue, on_progress)
            zero_gpu.place(resident)
        log.info("model loaded", source=placement.source, device=placement.device.kind)
        return resident

    def _bring_up(self, placement: Placement, folder: Path, on_progress: OnProgress) -> "Resident":
        from zit_engine.engine.bring_up import BringUp

        emulated = self._host is Host.ZERO_GPU
        self.health.record(repairs=[asdict(repair) for repair in self._model.repairs])
        bring_up = BringUp(self._settings, self._style_folder, self.health, emulated)
        return bring_up.load(placement, folder, on_progress)


def _check_size(shot: Shot, step: int) -> None:
    for side in (shot.width, shot.height):
        if side % step or not step <= side <= LONGEST_SIDE:
            raise InvalidRequest(
                "size",
                "error.picture_size",
                width=shot.width,
                height=shot.height,
                step=step,
                limit=LONGEST_SIDE,
            )


def _check_start(shot: Shot) -> None:
    start, size = shot.start, (shot.width, shot.height)
    if start is None:
        return
    fits = (start.picture.size, start.picture.mode) == (size, "RGB")
    if start.mask is not None:
        fits = fits and (start.mask.size, start.mask.mode) == (size, "L")
    if not fits:
        raise InvalidRequest("photo", "photo.start_size", width=shot.width, height=shot.height)
    if not 0 < start.strength <= 1:  # NaN is refused too
        raise InvalidRequest("photo_strength", "photo.strength_range", strength=start.strength)


def _silent(stage: str, fraction: float) -> None:
    """A paint that has to load first tells steps only."""
