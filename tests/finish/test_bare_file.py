"""What is said about a picture is taken off before a library reads it, but how it was held."""

import io
import struct
import tracemalloc

import pytest
from PIL import Image

from tests.finish import upload_files as files
from zit_engine.errors import UploadRefused, ZitError
from zit_engine.finish.bare_file import bare, orientation
from zit_engine.finish.intake import read_photo
from zit_engine.finish.metadata import read_settings

MOST_BYTES = 60_000_000


def table(entries: int, size: int) -> bytes:
    """An EXIF table whose every tag is the same `size` bytes."""
    start = b"II*\0\x08\0\0\0" + struct.pack("<H", entries)
    at = 8 + 2 + 12 * entries + 4
    tags = b"".join(struct.pack("<HHII", 0x9000 + n, 7, size, at) for n in range(entries))
    return start + tags + b"\0\0\0\0" + bytes(size)


def segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def jpeg_with(*segments: bytes) -> bytes:
    plain = files.saved(files.photo(), "JPEG")
    # Without JFIF: the library then looks for the resolution in EXIF by itself.
    return plain[:2] + b"".join(segments) + plain[2 + 18 :]


BOMBS = {
    "png": files.with_chunks(
        files.saved(files.photo(), "PNG"), files.chunk(b"eXIf", table(10_000, 300_000))
    ),
    "jpeg": jpeg_with(segment(0xE1, b"Exif\0\0" + table(2_000, 30_000))),
    "more pictures": jpeg_with(segment(0xE2, b"MPF\0" + table(2_000, 30_000))),
    "webp": files.saved(files.photo(), "WEBP", exif=b"Exif\0\0" + table(10_000, 300_000)),
}


def peak_of(act) -> int:
    tracemalloc.start()
    try:
        act()
    except ZitError:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return peak


@pytest.mark.parametrize("name", BOMBS)
def test_a_small_table_takes_no_large_memory(name):
    assert len(BOMBS[name]) < 1_000_000
    assert peak_of(lambda: read_photo(BOMBS[name])) < MOST_BYTES
    assert peak_of(lambda: read_settings(BOMBS[name])) < MOST_BYTES


@pytest.mark.parametrize("comments", [30, 146])
def test_comments_before_nothing_take_no_time(comments):
    with pytest.raises(UploadRefused):
        read_photo(b"<!---->" * comments)


@pytest.mark.parametrize("start", [b"<svg>", b" \n<?xml version='1.0'?><!-- a --><SVG width='1'>"])
def test_drawings_are_still_told_by_name(start):
    with pytest.raises(UploadRefused) as refused:
        read_photo(start + b"<path d='M0 0'/></svg>")
    assert refused.value.values["kind"] == "SVG"


def test_a_million_lone_markers_are_refused_soon():
    with pytest.raises(UploadRefused):
        read_photo(b"\xff\xd8" + b"\xff\x01" * 1_000_000)


def test_a_frame_without_channels_is_damaged():
    frame = segment(0xC2, b"\x08" + struct.pack(">HHB", 100, 100, 0))
    with pytest.raises(UploadRefused) as refused:
        read_photo(b"\xff\xd8" + frame + b"\xff\xd9")
    assert refused.value.message_id == "photo.damaged"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("held", range(1, 9))
def test_how_it_was_held_is_read_as_the_library_reads_it(kind, held):
    data = files.loaded_with_metadata(kind, held)
    with Image.open(io.BytesIO(data)) as opened:
        assert orientation(data, kind.lower()) == opened.getexif().get(0x0112, 1) == held


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_pixels_and_profile_stay(kind):
    data = files.loaded_with_metadata(kind)
    with (
        Image.open(io.BytesIO(data)) as before,
        Image.open(io.BytesIO(bare(data, kind.lower()))) as after,
    ):
        assert before.tobytes() == after.tobytes()
        assert before.info.get("icc_profile") == after.info.get("icc_profile")
        assert not after.getexif() and "xmp" not in after.info


def test_cut_anywhere_it_is_read_without_a_fall():
    for kind in ("JPEG", "PNG", "WEBP"):
        data = files.loaded_with_metadata(kind)
        for length in range(0, len(data), 97):
            bare(data[:length], kind.lower())
            assert 1 <= orientation(data[:length], kind.lower()) <= 8
