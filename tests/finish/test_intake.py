"""Uploads become plain pixels, as seen on a screen, or a sentence; nothing else of them stays."""

import json
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.finish import upload_files as files
from zit_engine.finish.intake import (
    LOGO_SIDE,
    WORKING_SIDE,
    read_logo,
    read_mask,
    read_photo,
)


def apart(one: Image.Image, other: Image.Image) -> int:
    return int(np.abs(np.asarray(one, int) - np.asarray(other, int)).max())


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_plain_photo_is_kept_pixel_for_pixel(kind):
    photo = files.photo()
    read = read_photo(files.saved(photo, kind, lossless=True))
    assert (read.mode, read.size) == ("RGB", photo.size)
    assert read.tobytes() == photo.tobytes()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_stands_as_it_was_held(kind, orientation):
    """A turned photo is stored turned and shown upright."""
    shown = files.photo()
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Pillow's numbers of the opposite turns
    stored = shown.transpose(undo[orientation]) if orientation > 1 else shown
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if kind == "WEBP" else {"quality": 95} if kind == "JPEG" else {}
    read = read_photo(files.saved(stored, kind, exif=exif, **options))
    assert read.size == shown.size
    assert apart(read, shown) <= (8 if kind == "JPEG" else 0)


@pytest.mark.parametrize(
    "exif", [b"Exif\0\0garbage", b"Exif\0\0II*\0\xff\xff\xff\xff", b"x" * 60000]
)
def test_broken_exif_does_not_spoil_a_photo(exif):
    assert read_photo(files.saved(files.photo(), "JPEG", exif=exif)).size == (320, 240)


def test_a_large_photo_is_reduced_once_and_keeps_its_shape():
    photo = files.photo(2600, 1950)
    read = read_photo(files.saved(photo, "PNG", compress_level=1))
    assert read.size == (WORKING_SIDE, WORKING_SIDE * 3 // 4)
    whole = photo.resize(read.size, Image.Resampling.LANCZOS)
    assert apart(read, whole) <= 1  # made in strips, and no seam to be seen


def test_a_large_jpeg_is_reduced_while_it_is_decoded():
    photo = files.photo(4200, 3100)
    read = read_photo(files.saved(photo, "JPEG", quality=92))
    assert max(read.size) == WORKING_SIDE
    assert apart(read, photo.resize(read.size, Image.Resampling.LANCZOS)) <= 12


def test_see_through_stays_and_opaque_becomes_plain():
    photo = files.photo().convert("RGBA")
    assert read_photo(files.saved(photo, "PNG")).mode == "RGB"
    photo.putalpha(Image.linear_gradient("L").resize(photo.size))
    read = read_photo(files.saved(photo, "PNG"))
    assert read.mode == "RGBA" and read.tobytes() == photo.tobytes()


def test_colour_behind_a_see_through_edge_does_not_bleed_when_reduced():
    """Red on nothing, where the nothing is stored as green."""
    picture = Image.new("RGBA", (4200, 2100), (0, 255, 0, 0))
    picture.paste((255, 0, 0, 255), (0, 0, 2101, 2100))
    pixels = np.asarray(read_photo(files.saved(picture, "PNG")))
    seen = pixels[pixels[..., 3] > 8]
    assert seen[:, 0].min() > 240 and seen[:, 1].max() < 15


def test_palettes_keep_their_colours_and_their_holes():
    photo = files.photo().quantize(64)
    assert apart(read_photo(files.saved(photo, "PNG")), photo.convert("RGB")) == 0
    holed = read_photo(files.saved(photo, "PNG", transparency=bytes([0, 128] + [255] * 62)))
    assert holed.mode == "RGBA"
    assert set(np.unique(np.asarray(holed.getchannel("A")))) == {0, 128, 255}


def test_sixteen_bits_become_eight():
    values = np.linspace(0, 65535, 256 * 128).reshape(128, 256).astype(np.uint16)
    wanted = np.round(values / 257)
    grey = read_photo(files.saved(Image.fromarray(values), "PNG"))
    assert np.abs(np.asarray(grey.convert("L"), int) - wanted).max() <= 1
    colour = np.repeat(values[..., None], 3, 2).astype(">u2")
    rows = [b"\0" + row.tobytes() for row in colour]
    read = np.asarray(read_photo(files.png(256, 128, 16, 2, rows)), int)
    assert np.abs(read - wanted[..., None]).max() <= 1


def test_a_clear_grey_of_sixteen_bits_is_clear():
    values = np.full((80, 80), 40000, np.uint16)
    values[:40] = 1000
    data = files.with_chunks(
        files.saved(Image.fromarray(values), "PNG"), files.chunk(b"tRNS", struct.pack(">H", 1000))
    )
    alpha = np.asarray(read_photo(data).getchannel("A"))
    assert (alpha[:40] == 0).all() and (alpha[40:] == 255).all()


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_few_bits_of_grey(bits):
    byte = 0b00011011
    levels = [byte >> at & 2**bits - 1 for at in range(0, 8, bits)]
    row = b"\0" + bytes([byte] * (64 * bits // 8))
    read = read_photo(files.png(64, 64, bits, 0, [row] * 64))
    assert set(np.unique(read)) == {round(255 * level / (2**bits - 1)) for level in levels}


def test_printers_colours_are_not_turned_inside_out(tmp_path):
    """CMYK JPEGs hold inverted ink, as Adobe writes them; another reader agrees on the colours."""
    photo = files.photo()
    (tmp_path / "ours.jpg").write_bytes(files.saved(photo.convert("CMYK"), "JPEG", quality=95))
    magick(photo, tmp_path, "-colorspace", "CMYK", "theirs.jpg")
    for name in ("ours.jpg", "theirs.jpg"):
        read = read_photo((tmp_path / name).read_bytes())
        assert apart(read, photo) <= 16, name
        seen = magick(tmp_path / name, tmp_path, "-colorspace", "sRGB", "seen.png")
        assert apart(read, Image.open(seen).convert("RGB")) <= 4, name


def magick(source: Image.Image | Path, folder: Path, *words: str) -> Path:
    """ImageMagick's reading or writing of a picture: `words` are its options and the new file."""
    if isinstance(source, Image.Image):
        source.save(folder / "source.png")
        source = folder / "source.png"
    subprocess.run(["convert", source, *words[:-1], folder / words[-1]], check=True)
    return folder / words[-1]


@pytest.mark.parametrize("depth", ["8", "16"])
@pytest.mark.parametrize("form", ["RGB", "Gray", "GrayAlpha", "PaletteAlpha", "interlaced"])
def test_pngs_of_another_writer_look_the_same(tmp_path, depth, form):
    photo = files.photo()
    options = {
        "Gray": ["-colorspace", "Gray"],
        "GrayAlpha": ["-colorspace", "Gray", "-alpha", "set", "-channel", "A"]
        + ["-evaluate", "set", "40%", "+channel"],
        "PaletteAlpha": ["-colors", "60", "-alpha", "set", "-transparent", "black"],
        "interlaced": ["-interlace", "PNG"],
    }.get(form, [])
    path = magick(photo, tmp_path, *options, "-depth", depth, "theirs.png")
    read = read_photo(path.read_bytes())
    seen = Image.open(magick(path, tmp_path, "-depth", "8", "PNG32:seen.png"))
    assert apart(read.convert("RGBA"), seen.convert("RGBA")) <= 1


def test_a_phones_double_pictures_and_motion_photos_give_their_still():
    """Some phones hang a second picture, or a video, behind the first."""
    photo = files.photo()
    double = files.saved(photo, "MPO", save_all=True, append_images=[photo.rotate(180)])
    motion = files.saved(photo, "JPEG") + files.box_file(b"isom") + b"\xff\xda\xff\xd8" * 5000
    for data in (double, motion):
        assert apart(read_photo(data), photo) <= 24


def test_wide_colours_are_brought_to_the_screens():
    patches = np.array([[200, 90, 60], [60, 150, 80], [90, 100, 180], [128, 128, 128]], np.uint8)
    picture = Image.fromarray(np.repeat(np.repeat(patches[None], 80, 0), 40, 1))
    data = files.saved(picture, "PNG", icc_profile=files.p3_profile())
    light = (patches / 255) ** 2.2 @ files.P3_TO_XYZ.T @ np.linalg.inv(files.SRGB_TO_XYZ).T
    light = light.clip(0, 1)
    wanted = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055) * 255
    read = np.asarray(read_photo(data), int)[10, 20::40]
    assert np.abs(read - wanted).max() <= 3
    assert np.abs(read - patches)[0].max() > 8
    picture.putalpha(100)
    seen = read_photo(files.saved(picture, "PNG", icc_profile=files.p3_profile()))
    assert np.array_equal(np.asarray(seen)[10, 20::40, :3], read)
    assert seen.getchannel("A").getextrema() == (100, 100)


@pytest.mark.parametrize("profile", [b"rubbish", files.p3_profile()[:200], bytes(5_000_000)])
def test_a_broken_profile_does_not_spoil_a_photo(profile):
    photo = files.photo()
    assert apart(read_photo(files.saved(photo, "JPEG", quality=95, icc_profile=profile)), photo) < 9


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_nothing_of_the_person_is_left(kind, tmp_path):
    data = files.loaded_with_metadata(kind, orientation=6)
    assert {"GPS", "XMP", "IFD0"} <= groups(data, tmp_path), "the test's own file has lost them"
    for read in (read_photo, read_logo, read_mask):
        picture = read(data)
        assert picture.info == {} and not picture.getexif()
        kept = files.saved(picture, "PNG")
        assert groups(kept, tmp_path) <= {"ExifTool", "System", "File", "PNG", "Composite"}
        assert b"home address" not in kept and b"Somebody" not in kept


def groups(data: bytes, folder: Path) -> set[str]:
    """Kinds of metadata an independent reader finds."""
    path = folder / "file"
    path.write_bytes(data)
    told = subprocess.run(
        ["exiftool", "-json", "-G1", "-a", str(path)], capture_output=True, check=True
    )
    (found,) = json.loads(told.stdout)
    return {key.split(":")[0].split("-")[0] for key in found if ":" in key}


def test_a_mask_is_what_was_painted():
    brushed = Image.new("RGBA", (300, 200), (255, 0, 0, 0))
    brushed.paste((255, 0, 0, 255), (50, 50, 100, 100))
    for data in (
        files.saved(brushed, "PNG"),
        files.saved(brushed.getchannel("A"), "PNG"),
        files.saved(brushed.getchannel("A").convert("RGB"), "WEBP", lossless=True),
        files.saved(brushed.getchannel("A").convert("1"), "PNG"),
    ):
        mask = read_mask(data)
        assert mask.mode == "L" and mask.tobytes() == brushed.getchannel("A").tobytes()


def test_a_logo_keeps_what_is_see_through():
    logo = Image.new("RGBA", (40, 20), (10, 20, 30, 0))
    logo.paste((200, 10, 10, 255), (5, 5, 20, 15))
    assert read_logo(files.saved(logo, "PNG")).tobytes() == logo.tobytes()
    assert read_logo(files.saved(logo.convert("RGB"), "JPEG")).mode == "RGBA"
    assert max(read_logo(files.saved(files.photo(2000, 900), "PNG")).size) == LOGO_SIDE
