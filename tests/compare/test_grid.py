"""Grids: what was typed becomes rows and columns; what is missing is painted, nothing twice."""

import threading

import pytest

from tests.fake_engine import FakeEngine
from zit_engine.compare.grid import (
    MOST_CELLS,
    Grid,
    finished_cells,
    in_order,
    missing,
    paint_missing,
    planned_grid,
)
from zit_engine.errors import InvalidRequest, UnknownStyle
from zit_engine.jobs.job import JobState
from zit_engine.request.ad_request import AdRequest

LIMIT_S = 60
FIELDS = {"prompts": "딸기 케이크\n\n  수박  \n딸기 케이크", "seeds": "7, 8"}


def painted(studio, fields=FIELDS, owner="qa"):
    grid, job = paint_missing(studio, owner, planned_grid(studio, fields))
    job.wait(LIMIT_S)
    return grid, job


def test_lines_and_numbers_become_rows_and_every_style_a_column(studio):
    grid = planned_grid(studio, FIELDS)
    assert grid.rows == [("딸기 케이크", 7), ("딸기 케이크", 8), ("수박", 7), ("수박", 8)]
    assert list(grid.styles) == [style.id for style in studio.available_styles()]
    assert grid.styles[0] == "realistic" and len(grid.requests()) == 4 * len(grid.styles)
    assert grid.requests()[1].style == grid.styles[1] and grid.requests()[1].seed == 7


def test_styles_stand_in_the_catalogues_order_however_they_were_ticked(studio):
    grid = planned_grid(studio, {**FIELDS, "styles": ["anime", "realistic"]})
    assert grid.styles == ("realistic", "anime")
    assert planned_grid(studio, {**FIELDS, "styles": "anime, realistic"}).styles == grid.styles


def test_without_a_number_one_is_chosen_for_all_cells(studio):
    grid = planned_grid(studio, {"prompts": "수박"})
    assert len(grid.seeds) == 1 and {r.seed for r in grid.requests()} == set(grid.seeds)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"prompts": ""}, "prompt"),
        ({"prompts": "수박\n" + "가" * 5000}, "prompt"),
        ({"prompts": "수박", "seeds": "7, x"}, "seed"),
        ({"prompts": "수박", "seeds": "-1"}, "seed"),
        ({"prompts": "수박", "seeds": list(range(9))}, "seed"),
        ({"prompts": "수박", "adapter_weight": "9"}, "adapter_weight"),
        ({"prompts": [f"수박 {n}" for n in range(MOST_CELLS)]}, "prompts"),
        ({"prompts": "수박", "styles": ["yarn-craft"]}, "styles"),
    ],
)
def test_what_cannot_be_painted_is_told(studio, fields, field):
    with pytest.raises(InvalidRequest) as told:
        planned_grid(studio, fields)
    assert told.value.field == field
    assert studio.queue.is_idle()


def test_an_unknown_style_is_told(studio):
    with pytest.raises(UnknownStyle):
        planned_grid(studio, {"prompts": "수박", "styles": "watercolour"})


def test_every_cell_is_painted_once_and_found_again(studio):
    grid, job = painted(studio)
    cells = finished_cells(studio, "qa", grid)
    assert job.state is JobState.DONE and missing(grid, cells) == []
    assert [r.request for r in in_order(grid, cells)] == grid.requests()
    assert finished_cells(studio, "somebody-else", grid) == {}
    assert paint_missing(studio, "qa", grid) == (grid, None)


def test_a_stopped_grid_goes_on_with_what_is_missing(make_studio):
    """Cells finished before the stop stay and are not painted again, in another process too."""
    reached = threading.Event()
    engine = FakeEngine(at_step=lambda shot, step: reached.set() if engine.paints == 5 else None)
    studio = make_studio(engine)
    grid, job = paint_missing(studio, "qa", planned_grid(studio, FIELDS))
    assert reached.wait(LIMIT_S)
    studio.queue.cancel(job)
    job.wait(LIMIT_S)
    kept = finished_cells(studio, "qa", grid)
    assert job.state is JobState.CANCELLED and 1 <= len(kept) <= 5
    later_engine = FakeEngine()
    later = make_studio(later_engine)
    grid, job = paint_missing(later, "qa", grid)
    job.wait(LIMIT_S)
    assert later_engine.finished == len(grid.requests()) - len(kept)
    cells = finished_cells(later, "qa", grid)
    assert missing(grid, cells) == [] and all(cells[key] == kept[key] for key in kept)


@pytest.mark.parametrize("asker", ["shop", "qa"])
def test_a_single_picture_waits_for_at_most_two_cells(make_studio, asker):
    """Six texts, six styles, two seeds; another owner, or the grid's own, asks in the middle."""
    engine = FakeEngine(base="z-image-turbo")
    begun, asked = threading.Event(), threading.Event()

    def hold(shot, step):
        if engine.paints == 10:
            begun.set()
            asked.wait(LIMIT_S)

    engine.at_step = hold
    studio = make_studio(engine)
    styles = [style.id for style in studio.available_styles()][:6]
    texts = [f"글 {number}" for number in range(6)]
    fields = {"prompts": texts, "styles": styles, "seeds": "1 2"}
    _, grid_job = paint_missing(studio, "qa", planned_grid(studio, fields))
    assert len(grid_job.items) == 72 and begun.wait(LIMIT_S)
    single = studio.submit(AdRequest("혼자", seed=1), asker)
    asked.set()
    single.wait(LIMIT_S)
    prompts = [shot.model_prompt for shot in engine.shots]
    assert prompts.index("혼자") - 10 <= 2
    assert grid_job.wait(LIMIT_S).state is JobState.DONE


def test_a_long_grid_leaves_room_in_line_for_others(make_studio):
    engine = FakeEngine(seconds_a_step=0.01)
    studio = make_studio(engine, max_waiting=10)
    fields = {"prompts": [f"글 {number}" for number in range(20)]}
    _, job = paint_missing(studio, "qa", planned_grid(studio, fields))
    single = studio.submit(AdRequest("혼자", seed=1, count=4), "shop")
    assert single.wait(LIMIT_S).state is JobState.DONE
    studio.queue.cancel(job)


def test_a_grid_of_another_catalogue_is_still_shown(studio):
    """A style may leave the catalogue while its pictures stay."""
    grid = Grid("0" * 32, ("수박",), ("realistic", "gone-style"), (7,))
    assert [each.style for each in missing(grid, [])] == ["realistic", "gone-style"]
