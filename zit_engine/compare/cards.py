"""The pictures the page itself shows, painted by the running model: style cards and samples.

Comes in: the engine and the catalogue. Goes out: WebP files under assets/. Every card is the same
prompt and seed, so that cards differ by style alone.
"""

import json
from pathlib import Path

from PIL import Image

from zit_engine.plan import plan
from zit_engine.request.ad_request import AdRequest
from zit_engine.studio import Studio

CARD_PROMPT, CARD_SEED = "strawberry cake, pink background", 7
_CARD_SIDE, _QUALITY = 192, 88


def make_cards(studio: Studio, folder: Path) -> list[Path]:
    """One card a style the running model can paint, as `folder`/<style>.webp."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for style in studio.available_styles():
        request = AdRequest(CARD_PROMPT, style.id, "plain-1-1", seed=CARD_SEED)
        target = folder / f"{style.id}.webp"
        card = _painted(studio, request).resize((_CARD_SIDE, _CARD_SIDE), Image.Resampling.LANCZOS)
        card.save(target, "WEBP", quality=_QUALITY)
        written.append(target)
    return written


def make_samples(studio: Studio, folder: Path) -> list[Path]:
    """The pictures `folder`/samples.json names (file, ko, style, seed), painted anew."""
    rows = json.loads((folder / "samples.json").read_text(encoding="utf-8"))
    written = []
    for row in rows:
        target = folder / row["file"]
        request = AdRequest(row["ko"], row["style"], "plain-1-1", seed=row["seed"])
        _painted(studio, request).save(target, "WEBP", quality=_QUALITY)
        written.append(target)
    return written


def _painted(studio: Studio, request: AdRequest) -> Image.Image:
    shot = plan(request, studio.engine, studio.catalogue)[0].shot
    return studio.engine.paint(shot, lambda done, total: None, lambda: False)
