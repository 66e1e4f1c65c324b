"""The settings of a picture and the AI label, as text inside the file.

Comes in: plain settings, or the bytes of an uploaded file. Goes out: JSON and an XMP packet, or
the request fields read back. No pixel is ever decoded here.
"""

import functools
import io
import json
import re
import typing
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

import defusedxml.ElementTree  # type: ignore[import-untyped]  # ships without types
from PIL import Image

from zit_engine.errors import UnreadableFile
from zit_engine.finish.bare_file import bare
from zit_engine.request.ad_request import AdRequest

PNG_KEYWORD = "zit-engine"
XMP_KEYWORD = "XML:com.adobe.xmp"
# IPTC's term for a picture made by a trained model: cv.iptc.org/newscodes/digitalsourcetype.
AI_LABEL = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
MAX_FILE_BYTES = 30_000_000
MAX_PIXELS = 40_000_000
# One JPEG APP1 segment holds 65,533 bytes with its 29-byte XMP heading.
MAX_XMP_BYTES = 65_000

_NAMESPACE = "urn:zit-engine:settings#"
_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" \
xmlns:zit="{namespace}">
<Iptc4xmpExt:DigitalSourceType>{label}</Iptc4xmpExt:DigitalSourceType>{settings}
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""
# XML 1.0 has no way to write these, not even escaped.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def settings_json(metadata: Mapping[str, object]) -> str:
    """`metadata` as JSON that is valid inside XML too: what XML cannot hold is \\u-escaped.

    Raises TypeError for values JSON does not know.
    """
    text = json.dumps(dict(metadata), ensure_ascii=False, separators=(",", ":"))
    return _NOT_XML.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def xmp_packet(metadata: Mapping[str, object]) -> bytes:
    """The AI label always, and the settings where one JPEG segment still holds both."""
    element = f"\n<zit:settings>{escape(settings_json(metadata))}</zit:settings>"
    packet = _packet(element)
    return packet if len(packet) <= MAX_XMP_BYTES else _packet("")


def _packet(settings: str) -> bytes:
    text = _XMP.format(namespace=_NAMESPACE, label=AI_LABEL, settings=settings)
    return text.encode("utf-8")


def read_settings(data: bytes) -> dict[str, Any]:
    """The AdRequest fields written into a PNG or JPEG of ours, with plain types, unknown ones left
    out. The file is not trusted: the values still have to pass `request.validate`.

    Raises UnreadableFile: not PNG or JPEG, over 30 MB or 40 megapixels, or without our settings.
    """
    if len(data) > MAX_FILE_BYTES:
        raise UnreadableFile("error.upload_too_big", detail=f"{len(data)} bytes")
    try:
        kind = "jpeg" if data.startswith(b"\xff\xd8") else ""
        read = bare(data, kind, keep_xmp=True)
        with Image.open(io.BytesIO(read), formats=("PNG", "JPEG")) as image:
            size, texts = image.size, dict(image.info)
    except Image.DecompressionBombError as error:
        raise UnreadableFile("error.upload_too_big", detail=str(error)) from error
    except Exception as error:
        # A hostile file can raise nearly anything here: OSError, SyntaxError, struct.error,
        # ValueError from oversized text chunks.
        raise UnreadableFile(detail=f"{type(error).__name__}: {error}") from error
    if size[0] * size[1] > MAX_PIXELS:
        raise UnreadableFile("error.upload_too_big", detail=f"{size[0]}×{size[1]}")
    text = texts.get(PNG_KEYWORD) or _text_in_xmp(texts.get("xmp") or texts.get(XMP_KEYWORD))
    return _known_fields(text)


def _text_in_xmp(packet: object) -> str | None:
    """Our JSON in an XMP packet; None where there is none or the packet is not sound XML."""
    if not isinstance(packet, bytes | str):
        return None
    try:
        root = defusedxml.ElementTree.fromstring(packet)
    except Exception:
        # Broken markup and defusedxml's refusals (entities, DTDs) alike mean: no settings of ours.
        return None
    return root.findtext(f".//{{{_NAMESPACE}}}settings")


def _known_fields(text: object) -> dict[str, Any]:
    try:
        values = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(detail=str(error)) from error
    if not isinstance(values, dict):
        raise UnreadableFile(detail="no settings")
    known = {
        name: values[name]
        for name, types in _field_types().items()
        if name in values and _is_plain(values[name], types)
    }
    if "prompt" not in known:
        raise UnreadableFile(detail="settings without a prompt")
    return known


@functools.cache
def _field_types() -> dict[str, tuple[type, ...]]:
    """The plain types each field of AdRequest may have, None included where it is optional."""
    hints = typing.get_type_hints(AdRequest)
    return {name: typing.get_args(hint) or (hint,) for name, hint in hints.items()}


def _is_plain(value: object, types: tuple[type, ...]) -> bool:
    # JSON writes 1.0 as it likes, so a whole number may stand for a float; True never for 1.
    is_number = isinstance(value, int) and float in types
    return not isinstance(value, bool) and (isinstance(value, types) or is_number)
