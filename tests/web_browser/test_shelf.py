"""The gallery as a shop owner meets it: finding, marking, deleting and having it back."""

import io
import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.fake_engine import FakeEngine
from tests.web_browser.conftest import free_port, make_studio, serve
from zit_engine.request.ad_request import AdRequest, AdResult
from zit_engine.store.shelf import Shelf
from zit_engine.studio import Studio
from zit_engine.web import shelf_view

pytestmark = pytest.mark.browser
PROMPTS = ("따뜻한 라떼와 크루아상", "여름 수박 50% 할인", "봄 꽃다발")
COUNT = 30
TILES = "#shelf .tile"
OpenShelf = Callable[..., Page]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Studio, str]]:
    yield from serve(make_studio(tmp_path_factory.mktemp("data"), free_port(), FakeEngine()))


@pytest.fixture(scope="module")
def visitor(browser: Browser, served: tuple[Studio, str]) -> Iterator[tuple[BrowserContext, str]]:
    """A browser that made a picture, and its owner's id."""
    studio, address = served
    owners: list[str] = []
    add = studio.history.add

    def listen(owner: str, result: AdResult) -> None:
        owners.append(owner)
        add(owner, result)

    studio.history.add = listen
    context = browser.new_context(locale="ko-KR", reduced_motion="reduce")
    page = context.new_page()
    page.goto(address)
    page.wait_for_function("localStorage.getItem('zit-owner') !== null")
    page.fill("#prompt textarea", "수박, 노란색 배경")
    page.click("#action .go")
    expect(page.locator("#status .ok")).to_be_visible()
    page.close()
    yield context, owners[0]
    context.close()


def stock(studio: Studio, owner: str) -> None:
    """COUNT pictures of PROMPTS in turn, every fifth a favourite, and no others."""
    for old in studio.history.list(owner, 999):
        studio.delete(owner, old.job_id, old.name)
    studio.history.purge(studio.files, time.time() + 1)
    for number in range(COUNT):
        size = (540, 675) if number % 2 else (1029, 258)
        out = io.BytesIO()
        Image.new("RGB", size, (200, 120, 8 * number)).save(out, "PNG")
        job, name = f"job-{number}", f"a_{number}.png"
        studio.files.save(owner, job, name, out.getvalue())
        request = AdRequest(PROMPTS[number % 3], "anime", "instagram-feed", seed=number)
        facts = ("Pocket", *size, "png", len(out.getvalue()), 1.0, time.time())
        studio.history.add(owner, AdResult(job, name, request, *facts, favourite=number % 5 == 0))


@pytest.fixture
def open_shelf(
    visitor: tuple[BrowserContext, str], served: tuple[Studio, str]
) -> Iterator[OpenShelf]:
    """open_shelf(width=1280, scheme="light") -> the tab of an owner with COUNT pictures."""
    context, owner = visitor
    stock(served[0], owner)
    pages: list[Page] = []

    def open_one(width: int = 1280, scheme: str = "light") -> Page:
        page = context.new_page()
        pages.append(page)
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        page.goto(f"{served[1]}#mine")
        expect(page.locator(TILES)).to_have_count(24)
        return page

    yield open_one
    for page in pages:
        page.close()


def names(page: Page) -> list[str]:
    return page.locator(TILES).evaluate_all("tiles => tiles.map(t => t.dataset.name)")


@pytest.mark.parametrize("width", [390, 1280])
def test_found_while_typing_and_all_back_with_one_tap(open_shelf: OpenShelf, width: int) -> None:
    page = open_shelf(width)
    page.focus("[data-find=search]")
    page.keyboard.type("라떼", delay=20)
    expect(page.locator("#shelf .found")).to_have_text("찾은 그림 10장", use_inner_text=True)
    expect(page.locator("#mine-find .heard")).to_contain_text("찾은 그림 10장")
    expect(page.locator(TILES)).to_have_count(10)
    assert page.evaluate("document.activeElement.dataset.find") == "search"
    page.keyboard.type(" 없는말")
    expect(page.locator("#shelf .empty")).to_contain_text("«라떼 없는말»에 맞는 그림이 없어요")
    page.click("[data-shelf=show_all]")
    expect(page.locator(TILES)).to_have_count(24)
    assert page.input_value("[data-find=search]") == ""


def test_a_heart_by_keyboard_stays_and_can_be_filtered(open_shelf: OpenShelf) -> None:
    page = open_shelf()
    heart = page.locator(f"{TILES}[data-name='a_29.png'] .heart")
    heart.focus()
    page.keyboard.press("Enter")
    expect(heart).to_have_attribute("aria-pressed", "true")
    page.click("[data-find=favourites]")
    expect(page.locator(TILES)).to_have_count(7)
    assert names(page)[0] == "a_29.png"
    page.reload()
    expect(page.locator(TILES)).to_have_count(24)
    expect(page.locator(f"{TILES}[data-name='a_29.png'] .heart[aria-pressed=true]")).to_be_visible()


def test_a_tick_answers_the_call_to_pick(open_shelf: OpenShelf) -> None:
    page = open_shelf(390)
    page.click("[data-shelf=zip]")
    expect(page.locator("#mine-status .warn")).to_be_visible()
    page.check("#shelf input[type=checkbox] >> nth=0")
    expect(page.locator("#mine-status .warn")).to_be_hidden()


def test_tick_and_heart_leave_a_wide_picture_free(open_shelf: OpenShelf) -> None:
    page = open_shelf(390)
    tile = page.locator("#shelf .tile.wide").first
    top = tile.locator(".picture").evaluate("e => e.getBoundingClientRect().top")
    for part in (".select", ".heart"):
        assert tile.locator(part).evaluate("e => e.getBoundingClientRect().bottom") <= top


def test_deleted_by_keyboard_and_had_back_in_its_place(open_shelf: OpenShelf) -> None:
    page = open_shelf(390)
    before = names(page)
    menu = page.locator(f"{TILES}[data-name='a_28.png'] .menu")
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    menu.locator("[data-act=delete]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#mine-status")).to_contain_text("1장을 지웠어요")
    expect(page.locator(f"{TILES}[data-name='a_28.png']")).to_have_count(0)
    expect(page.locator("#mine-status [data-undo]")).to_be_focused()
    expect(page.locator("#mine-status [data-undo]")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#mine-status")).to_contain_text("1장을 되살렸어요")
    expect(page.locator(f"{TILES}[data-name='a_28.png']")).to_have_count(1)
    assert names(page) == before


def test_the_way_back_goes_when_its_time_is_over(
    open_shelf: OpenShelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf_view, "UNDO_S", 0.5)
    page = open_shelf()
    page.check(f"{TILES} input >> nth=0")
    page.check(f"{TILES} input >> nth=1")
    expect(page.locator("#shelf .chosen")).to_have_text("2장을 골랐어요", use_inner_text=True)
    page.click("[data-shelf=delete_chosen]")
    expect(page.locator("[data-undo]")).to_be_visible()
    expect(page.locator("[data-undo]")).to_be_hidden()
    expect(page.locator("#mine-status")).to_contain_text("2장을 지웠어요")
    expect(page.locator("#shelf .chosen")).to_be_hidden()


def test_deleting_beside_the_form_can_be_undone_too(open_shelf: OpenShelf) -> None:
    page = open_shelf()
    page.click("[data-tab=make]")
    expect(page.locator("#tiles .tile")).to_have_count(8)
    page.click("#tiles .tile >> nth=0 >> .menu summary")
    page.click("#tiles .tile >> nth=0 >> [data-act=delete]")
    expect(page.locator("#hint")).to_contain_text("1장을 지웠어요")
    expect(page.locator("#tiles .tile[data-name='a_29.png']")).to_have_count(0)
    page.click("#hint [data-undo]")
    expect(page.locator("#tiles .tile[data-name='a_29.png']")).to_have_count(1)


def test_more_are_shown_on_demand(open_shelf: OpenShelf) -> None:
    page = open_shelf()
    page.click("[data-shelf=load_more]")
    expect(page.locator(TILES)).to_have_count(COUNT)
    expect(page.locator("[data-shelf=load_more]")).to_have_count(0)


def test_an_answer_that_was_overtaken_is_put_right(
    open_shelf: OpenShelf, served: tuple[Studio, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_shelf()
    history = served[0].history
    look, held = history.list, threading.Event()

    def slow(*args: Any, **wanted: Any) -> list[AdResult]:
        found = look(*args, **wanted)
        if not wanted.get("search"):
            held.wait(20)
        return found

    monkeypatch.setattr(history, "list", slow)
    page.check(f"{TILES} input >> nth=0")
    page.click("[data-shelf=delete_chosen]")
    page.fill("[data-find=search]", "라떼")
    expect(page.locator("#shelf .found")).to_contain_text("찾은 그림")
    held.set()
    expect(page.locator("#mine-status")).to_contain_text("1장을 지웠어요")
    expect(page.locator(TILES)).to_have_count(10)


def test_its_settings_come_back_to_the_form(open_shelf: OpenShelf) -> None:
    page = open_shelf()
    page.fill("[data-find=search]", "수박")
    expect(page.locator(TILES)).to_have_count(10)
    page.click(f"{TILES} >> nth=0 >> .menu summary")
    page.click(f"{TILES} >> nth=0 >> [data-act=reuse]")
    expect(page.locator("#status")).to_contain_text("불러왔어요")
    assert page.input_value("#prompt textarea") == PROMPTS[1]
    expect(page.locator("[data-id=anime][aria-checked=true]")).to_be_visible()


def test_chosen_ones_of_a_search_come_as_one_zip(open_shelf: OpenShelf) -> None:
    page = open_shelf()
    page.fill("[data-find=search]", "꽃다발")
    expect(page.locator(TILES)).to_have_count(10)
    page.click("[data-shelf=all]")
    with page.expect_download() as download:
        page.click("[data-shelf=zip]")
    assert download.value.suggested_filename.endswith("_10.zip")


def test_a_shelf_that_gets_full_is_told(
    open_shelf: OpenShelf, served: tuple[Studio, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = served[0]
    full = Shelf(studio.files, studio.history, 500)
    monkeypatch.setattr(full, "room", lambda owner: shelf_view.Room(437_000_000, 500))
    monkeypatch.setattr(studio, "shelf", full)
    page = open_shelf(390)
    expect(page.locator("#shelf .disk")).to_contain_text("저장 공간 500MB 가운데 437MB를 썼어요")


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_everybody_can_use_it(open_shelf: OpenShelf, width: int, scheme: str) -> None:
    page = open_shelf(width, scheme)
    page.check(f"{TILES} input >> nth=0")
    page.click("[data-shelf=delete_chosen]")
    expect(page.locator("[data-undo]")).to_be_visible()
    found = Axe().run(page).response["violations"]
    serious = [v for v in found if v["impact"] in ("serious", "critical")]
    assert not serious, [(v["id"], [n["html"][:120] for n in v["nodes"][:3]]) for v in serious]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    small = page.evaluate(
        "[...document.querySelectorAll('#panel-mine :is(button, a[href], summary, "
        "input[type=search], .select)')].filter(e => e.offsetParent)"
        ".map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])"
        ".filter(([, r]) => r.height < 43.5 || r.width < 43.5).map(([html]) => html)"
    )
    assert not small
    words = set(re.findall(r"[A-Za-z]+", page.inner_text("#panel-mine")))
    assert words <= {"KB", "MB", "ZIP"}, words
