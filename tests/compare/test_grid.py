"""The comparison: every style once, with the same words and seed, on one labelled sheet."""

import pytest
from PIL import Image

from tests.fake_engine import FakeEngine
from zit_engine.compare.grid import SHEET_NAME, comparison, contact_sheet, save_sheet
from zit_engine.errors import JobNotFound
from zit_engine.jobs.job import JobState
from zit_engine.request.ad_request import AdRequest

ASKED = AdRequest("딸기 케이크", channel="kakao-search-small", seed=7, count=3)
LIMIT_S = 60


def painted(studio):
    job = studio.submit(comparison(studio, ASKED), "qa", "compare")
    return job, job.wait(LIMIT_S).results


def test_every_style_the_model_can_paint_once_base_first(studio):
    asked = comparison(studio, ASKED)
    assert [each.style for each in asked] == [style.id for style in studio.available_styles()]
    assert asked[0].style == "realistic" and len(asked) >= 4
    assert {(e.prompt, e.seed, e.count) for e in asked} == {("딸기 케이크", 7, 1)}


def test_the_whole_catalogue_fits_in_line_at_once(make_studio):
    """The full model has more styles than one owner may otherwise have pictures waiting."""
    studio = make_studio(FakeEngine(base="z-image-turbo"))
    job, results = painted(studio)
    assert job.state is JobState.DONE
    assert [result.request.style for result in results] == list(studio.catalogue)


def test_the_sheet_is_a_png_beside_the_pictures(studio):
    job, results = painted(studio)
    assert save_sheet(studio, "qa", job.id, results) == SHEET_NAME
    with Image.open(studio.files.path_of("qa", job.id, SHEET_NAME)) as sheet:
        assert sheet.format == "PNG" and sheet.mode == "RGB"
    with pytest.raises(JobNotFound):
        studio.files.path_of("somebody-else", job.id, SHEET_NAME)


def test_a_picture_deleted_meanwhile_is_told(studio):
    job, results = painted(studio)
    studio.delete("qa", job.id, results[1].name)
    with pytest.raises(JobNotFound):
        save_sheet(studio, "qa", job.id, results)


@pytest.mark.parametrize("cells", [1, 2, 4, 5, 12])
def test_every_picture_is_on_the_sheet_whole_and_alone(cells):
    colours = [(20 * number, 255 - 20 * number, 90) for number in range(cells)]
    pictures = [(f"{n}", Image.new("RGB", (200, 100), c)) for n, c in enumerate(colours)]
    sheet = contact_sheet(pictures, "title")
    counts = dict((colour, count) for count, colour in sheet.getcolors(1 << 20))
    assert all(counts[colour] == 200 * 100 for colour in colours)


def test_large_pictures_are_fitted_not_cropped():
    sheet = contact_sheet([("wide", Image.new("RGB", (2000, 500), (200, 0, 0)))], "t")
    counts = dict((colour, count) for count, colour in sheet.getcolors(1 << 20))
    assert counts[(200, 0, 0)] == 384 * 96


def test_a_long_title_stays_on_the_sheet():
    cell = ("label " * 40, Image.new("RGB", (384, 384), (9, 9, 9)))
    sheet = contact_sheet([cell], "아주 긴 글 " * 100)
    short = contact_sheet([("l", cell[1])], "짧은 글")
    assert sheet.size == short.size
    right_edge = sheet.crop((sheet.width - 16, 0, sheet.width, sheet.height))
    assert len(right_edge.getcolors()) == 1
