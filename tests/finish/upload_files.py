"""Files strangers might upload: honest ones with everything in them, and hostile ones."""

import io
import struct
import zlib
from collections.abc import Iterable

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

GPS = {1: "N", 2: (37.0, 33.0, 59.0), 3: "E", 4: (126.0, 58.0, 41.0)}
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    b'xmlns:dc="http://purl.org/dc/elements/1.1/" dc:creator="Somebody"/></rdf:RDF></x:xmpmeta>'
)
# Display P3's primaries as an ICC profile stores them (adapted to D50), and its white.
P3_TO_XYZ = np.array(
    [[0.51512, 0.29198, 0.15710], [0.24120, 0.69225, 0.06657], [-0.00105, 0.04189, 0.78407]]
)
SRGB_TO_XYZ = np.array(
    [[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]]
)


def photo(width: int = 320, height: int = 240) -> Image.Image:
    """Smooth, with a light top left corner, so that every turn is told from every other."""
    across, down = np.arange(width)[None], np.arange(height)[:, None]
    red = np.broadcast_to(220 - 150 * across / width, (height, width))
    green = np.broadcast_to(220 - 150 * down / height, (height, width))
    blue = 120 + 60 * np.sin(across / 17) * np.cos(down / 23)
    return Image.fromarray(np.stack([red, green, blue], -1).round().astype(np.uint8))


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def loaded_with_metadata(kind: str, orientation: int = 1) -> bytes:
    """A photo with GPS, EXIF, XMP, a comment and a colour profile."""
    picture = photo()
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Camera of somebody"
    exif.get_ifd(0x8825).update(GPS)
    options: dict[str, object] = {"exif": exif, "icc_profile": p3_profile()}
    if kind == "PNG":
        info = PngInfo()
        info.add_text("Comment", "home address")
        info.add_itxt("XML:com.adobe.xmp", XMP.decode())
        options["pnginfo"] = info
    else:
        options["xmp"] = XMP
    if kind == "JPEG":
        options["comment"] = "home address"
    return saved(picture, kind, **options)


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(
    width: int, height: int, bits: int = 8, colour: int = 2, rows: Iterable[bytes] = ()
) -> bytes:
    """A PNG of exactly these numbers; without `rows` black and nearly empty."""
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    empty = bytes(1 + -(-width * samples * bits // 8))
    packer = zlib.compressobj(9)
    pixels = b"".join(packer.compress(row) for row in (rows or (empty for _ in range(height))))
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", pixels + packer.flush()) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


def claiming(width: int, height: int, bits: int = 8, colour: int = 2) -> bytes:
    """A PNG that claims a size and holds next to nothing of it."""
    return png(width, height, bits, colour, [bytes(1000)])


def with_chunks(data: bytes, *chunks: bytes) -> bytes:
    """`chunks` put in behind the header of a PNG."""
    return data[:33] + b"".join(chunks) + data[33:]


def moving(kind: str) -> bytes:
    frames = [photo(80, 60).rotate(20 * turn) for turn in range(3)]
    return saved(frames[0], kind, save_all=True, append_images=frames[1:])


def box_file(brand: bytes) -> bytes:
    """The head of an ISO media file: HEIC, AVIF, video."""
    return struct.pack(">I", 24) + b"ftyp" + brand + b"\0\0\0\0mif1" + brand + bytes(400)


def many_scans(count: int, side: int = 400) -> bytes:
    """A progressive JPEG whose last pass comes again and again."""
    data = saved(Image.new("L", (side, side), 90), "JPEG", progressive=True)
    last = data.rfind(b"\xff\xda")
    return data[:-2] + data[last:-2] * count + data[-2:]


def p3_profile() -> bytes:
    """A matrix profile of Display P3's primaries with a plain gamma of 2.2."""
    tags = {name: _xyz(*P3_TO_XYZ[:, at]) for at, name in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))}
    tags |= {name: b"curv\0\0\0\0" + struct.pack(">IH", 1, 563) for name in _CURVES}
    tags |= {b"wtpt": _xyz(0.9642, 1.0, 0.8249), b"desc": _text(b"wide"), b"cprt": _text(b"none")}
    table, body = struct.pack(">I", len(tags)), b""
    for name, data in tags.items():
        data += bytes(-len(data) % 4)
        table += name + struct.pack(">II", 132 + 12 * len(tags) + len(body), len(data))
        body += data
    head = struct.pack(">I4sI4s4s4s", 0, b"\0\0\0\0", 0x02400000, b"mntr", b"RGB ", b"XYZ ")
    head += bytes(12) + b"acsp" + bytes(28) + _xyz(0.9642, 1.0, 0.8249)[8:] + bytes(48)
    whole = head + table + body
    return struct.pack(">I", len(whole)) + whole[4:]


_CURVES = (b"rTRC", b"gTRC", b"bTRC")


def _xyz(*values: float) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in values))


def _text(text: bytes) -> bytes:
    return b"desc\0\0\0\0" + struct.pack(">I", len(text) + 1) + text + bytes(80)
