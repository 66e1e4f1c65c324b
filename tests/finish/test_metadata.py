"""Settings come back from a saved file as they went in, and a hostile file is refused."""

import io
import json
import struct
import zlib

import defusedxml.ElementTree
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from zit_engine.errors import UnreadableFile
from zit_engine.finish.encode import encode
from zit_engine.finish.metadata import (
    AI_LABEL,
    MAX_FILE_BYTES,
    MAX_XMP_BYTES,
    PNG_KEYWORD,
    read_settings,
    xmp_packet,
)
from zit_engine.request.ad_request import MAX_SEED, AdRequest

PICTURE = Image.new("RGB", (32, 24), (200, 120, 40))
REQUESTS = [
    AdRequest("따뜻한 라떼 한 잔, 베이지색 배경"),
    AdRequest("a latte", "anime", "kakao-bizboard", 4, MAX_SEED, 0.85, 9),
    AdRequest("zero", seed=0, adapter_weight=0.0),
    AdRequest("\"큰\" '작은' <b>&amp; ]]> -- %s {x} \\ \\n"),
    AdRequest("줄\n바꿈\r\n탭\t끝"),
    AdRequest("이모지 👩‍🍳 ❤️ 🇰🇷 \U0001f469"),
    AdRequest("\x00\x1b\x7f\x85\u2028\ufdd0\ufffe\uffff\ud800"),
]


@pytest.mark.parametrize("format", ["png", "jpg"])
@pytest.mark.parametrize("request_", REQUESTS, ids=range(len(REQUESTS)))
def test_every_field_comes_back(request_, format):
    metadata = {**request_.as_fields(), "model": "pocket", "extra": [1, {"a": 2}]}
    data = encode(PICTURE, format, None, metadata).data
    assert read_settings(data) == request_.as_fields()


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(), max_size=80), st.sampled_from(["png", "jpg"]))
def test_any_text_comes_back(prompt, format):
    data = encode(PICTURE, format, None, AdRequest(prompt).as_fields()).data
    assert read_settings(data)["prompt"] == prompt


def test_a_whole_number_may_stand_for_a_weight():
    fields = {"prompt": "a", "adapter_weight": 1, "count": 1.0}
    assert read_settings(png_with(json.dumps(fields))) == {"prompt": "a", "adapter_weight": 1}


def test_hangul_is_readable_in_the_json():
    data = encode(PICTURE, "png", None, AdRequest("라떼").as_fields()).data
    with Image.open(io.BytesIO(data)) as image:
        assert '"prompt":"라떼"' in image.info[PNG_KEYWORD]


@pytest.mark.parametrize("format", ["png", "jpg"])
def test_the_ai_label_is_where_readers_look(format):
    data = encode(PICTURE, format, None, AdRequest("라떼").as_fields()).data
    with Image.open(io.BytesIO(data)) as image:
        description = image.getxmp()["xmpmeta"]["RDF"]["Description"]
    assert description["DigitalSourceType"] == AI_LABEL


def test_settings_too_long_for_a_jpeg_leave_the_label():
    long = AdRequest("뷁" * 30_000).as_fields()
    packet = xmp_packet(long)
    assert len(packet) <= MAX_XMP_BYTES and AI_LABEL.encode() in packet
    defusedxml.ElementTree.fromstring(packet)
    assert read_settings(encode(PICTURE, "png", None, long).data) == long
    with pytest.raises(UnreadableFile):
        read_settings(encode(PICTURE, "jpg", None, long).data)


def png_with(text: str, keyword: str = PNG_KEYWORD) -> bytes:
    info = PngInfo()
    info.add_itxt(keyword, text)
    out = io.BytesIO()
    PICTURE.save(out, "PNG", pnginfo=info)
    return out.getvalue()


def test_only_known_fields_of_plain_types_come_back():
    fields = {
        "prompt": "라떼",
        "style": ["anime"],
        "channel": None,
        "count": True,
        "seed": "7",
        "adapter_weight": {"a": 1},
        "__class__": "x",
        "path": "/etc/passwd",
    }
    assert read_settings(png_with(json.dumps(fields))) == {"prompt": "라떼"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "[]",
        "null",
        "{}",
        '{"prompt":3}',
        "[" * 100_000,
        '{"prompt":"a","seed":' + "9" * 5000 + "}",
    ],
    ids=["empty", "word", "list", "null", "no-prompt", "number", "deep", "digits"],
)
def test_settings_that_are_none(text):
    with pytest.raises(UnreadableFile):
        read_settings(png_with(text))


def as_bytes(format: str) -> bytes:
    out = io.BytesIO()
    PICTURE.save(out, format)
    return out.getvalue()


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP"])
def test_pictures_of_others(format):
    with pytest.raises(UnreadableFile):
        read_settings(as_bytes(format))


@pytest.mark.parametrize("data", [b"", b"x", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"%PDF-1.4"])
def test_no_pictures_at_all(data):
    with pytest.raises(UnreadableFile):
        read_settings(data)


def test_a_torn_file_is_refused_or_read():
    for format in ("png", "jpg"):
        data = encode(PICTURE, format, None, AdRequest("라떼").as_fields()).data
        for end in range(0, len(data), 37):
            try:
                assert read_settings(data[:end])["prompt"] == "라떼"
            except UnreadableFile:
                continue


def test_changed_bytes_raise_nothing_else():
    for format in ("png", "jpg"):
        data = encode(PICTURE, format, None, AdRequest("라떼").as_fields()).data
        for at in range(0, len(data), 11):
            changed = data[:at] + bytes([data[at] ^ 0x5A]) + data[at + 1 :]
            try:
                assert isinstance(read_settings(changed), dict)
            except UnreadableFile:
                continue


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("side", [7_000, 12_000, 20_000])
def test_a_picture_bomb_is_refused_by_its_header(side):
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0))
    pixels = zlib.compress(b"\0" * (side // 8 + 1) * side, 9)
    data = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    with pytest.raises(UnreadableFile) as caught:
        read_settings(data)
    assert caught.value.message_id == "error.upload_too_big"


def test_a_heavy_file_is_refused_unread():
    with pytest.raises(UnreadableFile) as caught:
        read_settings(as_bytes("PNG") + b"\0" * MAX_FILE_BYTES)
    assert caught.value.message_id == "error.upload_too_big"


def test_a_text_bomb_is_refused():
    body = PNG_KEYWORD.encode() + b"\0\1\0\0\0" + zlib.compress(b" " * 50_000_000, 9)
    data = as_bytes("PNG")
    data = data[:33] + chunk(b"iTXt", body) + data[33:]
    with pytest.raises(UnreadableFile):
        read_settings(data)


@pytest.mark.parametrize(
    "packet",
    [
        b"<",
        b"\xff\xfe\x00",
        b'<!DOCTYPE a [<!ENTITY b "' + b"c" * 1000 + b'">]><a>&b;&b;</a>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
    ],
)
def test_hostile_xmp(packet):
    out = io.BytesIO()
    PICTURE.save(out, "JPEG", xmp=packet)
    with pytest.raises(UnreadableFile):
        read_settings(out.getvalue())
