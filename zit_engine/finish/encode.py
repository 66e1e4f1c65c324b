"""A finished picture becomes a file that keeps its channel's weight limit, settings and AI label.

Comes in: a picture of the delivered size. Goes out: bytes and how they were made. Pixels are never
resized and nothing of the picture's own metadata (EXIF, position, profile) is carried over.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from PIL import Image, ImageFilter
from PIL.PngImagePlugin import PngInfo

from zit_engine.errors import TooHeavy
from zit_engine.finish.metadata import PNG_KEYWORD, XMP_KEYWORD, settings_json, xmp_packet

BEST_QUALITY = 95
# From here up colour is stored at full resolution: red type on white frays otherwise.
_FULL_COLOUR_QUALITY = 85
# zlib 4 takes 0.4 times as long as 6 (136 and 346 ms at 1024²) and weighs 2-6 % more, so 6 is tried
# only where 4 misses the limit by little.
_PNG_LEVEL, _PNG_SLOW_LEVEL, _PNG_NEAR = 4, 6, 1.08
# A file this near to its limit is not improved for the rest of it.
_FULL = 0.97
# (dropped bits, blur radius), best first. Measured on photographs at 1029×258, where 300 KB is the
# limit: all fit after 2 dropped bits at 46 dB, while 256 palette colours reach 32-39 dB, dithered
# ones less, and would not be PNG-24. Pure noise needs a blur of 2 pixels. 5 bits band visibly.
_PNG_LADDER = (
    (0, 0.0),
    (1, 0.0),
    (2, 0.0),
    (3, 0.0),
    (2, 1.0),
    (3, 1.0),
    (3, 2.0),
    (3, 4.0),
    (4, 4.0),
    (4, 8.0),
    (4, 16.0),
)


@dataclass(frozen=True, slots=True)
class Encoded:
    """A file. quality: JPEG only. dropped_bits (of 8 a channel) and smoothing (blur radius in
    pixels): 0 unless a PNG had to lose weight."""

    data: bytes
    format: Literal["png", "jpg"]
    quality: int | None = None
    dropped_bits: int = 0
    smoothing: float = 0.0


def encode(
    image: Image.Image,
    format: Literal["png", "jpg"],
    limit_kb: int | None,
    metadata: Mapping[str, object],
    dpi: int | None = None,
    reserve: int = 0,
) -> Encoded:
    """`image` as PNG or JPEG of at most limit_kb × 1000 bytes, settings and label included, and
    where it is to be printed `dpi` pixels an inch. `reserve`: bytes of the limit left free, for a
    signature to come.

    Transparency is kept in PNG and laid on white in JPEG. Raises TooHeavy when even the roughest
    step is over the limit, ValueError for another format.
    """
    if format not in ("png", "jpg"):
        raise ValueError(f"unknown format {format!r}")
    limit = None if limit_kb is None else limit_kb * 1000 - reserve
    found, smallest = (_png if format == "png" else _jpeg)(image, limit, metadata, dpi)
    if found is None:
        raise TooHeavy(limit_kb=limit_kb, size_kb=-(-(smallest + reserve) // 1000))
    return found


def _jpeg(
    image: Image.Image, limit: int | None, metadata: Mapping[str, object], dpi: int | None
) -> tuple[Encoded | None, int]:
    """A quality that all but fills the limit, or the best there is, by halving: at most eight
    tries, mostly one."""
    opaque = _opaque(image)
    xmp = xmp_packet(metadata)
    best: Encoded | None = None
    low, high, quality = 1, BEST_QUALITY, BEST_QUALITY
    smallest = 0
    while low <= high:
        data = _jpeg_bytes(opaque, quality, xmp, dpi)
        if limit is None or len(data) <= limit:
            best = Encoded(data, "jpg", quality=quality)
            if limit is None or len(data) >= _FULL * limit:
                break
            low = quality + 1
        else:
            smallest = len(data)
            high = quality - 1
        quality = (low + high) // 2
    return best, smallest


def _jpeg_bytes(image: Image.Image, quality: int, xmp: bytes, dpi: int | None) -> bytes:
    out = io.BytesIO()
    subsampling = "4:4:4" if quality >= _FULL_COLOUR_QUALITY else "4:2:0"
    # Not optimize=True: it saves 4 % but Pillow's buffer for it overflows on very busy pictures.
    printed = {"dpi": (dpi, dpi)} if dpi else {}
    image.save(out, "JPEG", quality=quality, subsampling=subsampling, xmp=xmp, **printed)
    return out.getvalue()


def _png(
    image: Image.Image, limit: int | None, metadata: Mapping[str, object], dpi: int | None
) -> tuple[Encoded | None, int]:
    """The first step of the ladder that fits. All stay true colour with 8 bits a channel, because
    Kakao takes PNG-24 only; fewer distinct values are what makes them light."""
    bare = _bare(image)
    info = PngInfo()
    info.add_itxt(PNG_KEYWORD, settings_json(metadata), zip=True)
    info.add_itxt(XMP_KEYWORD, xmp_packet(metadata).decode("utf-8"))
    printed = {"dpi": (dpi, dpi)} if dpi else {}
    sizes = []
    for dropped_bits, smoothing in _PNG_LADDER:
        lighter = _rounded(_smoothed(bare, smoothing), dropped_bits)
        for level in (_PNG_LEVEL, _PNG_SLOW_LEVEL):
            out = io.BytesIO()
            lighter.save(out, "PNG", compress_level=level, pnginfo=info, **printed)
            data = out.getvalue()
            if limit is None or len(data) <= limit:
                return Encoded(data, "png", dropped_bits=dropped_bits, smoothing=smoothing), 0
            sizes.append(len(data))
            if len(data) > _PNG_NEAR * limit:
                break
    return None, min(sizes)


def _rounded(image: Image.Image, dropped_bits: int) -> Image.Image:
    """Each value at the nearest multiple of 2**dropped_bits; black and white stay what they are."""
    if not dropped_bits:
        return image
    step = 1 << dropped_bits
    table = [min(255, (value + step // 2) // step * step) for value in range(256)]
    return image.point(table * len(image.getbands()))


def _smoothed(image: Image.Image, radius: float) -> Image.Image:
    if not radius:
        return image
    blur = ImageFilter.GaussianBlur(radius)
    if image.mode != "RGBA":
        return image.filter(blur)
    # Blurred with colour weighted by opacity: see-through pixels must not bleed their colour.
    return image.convert("RGBa").filter(blur).convert("RGBA")


def _bare(image: Image.Image) -> Image.Image:
    """As RGB, or RGBA where something is transparent, without any metadata. A plain picture is not
    copied: a banner's holds 113 MB."""
    if image.mode == "RGB" and not image.info:
        return image
    bare = image.convert("RGBA" if image.has_transparency_data else "RGB")
    if bare.mode == "RGBA" and bare.getchannel("A").getextrema() == (255, 255):
        bare = bare.convert("RGB")
    bare.info = {}
    return bare


def _opaque(image: Image.Image) -> Image.Image:
    bare = _bare(image)
    if bare.mode == "RGB":
        return bare
    white = Image.new("RGB", bare.size, "white")
    white.paste(bare, mask=bare.getchannel("A"))
    return white
