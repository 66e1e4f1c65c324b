"""The painted original kept beside a delivered picture, so that finishing it anew paints nothing.

Comes in: a painted picture, or the file of one. Goes out: the same pixels. It knows no folders.
"""

import io
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from zit_engine.errors import JobNotFound
from zit_engine.finish.metadata import XMP_KEYWORD, xmp_packet

# At 1024² with grain level 1 takes 0.10 s and 1.9 MB, level 6 0.29 s and 1.6 MB.
_PNG_LEVEL = 1


def encode_master(image: Image.Image) -> bytes:
    """A lossless PNG of `image` with the AI label and nothing else of its metadata."""
    info = PngInfo()
    info.add_itxt(XMP_KEYWORD, xmp_packet({}).decode("utf-8"))
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=_PNG_LEVEL, pnginfo=info)
    return out.getvalue()


def open_master(path: Path) -> Image.Image:
    """The picture in `path` (PNG; JPEG from before originals were kept). Raises JobNotFound when
    it is gone or damaged."""
    try:
        with Image.open(path, formats=("PNG", "JPEG")) as image:
            image.load()
            picture = image.convert("RGBA" if image.mode == "RGBA" else "RGB")
    except (OSError, SyntaxError, ValueError) as error:
        raise JobNotFound(detail=f"original {path.name}: {error!r}") from error
    picture.info = {}
    return picture
