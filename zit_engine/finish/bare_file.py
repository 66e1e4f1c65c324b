"""A stranger's file without what is said about the picture, before any library reads it.

Comes in: the bytes of a PNG, JPEG or WebP. Goes out: the same pixels without EXIF and its kin, and
how the camera was held. Libraries copy every entry of an EXIF table, and a table of 300 KB may say
the same 300 KB ten thousand times over; here nothing of it is read but one number.
"""

import struct
from collections.abc import Iterator

# Of an EXIF table only so much is looked at: cameras write the orientation among the first tags.
_MOST_TAGS = 512
_ORIENTATION, _SHORT = 0x0112, 3
_EXIF_MARK = b"Exif\x00\x00"
XMP_MARK = b"http://ns.adobe.com/xap/1.0/\x00"
# JFIF, the colour profile and Adobe's note on the colours: what decoding needs.
_NEEDED = ((0xE0, b"JFIF"), (0xE2, b"ICC_PROFILE\x00"), (0xEE, b"Adobe"))
_CHUNKS = frozenset(
    (b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"IDAT", b"IEND")
)
_ALONE = frozenset((0x01, *range(0xD0, 0xD9)))


def bare(data: bytes, format: str, *, keep_xmp: bool = False) -> bytes:
    """`data` ("jpeg" or "png"; "webp" is given back as it is, its decoder reads no EXIF) without
    metadata but the colour profile. A JPEG keeps its XMP where asked for."""
    if format == "jpeg":
        return _bare_jpeg(data, keep_xmp)
    return _bare_png(data) if format == "png" else data


def orientation(data: bytes, format: str) -> int:
    """How the camera was held, 1 to 8 as EXIF numbers it; 1, upright, where it does not say."""
    if format == "jpeg":
        found = next((part for kind, part in _segments(data) if _is_exif(kind, part)), b"")
        table = found[4 + len(_EXIF_MARK) :]
    elif format == "png":
        table = next((part[8:-4] for name, part in _chunks(data) if name == b"eXIf"), b"")
    else:
        table = next((part[8:] for name, part in _riff(data) if name == b"EXIF"), b"")
        table = table.removeprefix(_EXIF_MARK)
    try:
        return _turn(table)
    except (struct.error, IndexError):
        return 1


def _turn(table: bytes) -> int:
    order = {b"II": "<", b"MM": ">"}.get(table[:2])
    if order is None:
        return 1
    start = struct.unpack_from(f"{order}I", table, 4)[0]
    tags = struct.unpack_from(f"{order}H", table, start)[0]
    for number in range(min(tags, _MOST_TAGS)):
        at = start + 2 + 12 * number
        tag, kind, count, value = struct.unpack_from(f"{order}HHIH", table, at)
        if tag == _ORIENTATION:
            return value if kind == _SHORT and count == 1 and 1 <= value <= 8 else 1
    return 1


def _is_exif(kind: int, part: bytes) -> bool:
    return kind == 0xE1 and part[4:10] == _EXIF_MARK


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(marker, whole segment) before the first scan, then (0xDA, everything from it on)."""
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            break
        kind = data[at + 1]
        if kind == 0xFF or kind in _ALONE:  # a fill byte, or a marker without a segment
            at += 1 if kind == 0xFF else 2
            continue
        if kind == 0xDA:
            break
        end = at + 2 + struct.unpack_from(">H", data, at + 2)[0]
        yield kind, data[at:end]
        at = end
    yield 0xDA, data[at:]


def _bare_jpeg(data: bytes, keep_xmp: bool) -> bytes:
    parts, is_same = [data[:2]], True
    for kind, part in _segments(data):
        is_talk = 0xE0 <= kind <= 0xEF or kind == 0xFE
        is_needed = any(kind == at and part[4:].startswith(mark) for at, mark in _NEEDED)
        is_needed = is_needed or (keep_xmp and kind == 0xE1 and part[4:].startswith(XMP_MARK))
        if is_talk and not is_needed:
            is_same = False
        else:
            parts.append(part)
    return data if is_same else b"".join(parts)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(name, whole chunk) of a PNG, the last one perhaps cut off."""
    at = 8
    while at + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        yield name, data[at : at + 12 + length]
        at += 12 + length
        if name == b"IEND":
            break


def _bare_png(data: bytes) -> bytes:
    parts = [part for name, part in _chunks(data) if name in _CHUNKS]
    return b"".join([data[:8], *parts])


def _riff(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at + 8 <= len(data):
        name, length = struct.unpack_from("<4sI", data, at)
        yield name, data[at : at + 8 + length]
        at += 8 + length + (length & 1)
