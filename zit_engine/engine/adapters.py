"""Styles on the resident model. Comes in: a Style and a weight. Goes out: the transformer set so.

Each style is loaded once under its own adapter name and switched by choosing its tensors
(StyleSwitch), or with set_adapters where the stock forward runs (22 ms among three on an H100,
where loading anew takes 423 ms). Nothing is ever fused: the base is the same bit for bit however
many styles were used before.
"""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from peft import set_peft_model_state_dict

from zit_engine.engine.base import OnProgress
from zit_engine.engine.hub import fetch_file
from zit_engine.engine.known_files import FILE_NAME, KnownFiles
from zit_engine.engine.lora_file import UnfitLora, UnreadableLora, inspect_lora, linear_shapes
from zit_engine.engine.lora_matrices import LayerShapes
from zit_engine.engine.memory import is_out_of_memory
from zit_engine.errors import AdapterMismatch, EngineError, StyleUnavailable
from zit_engine.styles.style import LoraFile, Style

if TYPE_CHECKING:
    from zit_engine.engine.style_switch import StyleSwitch

log = structlog.get_logger(__name__)


class StyleAdapters:
    """The adapters of one pipeline. Not thread-safe; the engine's lock guards it."""

    def __init__(
        self,
        pipeline: Any,
        base: str,
        folder: Path,
        limit_bytes: int | None = None,
        known: KnownFiles | None = None,
        switch: "StyleSwitch | None" = None,
    ):
        """`limit_bytes` is what all adapters together may take; None: no limit. `known` keeps what
        files of the hub were when first used; None: nobody looks. `switch`: where the transformer
        has a forward of its own; None: PEFT switches."""
        self.switch = switch
        self._known = known
        self._limit_bytes = limit_bytes
        self._pipeline = pipeline
        self._base = base
        self._folder = folder
        self._layers = linear_shapes(pipeline.transformer)
        # style id -> (label of its file, its bytes), the least recently used first
        self._loaded: OrderedDict[str, tuple[str, int]] = OrderedDict()

    @property
    def layers(self) -> LayerShapes:
        """(out, in) features of each layer an adapter may touch."""
        return self._layers

    @property
    def loaded(self) -> tuple[str, ...]:
        """Ids of the resident styles, the least recently used first."""
        return tuple(self._loaded)

    @property
    def loaded_bytes(self) -> int:
        """What the resident adapters take, by the sizes of their files."""
        return sum(size for _, size in self._loaded.values())

    def activate(self, style: Style, weight: float, on_progress: OnProgress) -> None:
        """Set the whole adapter state: this style alone (a mix: its parts, each at its share of
        `weight`), or none for the base and weight 0.

        Raises StyleUnavailable, AdapterMismatch; the transformer then is as it was before.
        """
        parts = style.parts or ((style, 1.0),)
        files = {} if style.is_base else {part.id: self._file_of(part) for part, _ in parts}
        chosen = [(part, share * weight) for part, share in parts if part.id in files]
        chosen = [(part, share) for part, share in chosen if files[part.id].has_adapter and share]
        if not chosen:
            self._choose([])
            return
        needed = [part.id for part, _ in chosen]
        for part, _ in chosen:
            self._make_resident(part, files[part.id], on_progress, needed)
            self._loaded.move_to_end(part.id)
        self._choose([(part.id, share) for part, share in chosen])

    def leave_switch(self) -> None:
        """The stock forward is back: PEFT switches from now on."""
        self.switch = None

    def _choose(self, chosen: Sequence[tuple[str, float]]) -> None:
        if self.switch is not None:
            self.switch.choose(chosen)
        elif chosen:
            self._pipeline.enable_lora()
            self._pipeline.set_adapters([name for name, _ in chosen], [w for _, w in chosen])
        elif self._loaded:  # diffusers refuses to disable what was never loaded
            self._pipeline.disable_lora()

    def load_all(self, styles: Iterable[Style], on_progress: OnProgress) -> None:
        """Make every style of this model resident; one that cannot be is logged and left out."""
        wanted = [style for style in styles if self._base in style.files and not style.parts]
        for done, style in enumerate(wanted, start=1):
            try:
                self._make_resident(style, style.files[self._base], on_progress)
            except EngineError as error:
                log.warning("style left out", style=style.id, error=str(error))
            on_progress("styles", done / len(wanted))
        self._choose([])

    def _file_of(self, style: Style) -> LoraFile:
        if self._base not in style.files:
            raise StyleUnavailable(style=style.ko)
        return style.files[self._base]

    def _make_resident(
        self,
        style: Style,
        lora_file: LoraFile,
        on_progress: OnProgress,
        needed: Collection[str] = (),
    ) -> None:
        """`needed`: styles that must stay resident beside it."""
        if not lora_file.has_adapter:
            return
        if style.id in self._loaded and self._loaded[style.id][0] == lora_file.label:
            return
        path = self._locate(style, lora_file, on_progress)
        try:
            report, tensors = inspect_lora(path, self._layers)
        except UnreadableLora as error:
            raise AdapterMismatch(
                "error.adapter_missing", style=style.ko, file=lora_file.label, detail=str(error)
            ) from error
        except UnfitLora as error:
            raise _mismatch(style, lora_file, str(error)) from error
        self._check_sum(style, lora_file, report.sha256)
        if style.id in self._loaded:  # the same style from another file
            self._forget(style.id)
        self._make_room(report.size_bytes, needed)
        self._load(style, lora_file, tensors, report.size_bytes)
        layers = f"{report.matched_layers} of {report.model_layers}"
        log.info("style resident", style=style.id, file=lora_file.label, layers=layers)

    def _check_sum(self, style: Style, lora_file: LoraFile, sha256: str) -> None:
        """Raises AdapterMismatch for a file of other bytes than registered, or than the hub gave
        the first time."""
        expected, message_id = lora_file.sha256, "error.adapter_changed"
        if not expected and lora_file.repo and self._known is not None:
            message_id = "error.adapter_moved"
            try:
                expected = self._known.first_seen(lora_file.label, sha256)
            except OSError as error:
                raise AdapterMismatch(
                    "error.adapter_notes", style=style.ko, file=FILE_NAME, detail=repr(error)
                ) from error
        if expected and sha256 != expected:
            detail = f"sha256 {sha256}, expected {expected}"
            raise AdapterMismatch(
                message_id, style=style.ko, file=lora_file.label, id=style.id, detail=detail
            )

    def _locate(self, style: Style, lora_file: LoraFile, on_progress: OnProgress) -> Path:
        if lora_file.path:
            path = self._folder / lora_file.path
            detail = "" if path.is_file() else "no such file"
        else:
            try:
                path = fetch_file(
                    lora_file.repo,
                    lora_file.filename,
                    lora_file.revision,
                    lambda fraction: on_progress("download", fraction),
                )
                detail = ""
            except Exception as error:  # network, disk and hub errors share no parent
                detail = repr(error)
        if detail:
            raise StyleUnavailable(
                "error.adapter_missing", style=style.ko, file=lora_file.label, detail=detail
            )
        return path

    def _load(self, style: Style, lora_file: LoraFile, tensors: dict[str, Any], size: int) -> None:
        try:
            # The tensors that were checked, not the file again: nothing changes in between, and
            # every naming and alpha reaches PEFT as the same matrices.
            self._pipeline.load_lora_weights(dict(tensors), adapter_name=style.id)
            self._restore_precision(style.id, tensors)
            if self.switch is not None:
                self.switch.add(style.id)
                self._pipeline.disable_lora()  # no trace of it if the stock forward ever runs
        except Exception as error:  # PEFT raises bare types; whatever it was, the base must stay
            self._forget(style.id)
            if is_out_of_memory(error):
                raise
            raise _mismatch(style, lora_file, repr(error)) from error
        self._loaded[style.id] = (lora_file.label, size)

    def _make_room(self, size: int, needed: Collection[str]) -> None:
        """Let go of the least recently used styles until `size` more bytes are within the limit;
        when nothing more can go the load is tried all the same."""
        if self._limit_bytes is None:
            return
        for name in [name for name in self._loaded if name not in needed]:
            if self.loaded_bytes + size <= self._limit_bytes:
                return
            log.info("style let go", style=name)
            self._forget(name)

    def _restore_precision(self, name: str, tensors: dict[str, Any]) -> None:
        """On an 8-bit transformer PEFT makes the adapter 8-bit as well; give it back the type
        the model computes in, and the numbers of its file."""
        transformer = self._pipeline.transformer
        if all(weight.dtype.itemsize > 1 for weight in transformer.parameters()):
            return
        for key, module in transformer.named_modules():
            if key.endswith((f".lora_A.{name}", f".lora_B.{name}")):
                module.to(transformer.dtype)
        plain = {key.removeprefix("transformer."): tensor for key, tensor in tensors.items()}
        set_peft_model_state_dict(transformer, plain, adapter_name=name)

    def _forget(self, name: str) -> None:
        self._loaded.pop(name, None)
        if self.switch is not None:
            self.switch.forget(name)
        if name in getattr(self._pipeline.transformer, "peft_config", {}):
            self._pipeline.delete_adapters(name)


def _mismatch(style: Style, lora_file: LoraFile, detail: str) -> AdapterMismatch:
    return AdapterMismatch(style=style.ko, file=lora_file.label, detail=detail)
