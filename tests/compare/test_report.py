"""Reports stand alone: every picture inside, nobody else's address, nothing run, nothing lost."""

import html
import re
from dataclasses import replace

import pytest
from PIL import Image

from tests.compare.test_grid import LIMIT_S
from tests.fake_engine import FakeEngine
from zit_engine.compare.ballots import Mode
from zit_engine.compare.baseline import Cell
from zit_engine.compare.grid import paint_missing, planned_grid
from zit_engine.compare.grids import Grids
from zit_engine.compare.plots import LEFT, SCALE, rates, strengths
from zit_engine.compare.report import baseline_report
from zit_engine.compare.tally import Choice, tally
from zit_engine.compare.vote_desk import VoteDesk

ATTACK = "<script>alert(1)</script> {{ 7 * 7 }} \"'&"


def stands_alone(page: str) -> None:
    addresses = re.findall(r"""(?:src|href)=["']([^"']*)""", page)
    assert all(address.startswith("data:image/webp;base64,") for address in addresses)
    without_pictures = re.sub(r"data:image/webp;base64,[A-Za-z0-9+/=]+", "", page)
    for outside in ("http:", "https:", "url(", "@import", "<script", "<link", "<iframe", "onload="):
        assert outside not in without_pictures
    assert "default-src 'none'" in page and page.startswith("<!doctype html>")


@pytest.fixture
def desk_and_grid(make_studio):
    studio = make_studio(FakeEngine(render_area=96 * 96))
    grid = planned_grid(studio, {"prompts": ["수박", ATTACK], "seeds": "7"})
    grid, job = paint_missing(studio, "qa", grid)
    job.wait(LIMIT_S)
    Grids(studio.settings.data_dir).save("qa", grid)
    desk = VoteDesk(studio, b"k" * 32)
    yield desk, grid, studio
    desk.close()


def vote_on_all(desk, grid, voter: str) -> int:
    count = 0
    while (asked := desk.question(grid.id, voter, Mode.PAIR)).ballot is not None:
        ballot = asked.ballot
        desk.cast(grid.id, voter, Mode.PAIR, ballot.id, ballot.tokens[0], ["colour"])
        count += 1
    return count


def test_a_grid_without_votes_has_every_picture_and_no_plot(desk_and_grid):
    desk, grid, _ = desk_and_grid
    page = desk.report(grid.id)
    stands_alone(page)
    assert page.count("<img ") == len(grid.requests()) and "<svg" not in page


def test_words_of_people_stay_words(desk_and_grid):
    desk, grid, _ = desk_and_grid
    page = desk.report(grid.id)
    assert "<script>alert" not in page and "{{ 7 * 7 }}" in page
    assert html.unescape(page).count(ATTACK) >= 1


def test_votes_are_plotted_all_together_and_by_text(desk_and_grid):
    desk, grid, studio = desk_and_grid
    votes = vote_on_all(desk, grid, "ann") + vote_on_all(desk, grid, "ben")
    page = desk.report(grid.id)
    stands_alone(page)
    assert page.count('<section class="votes">') == 3  # all, and each of two texts
    assert page.count('data-plot="rate"') == page.count('data-plot="strength"') == 3
    assert f"투표 {votes}개" in page and f"{votes} votes counted" in page
    shown = {row.style: row for row in desk.result(grid.id)[0].styles}
    for style, row in shown.items():
        title = studio.catalogue[style]
        assert title.ko in page and title.en in page
        assert f"<td>{row.wins}/{row.shown}</td>" in page
    whiskers = page.split('<section class="votes">')[1].count('class="whisker"')
    assert whiskers == len(grid.styles)


def test_a_picture_deleted_meanwhile_is_told_not_hidden(desk_and_grid):
    desk, grid, studio = desk_and_grid
    gone = studio.history.of_jobs("qa", grid.jobs)[0]
    studio.files.delete("qa", gone.job_id, gone.name)
    page = desk.report(grid.id)
    assert page.count("<img ") == len(grid.requests()) - 1 and "아직 안 그렸어요" in page


def test_the_table_of_votes_numbers_voters_and_names_nobody(desk_and_grid):
    desk, grid, _ = desk_and_grid
    votes = vote_on_all(desk, grid, "ann-secret-id") + vote_on_all(desk, grid, "ben")
    lines = desk.table(grid.id).splitlines()
    assert lines[0].lstrip("\ufeff").startswith("voter,mode,prompt") and len(lines) == votes + 1
    assert {line.split(",")[0] for line in lines[1:]} == {"1", "2"}
    assert "ann-secret-id" not in "".join(lines)


def test_dots_lie_where_the_numbers_say():
    votes = [Choice(("a", "b"), "a")] * 3 + [Choice(("a", "b"), "b")]
    rows = [((row.style, row.style), row) for row in tally(votes, ("a", "b", "c")).styles]
    plot = rates(rows)
    assert [dot.name[0] for dot in plot.dots] == ["a", "b"]  # nobody was asked about c
    assert plot.dots[0].x == LEFT + SCALE * 0.75 and plot.dots[0].text == "75%"
    assert plot.dots[0].low < plot.dots[0].x < plot.dots[0].high
    strong, weak = strengths(rows).dots
    middle = LEFT + SCALE / 2
    assert strong.x - middle == pytest.approx(middle - weak.x) and strong.x > middle


def test_only_flagged_pictures_are_shown_three_ways(tmp_path):
    for folder, colour in (("old", (10, 20, 30)), ("new", (14, 20, 30))):
        (tmp_path / folder).mkdir()
        Image.new("RGB", (40, 40), colour).save(tmp_path / folder / "cell-000.png")
    bad = Cell(ATTACK, "anime", 7, 0.9, "cell-000.png", "cell-000.png")
    cells = [bad, replace(bad, score=1.0), replace(bad, score=None, stored="", style="new")]
    page = baseline_report(tmp_path / "old", tmp_path / "new", cells, lambda style: (style, style))
    stands_alone(page)
    assert page.count('<section class="changed">') == 2
    assert page.count("<img ") == 4  # three of the changed one, one of the new one
    assert "3장 가운데 2장" in page and "<script>alert" not in page
