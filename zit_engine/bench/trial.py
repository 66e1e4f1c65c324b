"""What is measured: a model with styles and prompts, opened once for all sections of a run.

Comes in: which model (the settings' own, or random weights at full size) and whether quickly. Goes
out: a Trial that paints and tells the moments of each picture. It judges no figure.
"""

import dataclasses
import json
import math
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch
from PIL import Image

from zit_engine.bench.random_checkpoint import write_style
from zit_engine.bench.watched_engine import Moments, Watched, WatchedEngine
from zit_engine.engine.base import Shot
from zit_engine.engine.memory import free_unused
from zit_engine.engine.residency import GIB
from zit_engine.settings import ROOT, Settings
from zit_engine.styles.catalogue import load_catalogue
from zit_engine.styles.style import POCKET_BASE, LoraFile, Style

# Beside the base; as many as the embedded model ships.
ADAPTERS, RANK = 5, 32
# Pixels of a side where the size does not matter: what a style's file or a switch takes.
SMALL = 64
# At 1024² a decode peaked 2.6 GB over the weights on an H100; this is twice as much.
_DECODE_GIB = 5.0
_LONGEST_COMPILE_S = 600.0
_SUBJECTS = ROOT / "assets" / "pocket" / "subjects.json"


class Trial:
    """One model and what is painted with it. `side`: of the usual square picture."""

    def __init__(self, settings: Settings, folder: Path, quick: bool, side: int = 0):
        self.settings, self.folder, self.quick = settings, folder, quick
        self.asked_side = side
        self._engine: WatchedEngine | None = None
        self._warm_at = 0
        self._styles: dict[str, Style] = {}
        subjects = json.loads(_SUBJECTS.read_text(encoding="utf-8"))["subjects"]
        self._names = [row["en"][0] for row in subjects if row["en"]]

    @property
    def engine(self) -> WatchedEngine:
        """The usual one; the model is loaded by its first picture."""
        if self._engine is None:
            self._engine = WatchedEngine(self.settings, self.asked_side)
        return self._engine

    @property
    def side(self) -> int:
        return math.isqrt(self.engine.facts.render_area)

    @property
    def styles(self) -> list[Style]:
        """The base and after it the adapters of the usual run."""
        if not self._styles:
            base = next(style for style in load_catalogue(ROOT / "style_loras").values())
            made = [base, *self.adapters(ADAPTERS)]
            self._styles = {style.id: style for style in made}
        return list(self._styles.values())

    @property
    def catalogue(self) -> Mapping[str, Style]:
        return MappingProxyType({style.id: style for style in self.styles})

    def another(self, **changes: object) -> WatchedEngine:
        """An engine of its own with changed settings; whoever asks closes it. Where a card has no
        room for it beside the usual one, that is let go."""
        if self.engine.is_ready and not self.has_room():
            self.close()
        engine = WatchedEngine(self.settings.model_copy(update=changes), self.asked_side)
        settle(engine)
        return engine

    def has_room(self) -> bool:
        """Whether the card takes the model's weights a second time, with a decode beside them.
        Weights with styles in them make room."""
        if not torch.cuda.is_available():
            return True
        resident = self.engine._get_resident(lambda stage, fraction: None)
        if resident.adapters.switch is not None:
            resident.adapters.switch.let_sets_go()
        pipeline: Any = resident.pipeline
        parts = (pipeline.transformer, pipeline.text_encoder, pipeline.vae)
        weights = sum(each.numel() * each.element_size() for p in parts for each in p.parameters())
        free_unused()
        return bool(torch.cuda.mem_get_info()[0] > weights + _DECODE_GIB * GIB)

    def adapters(self, count: int) -> list[Style]:
        """`count` styles with files of their own: copies of the shipped ones for the embedded
        model, random matrices for any other. Time does not depend on their values."""
        base = self.engine.facts.base
        shipped = sorted((ROOT / "style_loras" / POCKET_BASE).glob("*.safetensors"))
        made = []
        for number in range(count):
            path = self.folder / f"style-{number}.safetensors"
            if not path.exists() and base == POCKET_BASE:
                shutil.copyfile(shipped[number % len(shipped)], path)
            elif not path.exists():
                write_style(path, self.engine.style_layers(), RANK, number)
            file = LoraFile("", "", 1.0, "Apache-2.0", path=str(path))
            files = MappingProxyType({base: file})
            made.append(Style(path.stem, path.stem, path.stem, "", files))
        return made

    def prompt(self, number: int) -> str:
        """Another one for each number: no two share what is read of them."""
        name = self._names[number % len(self._names)]
        return f"{name} on a table, number {number}"

    def shot(self, number: int, style: Style | None = None, **changes: Any) -> Shot:
        """The usual picture: prompt and seed by number, the base unless a style is given."""
        style = style or self.styles[0]
        shot = Shot(self.prompt(number), self.side, self.side, number, style, 1.0)
        return dataclasses.replace(shot, **changes)

    def paint(self, shot: Shot, engine: WatchedEngine | None = None) -> Moments:
        return self.painted(shot, engine)[1]

    def whole_s(self, shot: Shot, engine: WatchedEngine | None = None) -> float:
        """Seconds of the picture as it is painted when nobody watches its steps."""
        return self.paint_watching(Watched.NOTHING, shot, engine).total_s

    def paint_watching(
        self, watched: Watched, shot: Shot, engine: WatchedEngine | None = None
    ) -> Moments:
        """Moments that are not `watched` are those of handing work over."""
        engine = engine or self.engine
        engine.watched = watched
        try:
            return self.paint(shot, engine)
        finally:
            engine.watched = Watched.STEPS

    def painted(
        self, shot: Shot, engine: WatchedEngine | None = None
    ) -> tuple[Image.Image, Moments]:
        engine = engine or self.engine
        picture = engine.paint(shot, lambda done, total: None, lambda: False)
        return picture, engine.painted[-1]

    def warm(self) -> None:
        """Whatever a first picture pays: for the model, its usual size, each style. Once for each
        load of the model."""
        if self._warm_at == self.engine.load_count and self.engine.is_ready:
            return
        settle(self.engine)
        self.paint(self.shot(0))
        for style in self.styles:
            self.paint(self.shot(0, style, width=SMALL, height=SMALL))
        self._warm_at = self.engine.load_count

    def close(self) -> None:
        """Let the model go; another picture would load it anew."""
        if self._engine is not None:
            self._engine.close()


def settle(engine: WatchedEngine) -> str:
    """Load the model and let what is compiled beside the first pictures end; tells how it ended,
    "" where nothing is compiled."""
    engine.warm_up(lambda stage, fraction: None)
    limit = time.monotonic() + _LONGEST_COMPILE_S
    while time.monotonic() < limit:
        told = engine.health.as_dict()
        if "running" not in (told.get("compiled"), told.get("decoder")):
            return str(told.get("compiled", ""))
        time.sleep(0.1)
    return "running"


@contextmanager
def open_trial(
    settings: Settings, *, full_size_random: bool = False, quick: bool = False, side: int = 0
) -> Iterator[Trial]:
    """A Trial in a folder of its own, gone afterwards. Random weights at full size take 25 GB of
    disk. Raises EngineError."""
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        folder = Path(temporary)
        changes: dict[str, object] = {"data_dir": folder / "data"}
        if full_size_random:
            changes["model"] = str(folder / "model")
            command = [sys.executable, "-m", "zit_engine.bench.random_checkpoint"]
            subprocess.run([*command, str(changes["model"])], cwd=ROOT, check=True)
        trial = Trial(settings.model_copy(update=changes), folder, quick, side)
        try:
            yield trial
        finally:
            trial.close()
