"""The pictures the page itself shows, painted by the running model: style cards and samples.

Comes in: the engine and the catalogue. Goes out: WebP files: shipped ones under assets/, this
machine's own in the data folder, each with what it was made of, so that a stale one is known.
Every card is the same prompt and seed, so that cards differ by style alone.
"""

import hashlib
import json
from pathlib import Path

from PIL import Image

from zit_engine.compare.proof import style_key
from zit_engine.plan import plan
from zit_engine.request.ad_request import AdRequest
from zit_engine.request.lettering import NO_LABEL
from zit_engine.settings import ROOT
from zit_engine.studio import Studio
from zit_engine.styles.style import Style

CARD_PROMPT, CARD_SEED = "strawberry cake, pink background", 7
SHIPPED = ROOT / "assets" / "thumbs"
# Which card was made of what: {style id: key}.
LIST_NAME = "cards.json"
_CARD_SIDE, _QUALITY = 192, 88


def own_cards(data_dir: Path) -> Path:
    """The folder of the cards this machine painted itself."""
    return data_dir / "cards"


def card_key(studio: Studio, style: Style) -> str:
    """16 hex digits that change with the model, the style's file, strength and words."""
    facts = studio.engine.facts
    parts = (facts.title, facts.revision, style_key(style, facts.base), CARD_PROMPT, str(CARD_SEED))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def stale_cards(studio: Studio) -> list[str]:
    """Ids of the styles the running model paints whose card shows another model or file, or is
    missing."""
    made = {**_listed(SHIPPED), **_listed(own_cards(studio.settings.data_dir))}
    styles = studio.available_styles()
    return [style.id for style in styles if made.get(style.id) != card_key(studio, style)]


def make_cards(studio: Studio, folder: Path, only: list[str] | None = None) -> list[Path]:
    """One card a style the running model can paint (with `only`, those), as `folder`/<style>.webp.

    Raises EngineError, OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made, written = _listed(folder), []
    for style in studio.available_styles():
        if only is not None and style.id not in only:
            continue
        request = AdRequest(CARD_PROMPT, style.id, "plain-1-1", seed=CARD_SEED, label=NO_LABEL)
        target = folder / f"{style.id}.webp"
        card = _painted(studio, request).resize((_CARD_SIDE, _CARD_SIDE), Image.Resampling.LANCZOS)
        card.info = {}
        card.save(target, "WEBP", quality=_QUALITY)
        made[style.id] = card_key(studio, style)
        # After each: what was painted before an interruption is known the next time.
        text = json.dumps(made, indent=1, sort_keys=True)
        (folder / LIST_NAME).write_text(f"{text}\n", encoding="utf-8")
        written.append(target)
    return written


def make_samples(studio: Studio, folder: Path) -> list[Path]:
    """The pictures `folder`/samples.json names (file, ko, style, seed), painted anew."""
    rows = json.loads((folder / "samples.json").read_text(encoding="utf-8"))
    written = []
    for row in rows:
        target = folder / row["file"]
        request = AdRequest(row["ko"], row["style"], "plain-1-1", seed=row["seed"], label=NO_LABEL)
        _painted(studio, request).save(target, "WEBP", quality=_QUALITY)
        written.append(target)
    return written


def _listed(folder: Path) -> dict[str, str]:
    """The folder's cards that are there; none where the list cannot be read."""
    try:
        rows = json.loads((folder / LIST_NAME).read_text(encoding="utf-8"))
        return {
            str(style): str(key)
            for style, key in rows.items()
            if (folder / f"{style}.webp").is_file()
        }
    except (OSError, ValueError, AttributeError):
        return {}


def _painted(studio: Studio, request: AdRequest) -> Image.Image:
    shot = plan(request, studio.engine, studio.catalogue)[0].shot
    return studio.engine.paint(shot, lambda done, total: None, lambda: False)
