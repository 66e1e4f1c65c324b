"""The comparison tab without a browser: what its events answer."""

import asyncio
import re
from types import SimpleNamespace

import gradio as gr
import pytest

from tests.fake_engine import FakeEngine, broken
from tests.web.test_handlers import OWNER, all_of, links
from zit_engine.compare.grids import Grids
from zit_engine.errors import InvalidRequest
from zit_engine.web.grid_handlers import GridHandlers, read_table
from zit_engine.web.panel import Panel

LIMIT_S = 60


def handlers(studio) -> GridHandlers:
    return GridHandlers(studio, Panel(studio, links()), links())


def event(**data):
    return SimpleNamespace(_data=data)


def last_table(outputs) -> str:
    return [table for _, _, table, _ in outputs if isinstance(table, str)][-1]


def test_a_grid_is_shown_cell_by_cell(make_studio):
    studio = make_studio(FakeEngine(seconds_a_step=0.05))
    options = {"styles": ["realistic", "anime"], "seeds": "7"}
    outputs = all_of(handlers(studio).compare("수박\n커피", options, OWNER))
    counts = [table.count("<img") for _, _, table, _ in outputs if isinstance(table, str)]
    assert counts[-1] == 4 and len(set(counts)) >= 3 and counts == sorted(counts)
    assert outputs[0][0] == "busy" and outputs[-1][0] == "idle"
    table = last_table(outputs)
    assert table.count('scope="row"') == 2 and table.count('scope="col"') == 2
    assert 'data-take="sheet"' in table and 'data-take="go_on"' not in table


def test_a_failed_cell_says_why_and_can_be_painted_again(make_studio):
    engine = FakeEngine(fails=broken({8}))
    studio = make_studio(engine)
    made = handlers(studio)
    outputs = all_of(made.compare("수박", {"styles": ["realistic"], "seeds": "7,8"}, OWNER))
    table = last_table(outputs)
    assert table.count("<img") == 1 and "skeleton failed" in table
    engine.fails = lambda shot: None
    grid_id = re.search(r'data-grid="([0-9a-f]{32})"', table)[1]
    outputs = all_of(made.go_on(OWNER, event(grid=grid_id)))
    assert last_table(outputs).count("<img") == 2


@pytest.mark.parametrize("second", ["d" * 32, "e" * 32])
def test_going_on_pressed_twice_paints_the_missing_cells_once(make_studio, second):
    """A double click, and another page that still shows the button."""
    engine = FakeEngine(0.02, fails=broken({8}))
    studio = make_studio(engine)
    made = handlers(studio)
    options = {"styles": ["realistic", "anime"], "seeds": "7,8"}
    table = last_table(all_of(made.compare("수박", options, OWNER)))
    grid_id = re.search(r'data-grid="([0-9a-f]{32})"', table)[1]
    engine.fails, before = lambda shot: None, engine.paints
    grids = Grids(studio.settings.data_dir)

    async def twice():
        async def press(ticket):
            asked = event(grid=grid_id, ticket=ticket)
            return [outputs async for outputs in made.go_on(OWNER, asked)]

        first = asyncio.create_task(press("d" * 32))
        while second[0] != "d" and len(grids.get(OWNER, grid_id).jobs) < 2:
            await asyncio.sleep(0.001)
        return await asyncio.gather(first, press(second))

    for outputs in asyncio.run(twice()):
        assert last_table(outputs).count("<img") == 4
    assert engine.paints == before + 2 and len(grids.get(OWNER, grid_id).jobs) == 2


def test_an_opened_page_shows_the_newest_grid_and_the_earlier_ones(studio):
    made = handlers(studio)
    all_of(made.compare("수박", {"styles": ["realistic"], "seeds": "7"}, OWNER))
    all_of(made.compare("커피", {"styles": ["realistic"], "seeds": "7"}, OWNER))
    table, past = all_of(made.resume(OWNER, gr.Request(query_params={})))[-1][2:]
    assert "커피" in table and "수박" in past and "수박" not in table
    earlier = re.search(r'data-grid="([0-9a-f]{32})"', past)[1]
    assert "수박" in last_table(all_of(made.show(OWNER, event(grid=earlier))))
    other = "f" * 32
    assert all_of(made.resume(other, gr.Request(query_params={}))) == []
    refused = all_of(made.show(other, event(grid=earlier)))
    assert "error" in refused[-1][1] and "수박" not in str(refused)


def test_a_grid_that_runs_is_followed_by_an_opened_page_and_can_be_stopped(make_studio):
    studio = make_studio(FakeEngine(seconds_a_step=0.02))
    made = handlers(studio)

    async def closed_after_the_first_cell():
        watching = made.compare("수박\n커피\n빵", {"styles": None, "seeds": "7"}, OWNER)
        async for outputs in watching:
            if isinstance(outputs[2], str) and "<img" in outputs[2]:
                return

    asyncio.run(closed_after_the_first_cell())
    assert made.is_busy(OWNER)

    async def stopped():
        seen = []
        async for outputs in made.resume(OWNER, gr.Request(query_params={})):
            seen.append(outputs)
            made.stop(OWNER)
        return seen

    outputs = asyncio.run(stopped())
    table = last_table(outputs)
    assert outputs[-1][0] == "idle" and table.count("<img") >= 1
    assert 'data-take="go_on"' in table


@pytest.mark.parametrize("take", ["sheet", "csv", "zip"])
def test_each_file_is_saved_and_linked_for_its_owner_only(studio, take):
    made = handlers(studio)
    all_of(made.compare("수박", {"styles": ["realistic"], "seeds": "7"}, OWNER))
    grid = Grids(studio.settings.data_dir).newest(OWNER, 1)[0]
    line = getattr(made, take)(OWNER, event(grid=grid.id))
    assert "data-auto" in line and "/r/" in line
    refused = getattr(made, take)("f" * 32, event(grid=grid.id))
    assert "data-auto" not in refused and "error" in refused


def test_nothing_ticked_and_bad_numbers_are_told(studio):
    made = handlers(studio)
    assert "스타일을 하나 이상" in all_of(made.compare("수박", {"styles": []}, OWNER))[-1][1]
    bad = all_of(made.compare("수박", {"seeds": "-1"}, OWNER))[-1]
    assert "그림 번호" in bad[1] and bad[0] == "idle"


@pytest.mark.parametrize(
    ("text", "prompts"),
    [
        ("수박\r\n커피\r\n", ["수박", "커피"]),
        ("\ufeffid,prompt\n1,수박\n2,\n3,커피", ["수박", "커피"]),
        ('Prompt,x\n"수박, 노란색",1', ["수박, 노란색"]),
        ("수박,무시\n커피,무시", ["수박", "커피"]),
    ],
)
def test_a_file_of_texts_is_read(text, prompts):
    assert read_table(text) == prompts


@pytest.mark.parametrize("text", ["", "\n\n", "prompt\n", "가" * 300_000, '"' + "x" * 200_000])
def test_a_file_without_texts_is_refused(text):
    with pytest.raises(InvalidRequest):
        read_table(text)
