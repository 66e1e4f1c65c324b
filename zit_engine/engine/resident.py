"""The model in memory. Comes in: a Shot. Goes out: a picture. Loaded by ZImageEngine.

Importing this module starts torch and diffusers (seconds); z_image.py does it late for that
reason. It knows nothing of threads or processes: one paint at a time is the caller's duty.
"""

import hashlib
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from zit_engine.engine.adapters import StyleAdapters
from zit_engine.engine.arrangement import decode_whole, tile
from zit_engine.engine.base import IsCancelled, OnProgress, OnStep, Shot
from zit_engine.engine.descent import Descent
from zit_engine.engine.forward_check import own_forward
from zit_engine.engine.health import Health
from zit_engine.engine.known_files import KnownFiles
from zit_engine.engine.memory import RegularCleanUp, is_out_of_memory
from zit_engine.engine.merged_sets import MOST_BYTES
from zit_engine.engine.noise import varied_embedding
from zit_engine.engine.pace import OneStepAhead
from zit_engine.engine.picture import from_decoder, to_picture
from zit_engine.engine.prompt_cache import CARD_LENGTHS, PromptCache
from zit_engine.engine.reading_ahead import ReadingAhead
from zit_engine.engine.repaint import Pipelines, arguments_of
from zit_engine.engine.residency import WHOLE, Residency, decode_bytes, merge_room
from zit_engine.engine.style_switch import StyleSwitch
from zit_engine.errors import Cancelled, OutOfMemory
from zit_engine.styles.style import Style


def _nobody() -> None:
    """No watchdog listens."""


class Resident:
    """One pipeline with its styles, its cached prompts and its clean-up."""

    def __init__(
        self,
        pipeline: Any,
        base: str,
        style_folder: Path,
        num_inference_steps: int,
        every: int,
        descent: Descent,
        health: Health,
        room: int | None = None,
        style_bytes: int | None = None,
        known_files: KnownFiles | None = None,
        is_exact: bool = True,
    ):
        """`room`: bytes a whole decode may take, None without a card. `style_bytes`: what all style
        adapters together may take, None for no limit. `known_files`: see StyleAdapters. `is_exact`:
        everything as plain diffusers does it."""
        self.pipeline = pipeline
        # None: the stock one.
        self.forward = None if is_exact else own_forward(pipeline.transformer, health)
        most = MOST_BYTES if room is None else merge_room(room, base)
        switch = StyleSwitch(self.forward, most) if self.forward else None
        if self.forward and pipeline.vae.device.type == "cpu":
            # Convolutions take a third of the time there; on an H100 they took half as long again.
            pipeline.vae.to(memory_format=torch.channels_last)
        self._pipelines = Pipelines(pipeline)
        self._base, self._room = base, room
        self.descent = descent
        self.is_broken = False
        self.adapters = StyleAdapters(
            pipeline, base, style_folder, style_bytes, known_files, switch
        )
        padding = pipeline if self.forward is None else None
        lengths = CARD_LENGTHS if room is not None else 1
        self.prompts = PromptCache(
            pipeline.tokenizer, pipeline.text_encoder, pipeline=padding, lengths=lengths
        )
        self.stop_compiling = threading.Event()  # whoever compiles for it looks there
        stays = descent.residency in (Residency.FULL, Residency.TILED)  # the encoder, on the card
        on_card = stays and room is not None and self.forward is not None
        self.ahead = ReadingAhead(self.prompts, pipeline.vae.device) if on_card else None
        self.clean_up = RegularCleanUp(every)
        self._steps = num_inference_steps
        self._health = health

    def load_styles(self, catalogue: Mapping[str, Style], on_progress: OnProgress) -> None:
        """Make every style resident now, for a host that forks before each picture."""
        self.adapters.load_all(catalogue.values(), on_progress)

    def close(self, wait: bool = True) -> None:
        """Nobody else works with its parts from now on; with `wait` nobody does any more."""
        self.stop_compiling.set()
        ahead, self.ahead = self.ahead, None
        if ahead is not None:
            ahead.close(wait)

    def paint(
        self,
        shot: Shot,
        on_step: OnStep,
        cancelled: IsCancelled,
        beat: Callable[[], None] = _nobody,
    ) -> Image.Image:
        """As ImageEngine.paint; `beat` is called at every sign of life.

        After any exception the next paint gives the same pixels.

        Out of memory: once more, after a clean-up and in tiles; the picture's info then says so.
        A second time raises OutOfMemory, and the pictures to come are painted one step further
        down the ladder.
        """
        try:
            return self._paint_twice(shot, on_step, cancelled, beat)
        finally:
            self.clean_up.picture_done()
            self._health.record(clean_ups=self.clean_up.count, pictures=self.clean_up.pictures)

    def _paint_twice(
        self, shot: Shot, on_step: OnStep, cancelled: IsCancelled, beat: Callable[[], None]
    ) -> Image.Image:
        detail, is_newly_tiled = "", False
        for is_last in (False, True):
            try:
                picture = self._paint(shot, on_step, cancelled, beat)
                if is_newly_tiled:
                    picture.info["note"] = "note.painted_in_tiles"
                return picture
            except (MemoryError, RuntimeError) as error:
                if not is_out_of_memory(error):
                    raise
                detail = f"{type(error).__name__}: {error}"
            # Out here: in there the error's traceback holds the tensors that filled the memory.
            is_eased = self._give_sets_back(is_last)
            self.clean_up.run()
            if is_last or (self.descent.residency is Residency.FULL and not is_eased):
                is_newly_tiled = self._step_down(detail)
        self.clean_up.run()
        raise OutOfMemory(detail=detail)

    def _give_sets_back(self, for_good: bool) -> bool:
        """Let merged styles go, on a card `for_good` if need be; whether that freed memory there.
        Elsewhere they are made anew: without them the same shot has other pixels."""
        switch = self.adapters.switch
        if switch is None:
            return False
        on_card, held = self._room is not None, switch.merged.total_bytes
        if for_good and on_card:
            switch.merge_no_more()
        else:
            switch.let_sets_go()
        return on_card and held > 0

    def _step_down(self, detail: str) -> bool:
        """One arrangement smaller. When even moving the parts fails, they lie half here and half
        there: the engine then drops the model."""
        self.is_broken = True
        self.close()  # the encoder may leave the card
        if self.forward is not None:
            self.forward.close()  # hooks are put around the stock one
        is_down = self.descent.step_down(self.pipeline, detail)
        if self.forward is not None:
            if self.descent.residency in WHOLE:
                self.forward.open()
            else:
                self.forward = None  # its tensors would stay on the device
                self.adapters.leave_switch()
        self.is_broken = False
        return is_down

    def _choose_tiles(self, shot: Shot) -> None:
        """Decode a picture in tiles where a whole one would not fit beside the model. (Slicing,
        the other saving of the VAE, is for batches; here every batch is one picture.)"""
        is_large = self._room is not None and (
            decode_bytes(shot.width, shot.height, self._base) > self._room
        )
        if is_large or self.descent.residency is not Residency.FULL:
            tile(self.pipeline)
        else:
            decode_whole(self.pipeline)

    def _paint(
        self, shot: Shot, on_step: OnStep, cancelled: IsCancelled, beat: Callable[[], None]
    ) -> Image.Image:
        # All of it each time: a process reused for another picture still has that one's style.
        started = time.perf_counter()
        self.adapters.activate(shot.style, shot.adapter_weight, lambda stage, done: beat())
        trace: dict[str, object] = {"switch_s": time.perf_counter() - started}
        self._choose_tiles(shot)
        began = time.perf_counter()
        embedding = varied_embedding(shot, self.prompts.embed(shot.model_prompt))
        read = time.perf_counter()
        trace["encode_s"] = read - began
        if cancelled():
            raise Cancelled()

        pace = OneStepAhead(embedding.device)

        def after_step(
            running: Any, step: int, _timestep: Any, tensors: dict[str, Any]
        ) -> dict[str, Any]:
            total = running.num_timesteps  # fewer than self._steps from a picture
            pace.step_given()
            beat()
            on_step(step + 1, total)
            # Raising is the only way out: pipeline._interrupt would still decode a picture.
            if step + 1 < total and cancelled():
                raise Cancelled()
            if step + 1 == total:
                trace["denoise_s"] = time.perf_counter() - read
                trace["latents"] = fingerprint(tensors["latents"])
            return tensors

        pipeline = self._pipelines.of(shot)
        made = pipeline(
            prompt_embeds=[embedding],
            width=shot.width,
            height=shot.height,
            num_inference_steps=self._steps,
            guidance_scale=0.0,  # distilled: the default of 5.0 doubles the work and spoils it
            callback_on_step_end=after_step,
            output_type="np" if self.forward is None else "latent",
            **arguments_of(shot, pipeline),
        ).images[0]
        picture = self._picture_of(made)
        # What it moved to the device stays there unless the pipeline with the hooks takes it back.
        self.pipeline.maybe_free_model_hooks()
        trace["decode_s"] = time.perf_counter() - read - float(str(trace.get("denoise_s", 0.0)))
        picture.info.update(trace)
        return picture

    def _picture_of(self, made: Any) -> Image.Image:
        """Of pixels, or of latents (channels, height / 8, width / 8)."""
        if self.forward is None:
            return to_picture(made)
        vae = self.pipeline.vae
        latents = made[None].to(vae.dtype) / vae.config.scaling_factor + vae.config.shift_factor
        with torch.no_grad():
            return from_decoder(vae.decode(latents, return_dict=False)[0][0])


def fingerprint(tensor: torch.Tensor) -> str:
    """SHA-256 of the numbers as they are stored: equal only for equal bits."""
    numbers = tensor.detach().contiguous().cpu().view(torch.uint8).numpy()
    return hashlib.sha256(numbers.tobytes()).hexdigest()
