"""The letters a file claims are those it draws, and the others come out as its missing glyph."""

import random

import pytest
from PIL import Image, ImageDraw, ImageFont

from zit_engine.finish.coverage import covered
from zit_engine.finish.fonts import FOLDER, emoji_file, load_fonts

FILES = [*dict.fromkeys(font.file for font in load_fonts().values()), emoji_file()]
SYLLABLES = [chr(code) for code in range(0xAC00, 0xD7A4)]


def drawn(letter: str, face: ImageFont.FreeTypeFont) -> bytes:
    image = Image.new("L", (96, 96))
    ImageDraw.Draw(image).text((24, 64), letter, 255, face, anchor="ls")
    return image.tobytes()


@pytest.mark.parametrize("file", FILES)
def test_letters_in_the_map_are_drawn_and_others_are_missing(file: str) -> None:
    face = ImageFont.truetype(FOLDER / file, 40)
    missing = drawn("\U0010fffe", face)
    held = covered(FOLDER / file)
    sample = random.Random(6).sample(SYLLABLES, 200) + [chr(code) for code in range(33, 127)]
    for letter in sample:
        assert (drawn(letter, face) != missing) == (ord(letter) in held), letter


@pytest.mark.slow
@pytest.mark.parametrize("file", FILES)
def test_all_syllables_are_drawn_or_known_to_be_missing(file: str) -> None:
    face = ImageFont.truetype(FOLDER / file, 40)
    missing = drawn("\U0010fffe", face)
    held = covered(FOLDER / file)
    wrong = [s for s in SYLLABLES if (drawn(s, face) != missing) != (ord(s) in held)]
    assert wrong == []


def test_some_files_hold_all_syllables_and_some_only_the_common_ones() -> None:
    counts = {file: sum(ord(s) in covered(FOLDER / file) for s in SYLLABLES) for file in FILES}
    assert counts["pretendard/Pretendard-ExtraBold.otf"] == 11_172
    assert 2_350 <= counts["jua/Jua-Regular.ttf"] < 2_600
    assert counts[emoji_file()] == 0


def test_a_file_without_a_character_map_is_refused(tmp_path) -> None:
    path = tmp_path / "empty.ttf"
    path.write_bytes(b"\0\1\0\0" + b"\0" * 8)
    with pytest.raises(ValueError, match="character map"):
        covered(path)
