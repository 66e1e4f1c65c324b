"""Paints the reference pictures of the pocket model: `python -m tests.engine.references`."""

from pathlib import Path

from PIL import Image

from zit_engine.engine.base import Shot
from zit_engine.engine.z_image import ZImageEngine
from zit_engine.request.compose import model_prompt
from zit_engine.settings import ROOT, load_settings
from zit_engine.styles.catalogue import load_catalogue

FOLDER = Path(__file__).parent / "references"
PROMPT, SEED, SIDE = "hamburger, yellow background", 8, 512


def paint_reference(engine: ZImageEngine, style_id: str) -> Image.Image:
    """The reference shot in one style, at the style's own weight."""
    style = load_catalogue(ROOT / "style_loras")[style_id]
    lora = style.files.get("pocket")
    prompt = model_prompt(PROMPT, lora.trigger, lora.trigger_ko) if lora else PROMPT
    weight = lora.adapter_weight if lora else 0.0
    shot = Shot(prompt, SIDE, SIDE, SEED, style, weight)
    return engine.paint(shot, lambda done, total: None, lambda: False)


def main() -> None:
    catalogue = load_catalogue(ROOT / "style_loras")
    engine = ZImageEngine(load_settings(model="pocket"), catalogue)
    FOLDER.mkdir(exist_ok=True)
    for style in catalogue.values():
        if style.runs_on("pocket"):
            paint_reference(engine, style.id).save(FOLDER / f"{style.id}.png", optimize=True)


if __name__ == "__main__":
    main()
