"""The gallery without a browser: what is shown, found, marked, packed, deleted and brought back."""

import html
import json
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from zit_engine.request.ad_request import AdRequest, AdResult
from zit_engine.store.links import Signer
from zit_engine.studio import Studio
from zit_engine.web.links import Links
from zit_engine.web.panel import Panel
from zit_engine.web.shelf_handlers import MOST_AT_ONCE, ShelfHandlers

OWNER = "a" * 32
PROMPTS = ("따뜻한 라떼", "여름 수박 50% 할인", "봄 라떼")


def event(**data: object) -> gr.EventData:
    return SimpleNamespace(_data=data)


def shelf_of(studio: Studio) -> ShelfHandlers:
    links = Links(Signer(b"k" * 32), 15)
    return ShelfHandlers(studio, Panel(studio, links), links)


def fill(studio: Studio, count: int = 3) -> list[dict[str, str]]:
    """Pictures of PROMPTS in turn, each a job of its own, oldest first; their places."""
    places = []
    for number in range(count):
        job, name = f"job-{number}", f"a_{number}.png"
        studio.files.save(OWNER, job, name, b"x" * 100)
        request = AdRequest(PROMPTS[number % len(PROMPTS)], seed=number)
        made = AdResult(job, name, request, "Pocket", 8, 8, "png", 100, 1.0, 1.0 + number)
        studio.history.add(OWNER, made)
        places.append({"job": job, "name": name})
    return places


def names(markup: str) -> list[str]:
    return re.findall(r'data-name="([^"]+)"', markup)


@pytest.fixture
def shelf(studio: Studio) -> ShelfHandlers:
    return shelf_of(studio)


def test_an_empty_shelf_shows_the_way_to_the_first_picture(shelf: ShelfHandlers) -> None:
    markup = shelf.show(OWNER, {})
    assert "아직 만든 그림이 없어요" in markup and 'href="#make"' in markup


def test_newest_first_with_their_number(shelf: ShelfHandlers, studio: Studio) -> None:
    fill(studio)
    markup = shelf.show(OWNER)
    assert names(markup) == ["a_2.png", "a_1.png", "a_0.png"] and "그림 3장" in markup


def test_search_finds_what_was_typed(shelf: ShelfHandlers, studio: Studio) -> None:
    fill(studio)
    markup = shelf.find(OWNER, event(search="라떼", favourites=False, shown=24))
    assert names(markup) == ["a_2.png", "a_0.png"] and "찾은 그림 2장" in markup
    assert names(shelf.show(OWNER, {"search": "50%"})) == ["a_1.png"]


def test_an_answer_says_which_question_it_is_for(shelf: ShelfHandlers) -> None:
    assert 'data-turn="7"' in shelf.find(OWNER, event(search="라떼", turn=7))
    assert 'data-turn="0"' in shelf.show(OWNER, {})


def test_nothing_found_says_so_and_leads_back(shelf: ShelfHandlers, studio: Studio) -> None:
    fill(studio)
    markup = shelf.show(OWNER, {"search": "<b>짜장면</b>"})
    assert (
        "«&lt;b&gt;짜장면&lt;/b&gt;»에 맞는 그림이 없어요" in markup and "<b>짜장면" not in markup
    )
    assert 'data-shelf="show_all"' in markup
    assert "하트를 누른 그림이 아직 없어요" in shelf.show(OWNER, {"favourites": True})


def test_hearts(shelf: ShelfHandlers, studio: Studio) -> None:
    first, *_ = fill(studio)
    status, tiles = shelf.favourite(OWNER, event(**first, **{"is": True}))
    assert not isinstance(status, str) and not isinstance(tiles, str), "the page shows it already"
    assert names(shelf.show(OWNER, {"favourites": True})) == ["a_0.png"]
    assert shelf.show(OWNER).count('aria-pressed="true"') == 1
    shelf.favourite(OWNER, event(**first, **{"is": False}))
    assert "하트를 누른" in shelf.show(OWNER, {"favourites": True})
    assert "찾을 수 없어요" in shelf.favourite("b" * 32, event(**first, **{"is": True}))[0]
    assert "찾을 수 없어요" in shelf.favourite(OWNER, event())[0]


def test_more_is_shown_on_demand(shelf: ShelfHandlers, studio: Studio) -> None:
    fill(studio, 30)
    assert len(names(shelf.show(OWNER))) == 24 and "load_more" in shelf.show(OWNER)
    markup = shelf.show(OWNER, {"shown": 48})
    assert len(names(markup)) == 30 and "load_more" not in markup


def test_deleting_offers_the_way_back(shelf: ShelfHandlers, studio: Studio) -> None:
    places = fill(studio)
    status, tiles = shelf.delete(OWNER, {}, event(items=places[:2]))
    assert "2장을 지웠어요" in status and "되돌리기" in status and names(tiles) == ["a_2.png"]
    offered = json.loads(html.unescape(re.findall(r'data-undo="([^"]+)"', status)[0]))
    assert offered == places[:2]
    status, tiles = shelf.undo(OWNER, {}, event(items=offered))
    assert "2장을 되살렸어요" in status and names(tiles) == ["a_2.png", "a_1.png", "a_0.png"]
    assert "되돌릴 수 없어요" in shelf.undo(OWNER, {}, event(items=offered))[0]


def test_deleting_keeps_what_is_searched(shelf: ShelfHandlers, studio: Studio) -> None:
    places = fill(studio)
    _, tiles = shelf.delete(OWNER, {"search": "라떼"}, event(**places[0]))
    assert names(tiles) == ["a_2.png"]
    _, tiles = shelf.delete(OWNER, {"search": "라떼"}, event(**places[2]))
    assert "에 맞는 그림이 없어요" in tiles


@pytest.mark.parametrize("data", [{}, {"items": []}, {"items": "x"}, {"items": [3, None, {}]}])
def test_nothing_chosen_is_said(shelf: ShelfHandlers, studio: Studio, data: dict[str, Any]) -> None:
    fill(studio)
    assert "먼저 그림을 골라" in shelf.zip(OWNER, event(**data))
    assert "먼저 그림을 골라" in shelf.delete(OWNER, {}, event(**data))[0]
    assert studio.history.count(OWNER) == 3


def test_one_picture_named_often_is_packed_once(shelf: ShelfHandlers, studio: Studio) -> None:
    places = fill(studio)
    assert "1장이 들어" in shelf.zip(OWNER, event(items=places[:1] * 500))


def test_many_presses_do_not_fill_the_disk(shelf: ShelfHandlers, studio: Studio) -> None:
    places = fill(studio)
    said = [shelf.zip(OWNER, event(items=places)) for _ in range(20)]
    assert all("3장이 들어" in line for line in said)
    assert len([*studio.settings.data_dir.rglob("*.zip")]) == 2


def test_a_disk_nearly_full_is_told_instead_of_packing(
    shelf: ShelfHandlers, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = fill(studio)
    monkeypatch.setattr(studio.files, "free_bytes", lambda: studio.files.least_free_bytes)
    assert "저장 공간이 거의 없어요" in shelf.zip(OWNER, event(items=places))
    assert not [*studio.settings.data_dir.rglob("*.zip")]


def test_too_many_for_one_file_are_told(shelf: ShelfHandlers) -> None:
    items = [{"job": f"job-{number}", "name": "a.png"} for number in range(MOST_AT_ONCE + 1)]
    said = shelf.zip(OWNER, event(items=items))
    assert "300장까지" in said and "301장" in said


def test_a_deleted_picture_is_not_packed(shelf: ShelfHandlers, studio: Studio) -> None:
    places = fill(studio)
    shelf.delete(OWNER, {}, event(**places[0]))
    assert "2장이 들어" in shelf.zip(OWNER, event(items=places))


@pytest.mark.parametrize(
    ("size", "kind", "sentence"),
    [
        (790_000, None, ""),
        (800_000, "warn", "1MB 가운데 1MB를 썼어요"),
        (1_000_000, "error", "1MB가 다 찼어요"),
    ],
)
def test_a_shelf_that_gets_full_says_so(
    make_studio: Callable[..., Studio], size: int, kind: str | None, sentence: str
) -> None:
    studio = make_studio(owner_mb=1)
    studio.files.save(OWNER, "job", "a.png", b"x" * size)
    markup = shelf_of(studio).show(OWNER)
    assert ('class="disk"' in markup) == bool(kind) and sentence in markup
    if kind:
        assert f'data-kind="{kind}"' in markup
