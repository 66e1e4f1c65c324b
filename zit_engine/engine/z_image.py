"""The engine: Shots in, pictures out, one at a time. See ImageEngine for the contract.

Building it costs nothing; the model is placed, fetched and loaded on the first need, once,
however many threads ask. It knows nothing of people, channels or files.
"""

import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from PIL import Image

from zit_engine.engine import zero_gpu
from zit_engine.engine.base import IsCancelled, ModelFacts, OnProgress, OnStep, Shot
from zit_engine.engine.checkpoint import is_complete, load_pipeline, read_base
from zit_engine.engine.hub import TOKENIZER_FILES, fetch_snapshot
from zit_engine.engine.memory import free_unused
from zit_engine.engine.placement import FULL, Placement, choose_model, find_device, pocket_on
from zit_engine.errors import InvalidRequest, ModelMissing, PromptTooLong, StyleUnavailable
from zit_engine.host import Host, detect_host
from zit_engine.messages import say
from zit_engine.settings import ROOT, Settings
from zit_engine.styles.style import Style

if TYPE_CHECKING:
    from zit_engine.engine.resident import Resident

log = structlog.get_logger(__name__)

TOKEN_LIMIT = 512  # max_sequence_length of ZImagePipeline
SIZE_STEP = 16  # pixels behind one token: 8 by the VAE times patches of 2
LONGEST_SIDE = 2048  # pictures above 2048 px come out corrupted
# Z-Image's own list of sizes starts at 1024² and goes to 21:9. The pocket model was trained on
# squares of 256 px; by eye it keeps its subjects to 384x160 and 160x384 (two prompts tried).
_TRAINED = {FULL: (1024 * 1024, 21 / 9), "pocket": (256 * 256, 21 / 9)}
# One full-size picture takes 1-10 s; longer than this, something hangs.
CLOSE_WAIT_S = 10.0
_TITLES = {FULL: "Z-Image Turbo", "pocket": "Pocket"}


class ZImageEngine:
    """ImageEngine on a stock ZImagePipeline. `load_count` tells how often the model was loaded."""

    def __init__(
        self,
        settings: Settings,
        catalogue: Mapping[str, Style],
        style_folder: Path = ROOT / "style_loras",
    ):
        self.load_count = 0
        self._settings = settings
        self._catalogue = catalogue
        self._style_folder = style_folder
        self._host = detect_host()
        self._placement: Placement | None = None
        self._resident: Resident | None = None
        self._tokenizer: Any = None
        self._place_lock = threading.Lock()
        self._load_lock = threading.Lock()
        self._paint_lock = threading.Lock()
        self._token_lock = threading.Lock()

    @property
    def facts(self) -> ModelFacts:
        """Raises ModelMissing. May change once: `auto` falls back when its download fails."""
        placement = self._place()
        area, aspect = _TRAINED[placement.base]
        return ModelFacts(
            base=placement.base,
            title=_TITLES[placement.base],
            source=placement.source,
            revision=placement.revision,
            device=placement.device.kind,
            dtype=placement.dtype,
            reason=say(placement.reason_id, "en", **placement.reason_values),
            render_area=area,
            max_aspect=aspect,
            num_inference_steps=self._settings.num_inference_steps,
            token_limit=TOKEN_LIMIT,
            reason_id=placement.reason_id,
            reason_values=placement.reason_values,
        )

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
                self._tokenizer = self._load_tokenizer()
            return len(prompt_token_ids(self._tokenizer, model_prompt))

    def paint(self, shot: Shot, on_step: OnStep, cancelled: IsCancelled) -> Image.Image:
        """Also raises InvalidRequest for an unusable size and PromptTooLong."""
        _check_size(shot)
        resident = self._get_resident(_silent)
        if not shot.style.runs_on(self._place().base):
            raise StyleUnavailable(style=shot.style.ko)
        with self._paint_lock:
            if self._host is not Host.ZERO_GPU:
                return resident.paint(shot, on_step, cancelled)
            if (tokens := self.count_tokens(shot.model_prompt)) > TOKEN_LIMIT:
                raise PromptTooLong(tokens, TOKEN_LIMIT)  # before any GPU seconds are spent
            return zero_gpu.paint_through_gpu(shot, on_step, cancelled)

    def close(self) -> None:
        """Waits CLOSE_WAIT_S for a running load or paint, then leaves freeing to the process's
        end: a stop must not wait for a download of 20 GB."""
        if not self._load_lock.acquire(timeout=CLOSE_WAIT_S):
            log.warning("closed while loading")
            return
        try:
            if not self._paint_lock.acquire(timeout=CLOSE_WAIT_S):
                log.warning("closed while painting")
                return
            try:
                if self._resident is not None:
                    self._resident = None
                    zero_gpu.forget()
                    free_unused()
            finally:
                self._paint_lock.release()
        finally:
            self._load_lock.release()

    def _place(self) -> Placement:
        with self._place_lock:
            if self._placement is None:
                settings = self._settings
                self._placement = choose_model(
                    settings.model, settings.model_revision, find_device()
                )
            return self._placement

    def _get_resident(self, on_progress: OnProgress) -> "Resident":
        with self._load_lock:
            if self._resident is None:
                self._resident = self._load(on_progress)
                self.load_count += 1
            return self._resident

    def _load(self, on_progress: OnProgress) -> "Resident":
        import torch

        from zit_engine.engine.resident import Resident

        settings = self._settings
        if settings.cpu_threads:
            torch.set_num_threads(settings.cpu_threads)
        placement, folder = self._fetch(on_progress)
        on_progress("load", 0.0)
        pipeline = load_pipeline(
            folder,
            placement.device.kind,
            placement.dtype,
            tile_vae=placement.tile_vae,
            emulated=self._host is Host.ZERO_GPU,
        )
        resident = Resident(
            pipeline,
            placement.base,
            self._style_folder,
            settings.num_inference_steps,
            settings.clean_every,
        )
        on_progress("load", 1.0)
        if self._host is Host.ZERO_GPU:
            resident.load_styles(self._catalogue, on_progress)
            zero_gpu.place(resident, self._catalogue)
        log.info("model loaded", source=placement.source, device=placement.device.kind)
        return resident

    def _fetch(self, on_progress: OnProgress) -> tuple[Placement, Path]:
        """The placement with its folder on this machine. Raises ModelMissing."""
        placement = self._place()
        if placement.folder is not None:
            return placement, placement.folder
        try:
            folder = fetch_snapshot(
                placement.source,
                placement.revision,
                lambda fraction: on_progress("download", fraction),
            )
            if not is_complete(folder):
                raise ModelMissing(model=placement.source, detail="parts are missing at the hub")
            fetched = replace(
                placement, base=read_base(folder), revision=folder.name, folder=folder
            )
        except Exception as error:  # network, disk and hub errors share no parent
            log.error("download failed", model=placement.source, error=repr(error))
            if not placement.may_fall_back:
                raise ModelMissing(model=placement.source, detail=repr(error)) from error
            fetched = pocket_on(
                placement.device, "model.pocket_download_failed", model=placement.source
            )
            folder = fetched.folder or folder
        with self._place_lock:
            self._placement = fetched
        return fetched, folder

    def _load_tokenizer(self) -> Any:
        from transformers import AutoTokenizer

        placement = self._place()
        folder = placement.folder
        if folder is None:  # a few MB, while the 20 GB of the model are still to come
            folder = fetch_snapshot(placement.source, placement.revision, patterns=TOKENIZER_FILES)
        return AutoTokenizer.from_pretrained(str(folder / "tokenizer"), local_files_only=True)


def _check_size(shot: Shot) -> None:
    for side in (shot.width, shot.height):
        if side % SIZE_STEP or not SIZE_STEP <= side <= LONGEST_SIDE:
            raise InvalidRequest(
                "size",
                "error.picture_size",
                width=shot.width,
                height=shot.height,
                step=SIZE_STEP,
                limit=LONGEST_SIDE,
            )


def _silent(stage: str, fraction: float) -> None:
    """A paint that has to load first tells steps only."""
