"""Pictures from strangers become plain pixels: photos, masks and logos.

Comes in: the bytes of an uploaded file. Goes out: a picture in sRGB, turned as it was held, at most
WORKING_SIDE pixels long and without any metadata, or UploadRefused with what to do. The file is
judged by its header first; decoding holds at most DECODE_BYTES besides the file itself. It keeps
nothing and knows no owner.
"""

import io
import math

import numpy as np
from PIL import Image, ImageCms

from zit_engine.errors import UploadRefused
from zit_engine.finish.bare_file import bare, orientation
from zit_engine.finish.photo_header import Header, read_header

MAX_BYTES = 20_000_000
MAX_PIXELS = 40_000_000
# With 20 MB of file, the result and its copies under 150 MB in all (measured).
DECODE_BYTES = 100_000_000
# The long side of a photo kept here: twice what is painted, and one Lanczos reduction away from the
# camera's. Pixels are kept exactly from here on.
WORKING_SIDE = 2048
LOGO_SIDE = 1024
# Below this nothing can be recognised or kept.
_SHORTEST_SIDE = 64
_SHORTEST_LOGO = 16
_MOST_PROFILE_BYTES = 4_000_000
# How many rows of the smaller picture are made at a time, so that no second large picture exists.
_STRIP_ROWS = 128
_LANCZOS_REACH = 3
_PROFILE_SPACES = {"RGB": "RGB", "L": "GRAY", "CMYK": "CMYK"}
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def read_photo(data: bytes) -> Image.Image:
    """A photo as RGB, or RGBA where something is see-through. Raises UploadRefused."""
    return _read(data, WORKING_SIDE, _SHORTEST_SIDE)


def read_mask(data: bytes) -> Image.Image:
    """A painted mask as L, 255 where the product is: its opacity where it has any, else its
    brightness. Raises UploadRefused."""
    picture = _read(data, WORKING_SIDE, 1)
    return picture.getchannel("A") if picture.mode == "RGBA" else picture.convert("L")


def read_logo(data: bytes) -> Image.Image:
    """A logo as RGBA. Raises UploadRefused."""
    return _read(data, LOGO_SIDE, _SHORTEST_LOGO).convert("RGBA")


def _read(data: bytes, side: int, shortest: int) -> Image.Image:
    if len(data) > MAX_BYTES:
        raise UploadRefused("photo.too_heavy", limit_mb=MAX_BYTES // 10**6)
    header = read_header(data)
    _check_size(header, side, shortest)
    try:
        return _plain(data, header, side)
    except UploadRefused:
        raise
    except Exception as error:
        # A hostile or broken file can raise nearly anything here: OSError, SyntaxError,
        # struct.error, ValueError from oversized text.
        is_cut = "truncated" in str(error).lower()
        message_id = "photo.cut_off" if is_cut else "photo.damaged"
        raise UploadRefused(message_id, detail=f"{type(error).__name__}: {error}") from error


def _check_size(header: Header, side: int, shortest: int) -> None:
    width, height = header.width, header.height
    if not width or not height:
        raise UploadRefused("photo.damaged", detail=f"{width}×{height}")
    pixels, long = width * height, max(width, height)
    needed = pixels * (header.decoder_bytes + header.picture_bytes / _draft(header, side) ** 2)
    if pixels > MAX_PIXELS or needed > DECODE_BYTES:
        share = math.sqrt(min(MAX_PIXELS / pixels, DECODE_BYTES / needed))
        fits = max(side, math.floor(long * share / 100) * 100)
        raise UploadRefused("photo.too_many_pixels", width=width, height=height, side=fits)
    if min(width, height) * min(1.0, side / long) < shortest:
        raise UploadRefused("photo.too_small", width=width, height=height, side=shortest)


def _draft(header: Header, side: int) -> int:
    """By how much the JPEG decoder may reduce and still give `side` pixels: 1, 2, 4 or 8."""
    if header.format != "jpeg":
        return 1
    return next(n for n in (8, 4, 2, 1) if n == 1 or max(header.width, header.height) >= n * side)


def _plain(data: bytes, header: Header, side: int) -> Image.Image:
    picture, profile, turn = _decoded(data, header, side)
    picture = _in_srgb(picture, profile)
    if turn is not None:
        picture = picture.transpose(turn)
    if picture.mode == "RGBA" and picture.getchannel("A").getextrema() == (255, 255):
        picture = picture.convert("RGB")
    picture.info = {}
    return picture


def _decoded(
    data: bytes, header: Header, side: int
) -> tuple[Image.Image, bytes, Image.Transpose | None]:
    """The picture already reduced, so that the large one is gone when the next step begins; its
    colour profile; how it has to be turned."""
    turn = _TURNS.get(orientation(data, header.format))
    with Image.open(io.BytesIO(bare(data, header.format)), formats=(header.format,)) as opened:
        if opened.size != (header.width, header.height):  # it says its size twice
            raise UploadRefused("photo.damaged", detail=f"{opened.size}, {header}")
        profile = opened.info.get("icc_profile") or b""
        scale = _draft(header, side)
        if scale > 1:
            opened.draft(opened.mode, (header.width // scale, header.height // scale))
        opened.load()
        return _shrunk(opened, side), profile, turn


def _shrunk(opened: Image.Image, side: int) -> Image.Image:
    """A copy in RGB, RGBA, L or CMYK, at most `side` pixels long: one Lanczos reduction, made in
    strips."""
    scale = max(1.0, max(opened.size) / side)
    width, height = (max(1, round(length / scale)) for length in opened.size)
    mode = _eight_bit_mode(opened)
    made = Image.new(mode, (width, height))
    for top in range(0, height, _STRIP_ROWS):
        rows = min(_STRIP_ROWS, height - top)
        strip, first = _strip(opened, top, rows, opened.height / height)
        eight = _eight_bit(strip, mode)
        if scale > 1.0:
            last = first + rows * opened.height / height
            box = (0, first, opened.width, min(last, strip.height))
            eight = eight.resize((width, rows), Image.Resampling.LANCZOS, box=box)
        made.paste(eight, (0, top))
    return made


def _strip(opened: Image.Image, top: int, rows: int, scale: float) -> tuple[Image.Image, float]:
    """The rows of `opened` behind some rows of the smaller picture and those the filter reaches
    around them; and where in the strip they begin."""
    reach = math.ceil(_LANCZOS_REACH * scale) if scale > 1 else 0
    first, last = top * scale, (top + rows) * scale
    begin = max(0, math.floor(first) - reach)
    end = min(opened.height, math.ceil(last) + reach)
    return opened.crop((0, begin, opened.width, end)), first - begin


def _eight_bit_mode(opened: Image.Image) -> str:
    if opened.mode in ("CMYK", "RGB", "L") and not opened.has_transparency_data:
        return opened.mode
    if opened.has_transparency_data:
        return "RGBA"
    return "L" if opened.mode in ("1", "I;16", "I") else "RGB"


def _eight_bit(strip: Image.Image, mode: str) -> Image.Image:
    if strip.mode in ("I;16", "I"):
        # Pillow would cut at 255 and give white.
        values = np.asarray(strip).astype(np.uint32)
        grey = Image.fromarray(((values * 255 + 32767) // 65535).astype(np.uint8))
        clear = strip.info.get("transparency")
        if mode == "RGBA" and clear is not None:
            grey = Image.merge(
                "LA", (grey, Image.fromarray(np.where(values == clear, 0, 255).astype(np.uint8)))
            )
        strip = grey
    return strip.convert(mode)


def _in_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """RGB or RGBA as a screen shows it. A profile that is broken or of another kind of picture is
    left out, as browsers do."""
    alpha = picture.getchannel("A") if picture.mode == "RGBA" else None
    colour = picture.convert("RGB") if alpha else picture
    colour = _converted(colour, profile) or colour.convert("RGB")
    if alpha is None:
        return colour
    return Image.merge("RGBA", (*colour.split(), alpha))


def _converted(colour: Image.Image, profile: bytes) -> Image.Image | None:
    if not profile or len(profile) > _MOST_PROFILE_BYTES:
        return None
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        is_srgb = "srgb" in ImageCms.getProfileDescription(source).lower()
        space = source.profile.xcolor_space.strip()
        if space != _PROFILE_SPACES[colour.mode] or is_srgb:
            return None
        return ImageCms.profileToProfile(
            colour, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
