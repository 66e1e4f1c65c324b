"""The small pictures by which people choose a layout or a typeface.

Comes in: a picture and a folder. Goes out: <layout>.webp and font-<typeface>.webp in it. Made when
layouts or typefaces change, and shipped; nothing at run time waits for them.
"""

import tomllib
from pathlib import Path

from PIL import Image

from zit_engine.finish.fonts import load_fonts
from zit_engine.finish.glyphs import Face
from zit_engine.finish.layouts import load_layouts
from zit_engine.finish.typography import set_type
from zit_engine.request.lettering import NO_LABEL, Lettering

# Set large and shrunk: type set at 192 px would be at its least sizes instead of the layout's.
_SET_SIDE = 640
CARD_SIDE = 192
# Twice the 24 points it is shown at.
_FACE_HEIGHT = 48
_INK = (28, 27, 26)


def write_specimens(picture: Image.Image, folder: Path) -> list[Path]:
    """Cards of all layouts set over `picture`, and samples of all typefaces on clear ground."""
    words = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    folder.mkdir(parents=True, exist_ok=True)
    square = picture.convert("RGB").resize((_SET_SIDE, _SET_SIDE), Image.Resampling.LANCZOS)
    written = []
    for layout in load_layouts():
        lettering = Lettering(**words["card"], template=layout, label=NO_LABEL)
        card = set_type(square, lettering, (0, 0, 0, 0)).image
        small = card.resize((CARD_SIDE, CARD_SIDE), Image.Resampling.LANCZOS)
        written.append(folder / f"{layout}.webp")
        small.save(written[-1], "WEBP", quality=85)
    for font in load_fonts():
        written.append(folder / f"font-{font}.webp")
        _sample(font, words["face"]["text"]).save(written[-1], "WEBP", lossless=True)
    return written


def _sample(font: str, text: str) -> Image.Image:
    mask, _, _ = Face(font, _FACE_HEIGHT).mask(text)
    ink = Image.new("RGBA", mask.size, (*_INK, 0))
    ink.putalpha(mask)
    height = _FACE_HEIGHT
    return ink.resize((max(1, round(ink.width * height / ink.height)), height))
