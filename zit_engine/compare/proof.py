"""Proof that styles leave no trace: base, every style, base again, compared bit for bit.

Comes in: the studio. Goes out: a Proof, kept in the data folder for the model and style files it
was made with. It paints through the engine alone, so any engine can be proved.
"""

import contextlib
import dataclasses
import hashlib
import importlib.metadata
import json
import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from zit_engine.engine.base import Shot
from zit_engine.errors import EngineError
from zit_engine.host import Host, detect_host
from zit_engine.messages import explain_both
from zit_engine.plan import composed
from zit_engine.settings import ROOT
from zit_engine.store.files import FILE_MODE
from zit_engine.studio import Studio
from zit_engine.styles.style import Style

FILE_NAME = "proof.json"
PROMPT, SEEDS = "strawberry cake, pink background", (7, 8)
# Mean difference from the base in steps of 255 below which a style does nothing anybody sees. The
# weakest shipped one reaches 6; two runs of the same picture on one machine 0.
LEAST_VISIBLE = 1.0
_PACKAGES = ("diffusers", "peft", "torch", "transformers")


@dataclass(frozen=True, slots=True)
class StyleProof:
    """`base_is_same`: the base after this style has the tensors and pixels of the base before.
    `repeats`: the style painted again after all others is the same too. `difference` from the base
    in steps of 255; `switch_s`: seconds to make the resident style the active one; `error`: what to
    tell people of a style that could not be painted."""

    style: str
    base_is_same: bool
    repeats: bool
    difference: float
    switch_s: float
    error: str = ""

    @property
    def is_good(self) -> bool:
        is_visible = self.difference >= LEAST_VISIBLE
        return not self.error and self.base_is_same and self.repeats and is_visible


@dataclass(frozen=True, slots=True)
class Proof:
    """`key` names the model, the libraries and the style files it holds for; `made_at` is seconds
    since 1970. `skipped` says why nothing was painted, "" where it was."""

    key: str
    model: str
    made_at: float
    side: int
    rows: tuple[StyleProof, ...]
    skipped: str = ""

    @property
    def is_good(self) -> bool:
        return bool(self.rows) and all(row.is_good for row in self.rows)


def proof_key(studio: Studio) -> str:
    """16 hex digits that change with the model, a library or any style file."""
    facts = studio.engine.facts
    parts = [facts.source, facts.revision, facts.dtype, facts.device]
    parts += [importlib.metadata.version(name) for name in _PACKAGES]
    parts += [style_key(style, facts.base) for style in studio.available_styles()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def style_key(style: Style, base: str) -> str:
    """What a picture in `style` depends on besides the model: file, strength and words."""
    lora = style.files.get(base)
    if lora is None:
        return style.id
    content = f"{lora.label}@{lora.revision}"
    if lora.path:
        with contextlib.suppress(OSError):
            data = (ROOT / "style_loras" / lora.path).read_bytes()
            content = hashlib.sha256(data).hexdigest()
    return f"{style.id} {content} {lora.adapter_weight} {lora.trigger} {lora.trigger_ko}"


def prove(studio: Studio, before_each: Callable[[], None] = lambda: None) -> Proof:
    """Paint and compare; some 0.3 s a picture on the embedded model, 3 pictures a style.

    `before_each` is called before every picture: it may wait until nobody else wants to paint, or
    raise to give up. Skipped on ZeroGPU, where every picture is of somebody's daily share.
    """
    facts = studio.engine.facts
    key, side = proof_key(studio), math.isqrt(facts.render_area) // 2
    if detect_host() is Host.ZERO_GPU:
        return Proof(key, facts.title, time.time(), side, (), "ZeroGPU")

    def painted(style: Style, seed: int) -> Image.Image:
        lora = style.files.get(facts.base)
        weight = 0.0 if lora is None else lora.adapter_weight
        text = composed(PROMPT, style, facts.base)
        before_each()
        shot = Shot(text, side, side, seed, style, weight)
        return studio.engine.paint(shot, lambda done, total: None, lambda: False)

    styles = studio.available_styles()
    base = next(style for style in styles if style.is_base)
    before = {seed: painted(base, seed) for seed in SEEDS}
    seen: dict[str, Image.Image] = {}
    rows: dict[str, StyleProof] = {}
    for number, style in enumerate(style for style in styles if not style.is_base):
        seed = SEEDS[number % len(SEEDS)]
        try:
            seen[style.id] = painted(style, seed)
            after = painted(base, seed)
        except EngineError as error:
            rows[style.id] = StyleProof(style.id, False, False, 0.0, 0.0, explain_both(error))
            continue
        difference = _difference(seen[style.id], before[seed])
        rows[style.id] = StyleProof(style.id, _same(before[seed], after), True, difference, 0.0)
    for number, style in enumerate(style for style in styles if not style.is_base):
        if style.id in seen:
            again = painted(style, SEEDS[number % len(SEEDS)])
            # Now every style is resident: this is the switch people wait for.
            rows[style.id] = dataclasses.replace(
                rows[style.id],
                repeats=_same(seen[style.id], again),
                switch_s=float(again.info.get("switch_s", 0.0)),
            )
    last_is_same = all(_same(before[seed], painted(base, seed)) for seed in SEEDS)
    proved = [
        dataclasses.replace(row, base_is_same=row.base_is_same and last_is_same)
        for row in rows.values()
    ]
    return Proof(key, facts.title, time.time(), side, tuple(proved))


def _same(one: Image.Image, other: Image.Image) -> bool:
    """Bit for bit: the tensors before decoding, by their hash, and every pixel."""
    latents = [picture.info.get("latents") for picture in (one, other)]
    return latents[0] == latents[1] and one.tobytes() == other.tobytes()


def _difference(one: Image.Image, other: Image.Image) -> float:
    apart = np.abs(np.asarray(one, np.float32) - np.asarray(other, np.float32))
    return round(float(apart.mean()), 3)


def keep(folder: Path, proof: Proof) -> None:
    """Write `proof` into the data folder, whole or not at all. Raises OSError."""
    part = folder / f".{FILE_NAME}.part"
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(dataclasses.asdict(proof), file)
    os.replace(part, folder / FILE_NAME)


def kept(folder: Path) -> Proof | None:
    """The proof in the data folder; None without one that can be read."""
    try:
        values = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
        rows = tuple(StyleProof(**row) for row in values["rows"])
        return Proof(**{**values, "rows": rows})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def as_report(studio: Studio, proof: Proof | None) -> dict[str, Any]:
    """Plain data for `doctor` and --json. state: proved, leaks, skipped, outdated or never."""
    if proof is None:
        return {"state": "never"}
    is_current = proof.key == proof_key(studio)
    state = "skipped" if proof.skipped else "proved" if proof.is_good else "leaks"
    rows = [{**dataclasses.asdict(row), "is_good": row.is_good} for row in proof.rows]
    return {
        "state": state if is_current else "outdated",
        "made_at": time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(proof.made_at)),
        "model": proof.model,
        "skipped": proof.skipped,
        "styles": rows,
    }
