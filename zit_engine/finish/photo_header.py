"""What an uploaded file is, told from its first bytes and its list of parts.

Comes in: the bytes of a file from a stranger. Goes out: a Header, or UploadRefused with the reason.
No pixel is decoded here: a file of some kilobytes may claim billions of pixels.
"""

import re
import struct
from dataclasses import dataclass

from zit_engine.errors import UploadRefused

# Honest files have some dozen parts (a long profile 255, large PNGs some thousand); each costs the
# decoder time, and a file can hold millions of empty ones.
MOST_SEGMENTS = 1_000
MOST_CHUNKS = 40_000
# Progressive files have about ten passes over the whole picture; a hostile one has thousands.
MOST_SCANS = 32

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
# A marker inside compressed data: FF and neither 00 (a plain FF), a restart mark nor a fill byte.
_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = frozenset((0xC2, 0xC6, 0xCA, 0xCE))
# (offset, bytes, the name people know, the sentence) of what cannot be used.
_OTHERS = (
    (0, b"GIF8", "GIF", "photo.other_kind"),
    (0, b"II*\x00", "TIFF", "photo.other_kind"),
    (0, b"MM\x00*", "TIFF", "photo.other_kind"),
    (0, b"II+\x00", "TIFF", "photo.other_kind"),
    (0, b"BM", "BMP", "photo.other_kind"),
    (0, b"8BPS", "PSD", "photo.other_kind"),
    (0, b"%PDF", "PDF", "photo.other_kind"),
    (0, b"\xff\x0a", "JPEG XL", "photo.other_kind"),
    (4, b"JXL ", "JPEG XL", "photo.other_kind"),
    (4, b"jP  ", "JPEG 2000", "photo.other_kind"),
    (0, b"PK\x03\x04", "ZIP", "photo.other_kind"),
    (4, b"ftypavi", "AVIF", "photo.other_kind"),
    (4, b"ftyphei", "HEIC", "photo.heic"),
    (4, b"ftyphev", "HEIC", "photo.heic"),
    (4, b"ftypmif1", "HEIC", "photo.heic"),
    (4, b"ftypmsf1", "HEIC", "photo.heic"),
    (4, b"ftyp", "MP4", "photo.other_kind"),
)


@dataclass(frozen=True, slots=True)
class Header:
    """format: "png", "jpeg" or "webp". width, height: pixels as stored, before any turning.
    picture_bytes: for each pixel of the decoded picture. decoder_bytes: what the decoder holds
    besides for each stored pixel, also where it decodes to a smaller picture."""

    format: str
    width: int
    height: int
    picture_bytes: int
    decoder_bytes: int = 0


def read_header(data: bytes) -> Header:
    """The header of a PNG, JPEG or WebP that holds one still picture.

    Raises UploadRefused: another kind of file, one that moves, one cut off or put together in a
    way no camera or program does.
    """
    if not data:
        raise UploadRefused("photo.empty")
    try:
        if data.startswith(_PNG):
            return _png(data)
        if data.startswith(b"\xff\xd8\xff"):
            return _jpeg(data)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp(data)
    except (struct.error, IndexError) as error:  # it ends inside its own header
        raise UploadRefused("photo.cut_off", detail=repr(error)) from error
    raise _other_kind(data)


def _other_kind(data: bytes) -> UploadRefused:
    for offset, mark, name, message_id in _OTHERS:
        if data[offset : offset + len(mark)] == mark:
            return UploadRefused(message_id, kind=name)
    # No pattern: one that skips comments can be made to try for ever.
    start = data[:1024].lstrip().lower()
    if start.startswith(b"<") and b"<svg" in start:
        return UploadRefused("photo.other_kind", kind="SVG")
    return UploadRefused("photo.unknown_kind")


def _png(data: bytes) -> Header:
    width, height, bits, kind = struct.unpack_from(">IIBB", data, 16)
    if data[12:16] != b"IHDR" or kind not in _PNG_CHANNELS:
        raise UploadRefused("photo.damaged", detail="no IHDR")
    offset, chunks, has_pixels = 8, 0, False
    while offset + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, offset)
        if name == b"acTL" and not has_pixels and struct.unpack_from(">I", data, offset + 8)[0] > 1:
            raise UploadRefused("photo.moves")
        has_pixels = has_pixels or name == b"IDAT"
        chunks += 1
        if name == b"IEND" or chunks > MOST_CHUNKS:
            break
        offset += 12 + length
    if chunks > MOST_CHUNKS:
        raise UploadRefused("photo.damaged", detail=f"{chunks} chunks")
    # Pillow keeps one byte a pixel for one channel, two for a deep one, four for more channels.
    deep = 2 if bits == 16 else 1
    return Header("png", width, height, deep if _PNG_CHANNELS[kind] == 1 else 4)


def _jpeg(data: bytes) -> Header:
    frame, offset, scans, segments = None, 2, 0, 0
    while True:
        found = _MARKER.search(data, offset)
        if found is None or found.group()[1] == 0xD9:  # cut off, which decoding tells, or the end
            break
        kind, offset = found.group()[1], found.end()
        segments += 1
        if segments > MOST_SEGMENTS or scans > MOST_SCANS:
            raise UploadRefused("photo.damaged", detail=f"{segments} segments, {scans} scans")
        if kind == 0xD8 or kind == 0x01:  # stand alone
            continue
        if kind in _START_OF_FRAME:
            if frame is not None:
                raise UploadRefused("photo.damaged", detail="two frames")
            frame = _frame(data, offset, kind in _PROGRESSIVE)
        scans += kind == 0xDA
        offset += struct.unpack_from(">H", data, offset)[0]
    if frame is None:
        raise UploadRefused("photo.cut_off", detail="no frame")
    return frame


def _frame(data: bytes, offset: int, is_progressive: bool) -> Header:
    height, width, channels = struct.unpack_from(">HHB", data, offset + 3)
    if not channels:
        raise UploadRefused("photo.damaged", detail="no channels")
    waiting = 0
    if is_progressive:
        # All coefficients wait, two bytes each, for the last pass.
        factors = [data[offset + 9 + 3 * channel] for channel in range(channels)]
        areas = [(each >> 4) * (each & 15) for each in factors]
        waiting = -(-2 * sum(areas) // max(1, *areas))
    return Header("jpeg", width, height, 1 if channels == 1 else 4, waiting)


def _webp(data: bytes) -> Header:
    kind = data[12:16]
    if len(data) < 8 + struct.unpack_from("<I", data, 4)[0]:
        raise UploadRefused("photo.cut_off", detail="WebP")
    if kind == b"VP8X":
        if data[20] & 0x02:
            raise UploadRefused("photo.moves")
        width, height = (1 + int.from_bytes(data[at : at + 3], "little") for at in (24, 27))
    elif kind == b"VP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 ":
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", data, 26))
    else:
        raise UploadRefused("photo.damaged", detail=f"WebP {kind!r}")
    # Two canvases and a copy beside the picture, all with four channels.
    return Header("webp", width, height, 4, 12)
