"""What is taken along from a grid: the sheet, the originals, the table."""

import csv
import io
import zipfile

import pytest
from PIL import Image, ImageFont

from tests.compare.test_grid import LIMIT_S
from zit_engine.compare.grid import finished_cells, paint_missing, planned_grid
from zit_engine.compare.sheet import contact_sheet, fitted, originals, parameters, wrapped
from zit_engine.errors import JobNotFound
from zit_engine.settings import ROOT

FONT = ROOT / "assets" / "fonts" / "pretendard" / "Pretendard-SemiBold.otf"


@pytest.fixture
def grid_and_cells(studio):
    fields = {"prompts": "딸기 케이크\n=1+1", "seeds": "7 8", "styles": "realistic anime"}
    grid, job = paint_missing(studio, "qa", planned_grid(studio, fields))
    job.wait(LIMIT_S)
    return grid, finished_cells(studio, "qa", grid)


def test_the_sheet_shows_every_picture_at_its_place(studio, grid_and_cells):
    grid, cells = grid_and_cells
    with Image.open(io.BytesIO(contact_sheet(studio, "qa", grid, cells))) as sheet:
        assert sheet.format == "PNG"
        pixels = sheet.convert("RGB")
    for row, (prompt, seed) in enumerate(grid.rows):
        for column, style in enumerate(grid.styles):
            result = cells[prompt, style, seed]
            with Image.open(studio.files.path_of("qa", result.job_id, result.name)) as picture:
                small = picture.convert("RGB")
            small.thumbnail((384, 384), Image.Resampling.LANCZOS)
            x, y = 256 + column * 400 + 192, 116 + row * 400 + 192
            assert pixels.getpixel((x, y)) == small.getpixel((small.width // 2, small.height // 2))


def test_a_deleted_picture_leaves_its_place_empty(studio, grid_and_cells):
    grid, cells = grid_and_cells
    whole = contact_sheet(studio, "qa", grid, cells)
    gone = next(iter(cells.values()))
    studio.delete("qa", gone.job_id, gone.name)
    assert len(contact_sheet(studio, "qa", grid, cells)) < len(whole)


def test_long_texts_are_wrapped_and_cut_within_the_width():
    font = ImageFont.truetype(str(FONT), 20)
    lines = wrapped("아주 긴 글이에요 " * 40, font, 200, 5)
    assert len(lines) == 5 and lines[-1].endswith("…")
    assert all(font.getlength(line) <= 200 for line in lines)
    assert wrapped("짧은 글", font, 200, 5) == ["짧은 글"]
    assert font.getlength(fitted("가" * 100, font, 120)) <= 120


def test_the_originals_are_packed_byte_for_byte(studio, grid_and_cells):
    grid, cells = grid_and_cells
    _, path = originals(studio, "qa", grid, cells)
    with zipfile.ZipFile(path) as archive:
        packed = {name: archive.read(name) for name in archive.namelist()}
    assert len(packed) == len(cells) == 8
    for result in cells.values():
        assert packed[result.name] == (
            studio.files.path_of("qa", result.job_id, result.name).read_bytes()
        )
    with pytest.raises(JobNotFound):
        originals(studio, "qa", grid, {})


def test_the_table_has_a_line_a_cell_and_no_formula(studio, grid_and_cells):
    grid, cells = grid_and_cells
    cells = dict(list(cells.items())[:-1])
    text = parameters(studio, grid, cells)
    assert text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert len(rows) == 8
    assert [row["seed"] for row in rows[:3]] == ["7", "7", "8"]
    assert rows[0]["style_ko"] == "실사" and float(rows[0]["seconds"]) >= 0
    assert sum(row["file"] == "" for row in rows) == 1
    assert {row["prompt"] for row in rows} == {"딸기 케이크", "'=1+1"}
