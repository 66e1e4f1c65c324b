"""The typefaces: files, licences, order, sizes."""

import pytest

from zit_engine.finish.fonts import FOLDER, emoji_file, file_chain, holds, load_fonts

FONTS = load_fonts()


@pytest.mark.parametrize("font", FONTS.values(), ids=lambda font: font.id)
def test_each_typeface_has_its_file_its_licence_and_two_names(font) -> None:
    path = FOLDER / font.file
    assert path.is_file()
    assert "SIL OPEN FONT LICENSE" in (path.parent / "LICENSE.txt").read_text("utf-8").upper()
    assert font.title("ko") != font.title("en")
    assert set(font.fallback) <= set(FONTS) - {font.id}


def test_the_emoji_have_a_licence_too() -> None:
    licence = (FOLDER / emoji_file()).parent / "LICENSE.txt"
    assert "SIL OPEN FONT LICENSE" in licence.read_text("utf-8")


def test_the_notice_names_every_folder_of_fonts() -> None:
    notice = (FOLDER.parents[1] / "NOTICE").read_text("utf-8")
    folders = {file.split("/")[0] for id in FONTS for file in file_chain(id)}
    assert [folder for folder in folders if folder not in notice] == []


@pytest.mark.parametrize("id", FONTS)
def test_a_letter_is_asked_of_the_typeface_first_and_of_the_emoji_last(id: str) -> None:
    chain = file_chain(id)
    assert chain[0] == FONTS[id].file
    assert chain[-1] == emoji_file()
    assert len(set(chain)) == len(chain) == len(FONTS) + 1


def test_the_default_holds_every_syllable_itself() -> None:
    default = next(iter(FONTS.values()))
    assert holds(default.file, "".join(map(chr, range(0xAC00, 0xD7A4))))


def test_the_font_files_stay_below_eighteen_megabytes() -> None:
    files = {file for id in FONTS for file in file_chain(id)}
    assert sum((FOLDER / file).stat().st_size for file in files) < 18_000_000
