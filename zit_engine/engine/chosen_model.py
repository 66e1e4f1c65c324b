"""Which checkpoint runs and where its files are; chosen once, on the first question.

Comes in: settings. Goes out: the placement, its folder on this machine (fetched and mended where
needed) and its tokenizer. It loads no weights.
"""

import threading
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import structlog

from zit_engine.engine.base import ModelFacts, OnProgress
from zit_engine.engine.checkpoint import read_base
from zit_engine.engine.config_files import Repair
from zit_engine.engine.hub import TOKENIZER_FILES, fetch_snapshot
from zit_engine.engine.memory import host_available
from zit_engine.engine.placement import FULL, Placement, choose_model, find_device, pocket_on
from zit_engine.engine.recognise import recognise, refuse
from zit_engine.errors import CheckpointRefused, DiskFull, EngineError, ModelMissing
from zit_engine.messages import say
from zit_engine.settings import Settings

log = structlog.get_logger(__name__)

TOKEN_LIMIT = 512  # max_sequence_length of ZImagePipeline
# Area and most extreme ratio. Z-Image's own list of sizes starts at 1024² and goes to 21:9. The
# pocket model was trained on 256 tokens, 512² to its VAE; by eye it keeps its subjects to 768x320
# and 320x768 (two prompts tried).
_TRAINED = {FULL: (1024 * 1024, 21 / 9), "pocket": (512 * 512, 21 / 9)}
# Pixels behind one token: 8 by the VAE, 16 by the pocket model's, times patches of 2.
SIZE_STEPS = {FULL: 16, "pocket": 32}
_TITLES = {FULL: "Z-Image Turbo", "pocket": "Pocket"}


class ChosenModel:
    """Safe for many threads."""

    def __init__(self, settings: Settings):
        self._settings = settings
        self._lock = threading.Lock()
        self._placement: Placement | None = None
        self._mend_lock = threading.Lock()
        self._mended: dict[Path, tuple[Path, tuple[Repair, ...]]] = {}

    @property
    def placement(self) -> Placement:
        """Raises ModelMissing. Changes when another model has to stand in."""
        with self._lock:
            if self._placement is None:
                settings = self._settings
                device = find_device(settings.gpu_gib)
                if settings.exact:  # as diffusers is used on a CPU
                    device = replace(device, has_bf16=False)
                self._placement = choose_model(
                    settings.model,
                    settings.model_revision,
                    device,
                    host_available(),
                    settings.fp8,
                )
            return self._placement

    @property
    def facts(self) -> ModelFacts:
        """Raises ModelMissing."""
        placement = self.placement
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
            size_step=SIZE_STEPS[placement.base],
        )

    @property
    def repairs(self) -> tuple[Repair, ...]:
        """What had to be mended in the present model's small files."""
        with self._lock:
            folder = self._placement.folder if self._placement else None
        return self._mended[folder][1] if folder in self._mended else ()

    def fetch(self, on_progress: OnProgress) -> tuple[Placement, Path]:
        """The placement and a folder on this machine that loads: downloaded, mended.

        Raises ModelMissing, CheckpointRefused, DiskFull; only `auto` takes the pocket model
        instead.
        """
        may_fall_back, source = self.placement.may_fall_back, self.placement.source
        try:
            placement, folder = self._find(on_progress)
            return placement, self._mend(folder)
        except (CheckpointRefused, ModelMissing) as error:
            if not may_fall_back:
                raise
            log.error("checkpoint refused", model=source, error=str(error))
            return self.stand_in("model.pocket_refused")

    def _mend(self, folder: Path) -> Path:
        """`folder` or a mended one beside it. Once for each folder, whoever asks first."""
        from zit_engine.engine.repair import mended  # starts torch

        with self._mend_lock:
            if folder not in self._mended:
                overlays = self._settings.data_dir / "checkpoints"
                try:
                    self._mended[folder] = mended(folder, overlays)
                except OSError as error:
                    raise ModelMissing(model=str(folder), detail=repr(error)) from error
                for repair in self._mended[folder][1]:
                    log.warning("checkpoint mended", **asdict(repair))
            return self._mended[folder][0]

    def _find(self, on_progress: OnProgress) -> tuple[Placement, Path]:
        placement = self.placement
        if placement.folder is not None:
            return placement, placement.folder
        try:
            folder = fetch_snapshot(
                placement.source,
                placement.revision,
                lambda fraction: on_progress("download", fraction),
            )
        except Exception as error:  # network, disk and hub errors share no parent
            log.error("download failed", model=placement.source, error=repr(error))
            if not placement.may_fall_back:
                if isinstance(error, EngineError):
                    raise
                raise ModelMissing(model=placement.source, detail=repr(error)) from error
            if isinstance(error, DiskFull):
                return self.stand_in("model.pocket_no_disk", **error.values)
            return self.stand_in("model.pocket_download_failed")
        recognised = recognise(folder)
        if not recognised.is_loadable:
            raise refuse(recognised, placement.source)
        fetched = replace(placement, base=read_base(folder), revision=folder.name, folder=folder)
        self._keep(fetched)
        return fetched, folder

    def stand_in(self, reason_id: str, **values: object) -> tuple[Placement, Path]:
        """The pocket model from now on, for the reason given. Raises ModelMissing."""
        placement = self.placement
        chosen = pocket_on(placement.device, reason_id, model=placement.source, **values)
        self._keep(chosen)
        assert chosen.folder is not None
        return chosen, chosen.folder

    def load_tokenizer(self) -> Any:
        """The tokenizer alone, fetched ahead of the rest where needed. Raises as the hub does."""
        from transformers import AutoTokenizer

        placement = self.placement
        folder = placement.folder
        if folder is None:  # a few MB, while the 20 GB of the model are still to come
            folder = fetch_snapshot(placement.source, placement.revision, patterns=TOKENIZER_FILES)
        else:
            folder = self._mend(folder)
        return AutoTokenizer.from_pretrained(str(folder / "tokenizer"), local_files_only=True)

    def _keep(self, placement: Placement) -> None:
        with self._lock:
            self._placement = placement
