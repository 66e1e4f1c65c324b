"""What cannot be used is told from its header, with a sentence, in little time and memory."""

import subprocess
import sys
import zlib

import numpy as np
import pytest

from tests.finish import upload_files as files
from zit_engine.errors import UploadRefused
from zit_engine.finish.intake import MAX_BYTES, WORKING_SIDE, read_photo
from zit_engine.finish.photo_header import read_header
from zit_engine.messages import LANGUAGES, explain
from zit_engine.settings import ROOT

# What a bad file costs at most; measured: 0.7 s and 150 MB. Wide, because machines differ.
MOST_MB, MOST_S = 250, 5
PLAIN = files.png(100, 100)
NOISE = zlib.compress(bytes(60_000_000), 9)


REFUSED = {
    "nothing": (b"", "photo.empty"),
    "a text": ("메뉴판".encode(), "photo.unknown_kind"),
    "HEIC": (files.box_file(b"heic"), "photo.heic"),
    "HEIC of a burst": (files.box_file(b"hevc"), "photo.heic"),
    "HEIF": (files.box_file(b"mif1"), "photo.heic"),
    "AVIF": (files.box_file(b"avif"), "photo.other_kind"),
    "video": (files.box_file(b"isom"), "photo.other_kind"),
    "GIF": (files.moving("GIF"), "photo.other_kind"),
    "moving PNG": (files.moving("PNG"), "photo.moves"),
    "moving WebP": (files.moving("WEBP"), "photo.moves"),
    "TIFF": (files.saved(files.photo(), "TIFF"), "photo.other_kind"),
    "BMP": (files.saved(files.photo(), "BMP"), "photo.other_kind"),
    "PSD": (b"8BPS\0\1" + bytes(100), "photo.other_kind"),
    "PDF": (b"%PDF-1.7\n", "photo.other_kind"),
    "SVG": (b'<?xml version="1.0"?>\n<!-- a -->\n<svg xmlns="x">', "photo.other_kind"),
    "20,000 px bomb": (files.claiming(20000, 20000), "photo.too_many_pixels"),
    "12,000 px of one bit": (files.claiming(12000, 12000, 1, 0), "photo.too_many_pixels"),
    "size told twice": (
        files.with_chunks(PLAIN, files.claiming(13000, 13000)[8:33]),
        "photo.damaged",
    ),
    "million chunks": (
        files.with_chunks(PLAIN, files.chunk(b"zzZz", b"") * 10**6),
        "photo.damaged",
    ),
    "million segments": (b"\xff\xd8" + b"\xff\xfe\0\2" * 10**6, "photo.damaged"),
    "thousand scans": (files.many_scans(1000), "photo.damaged"),
    "profile bomb": (
        files.with_chunks(PLAIN, files.chunk(b"iCCP", b"a\0\0" + NOISE)),
        "photo.damaged",
    ),
    "one pixel wide": (files.claiming(1, 3_000_000, 8, 0), "photo.too_small"),
    "tiny": (files.saved(files.photo(20, 20), "PNG"), "photo.too_small"),
    "no pixels": (files.png(0, 100), "photo.damaged"),
    "half a JPEG": (files.saved(files.photo(), "JPEG")[:3000], "photo.cut_off"),
    "head of a JPEG": (files.saved(files.photo(), "JPEG")[:40], "photo.cut_off"),
    "half a PNG": (files.saved(files.photo(), "PNG")[:9000], "photo.cut_off"),
    "half a WebP": (files.saved(files.photo(), "WEBP")[:800], "photo.cut_off"),
    "head of a PNG": (PLAIN[:20], "photo.cut_off"),
    "too many bytes": (PLAIN + bytes(MAX_BYTES), "photo.too_heavy"),
}


@pytest.mark.parametrize(("data", "message_id"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_used_is_told(data, message_id):
    with pytest.raises(UploadRefused) as refused:
        read_photo(data)
    assert refused.value.message_id == message_id
    for lang in LANGUAGES:
        sentence = explain(refused.value, lang)
        assert "{" not in sentence and "Error" not in sentence


def test_the_name_of_the_kind_is_told():
    with pytest.raises(UploadRefused) as refused:
        read_photo(files.moving("GIF"))
    assert "GIF" in explain(refused.value, "ko") and "JPEG" in explain(refused.value, "ko")


def test_the_told_size_is_one_that_is_taken():
    with pytest.raises(UploadRefused) as refused:
        read_photo(files.claiming(9000, 6000))
    side = int(str(refused.value.values["side"]))
    assert max(read_photo(files.png(side, side * 2 // 3)).size) == WORKING_SIDE


def test_any_cut_and_any_flipped_byte_is_a_picture_or_a_sentence():
    numbers = np.random.default_rng(5)
    for kind in ("JPEG", "PNG", "WEBP"):
        whole = files.loaded_with_metadata(kind)
        for _ in range(60):
            data = bytearray(whole[: numbers.integers(1, len(whole) + 1)])
            for at in numbers.integers(0, len(data), 3):
                data[at] = numbers.integers(0, 256)
            try:
                picture = read_photo(bytes(data))
            except UploadRefused:
                continue
            assert picture.mode in ("RGB", "RGBA") and picture.info == {}


_CHILD = """
import resource, sys, time
import PIL.WebPImagePlugin
from zit_engine.errors import UploadRefused
from zit_engine.finish.intake import read_photo
def high() -> float:
    return int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) / 1000
for path in sys.argv[1:]:
    data = open(path, "rb").read()
    before, started = high(), time.process_time()
    try:
        read_photo(data)
    except UploadRefused:
        pass
    print(high() - before, time.process_time() - started)
"""

COSTLY = {
    "bomb": lambda: files.png(20000, 20000),
    "one bit": lambda: files.png(12000, 12000, 1, 0),
    "scans": lambda: files.many_scans(20, side=4000),
    "chunks": lambda: REFUSED["million chunks"][0],
    "largest PNG": lambda: files.png(5700, 4300, 8, 6),
    "16 bit": lambda: files.png(6000, 4000, 16, 0),
    "CMYK": lambda: files.saved(files.photo(4000, 3000).convert("CMYK"), "JPEG"),
    "cut JPEG": lambda: files.saved(files.photo(4000, 3000), "JPEG")[:-5000],
}


# Making the bomb takes longer than refusing it.
@pytest.mark.parametrize(
    "make",
    [
        pytest.param(make, id=name, marks=[pytest.mark.slow] if name == "bomb" else [])
        for name, make in COSTLY.items()
    ],
)
def test_time_and_memory_stay_bounded(make, tmp_path):
    path = tmp_path / "upload"
    path.write_bytes(make())
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    used_mb, seconds = map(float, done.stdout.split())
    assert used_mb < MOST_MB and seconds < MOST_S


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("size", [(320, 240), (64, 1000), (4000, 70)])
def test_the_size_is_told_without_decoding(kind, size):
    options = [{}, {"lossless": True}] if kind == "WEBP" else [{}]
    options += [{"progressive": True}] if kind == "JPEG" else []
    for each in options:
        header = read_header(files.saved(files.photo(*size), kind, **each))
        assert (header.format, header.width, header.height) == (kind.lower(), *size)
        clear = files.photo(*size).convert("RGBA")
        clear.putalpha(90)
        if kind != "JPEG":
            header = read_header(files.saved(clear, kind, **each))
            assert (header.width, header.height) == size
