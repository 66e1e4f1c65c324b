"""The guarded page in a real browser: it works as before, a press counts once, and one signs in."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from threading import Semaphore

import pytest
from playwright.sync_api import Browser, Page, Response, Route, expect

from tests.fake_engine import FakeEngine
from tests.web_browser.conftest import OpenPage, free_port, serve
from zit_engine.settings import ROOT, load_settings
from zit_engine.store.files import Files
from zit_engine.store.history import History
from zit_engine.store.logins import add_login
from zit_engine.studio import Studio
from zit_engine.styles.catalogue import load_catalogue

pytestmark = pytest.mark.browser
PASSWORD = "correct horse 1"
JOIN = "**/queue/join*"


def make(page: Page, prompt: str = "수박, 노란색 배경") -> None:
    page.fill("#prompt textarea", prompt)
    page.click("#action .go")


def test_the_policy_forbids_nothing_the_page_does(
    open_page: OpenPage, served: tuple[Studio, str]
) -> None:
    page = open_page()
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.reload()
    page.wait_for_selector("#action .go")
    make(page)
    expect(page.locator("#status .ok")).to_be_visible()
    page.click("#tiles .tile [data-act=open] >> nth=0")
    expect(page.locator("#enlarged")).to_be_visible()
    assert [line for line in told if "Content Security Policy" in line] == []


def test_a_press_whose_answer_was_lost_paints_once(
    open_page: OpenPage, served: tuple[Studio, str], held: Semaphore
) -> None:
    page = open_page()
    before, sent = served[0].engine.paints, []

    def lose_the_first(route: Route) -> None:
        is_press = '"busy ' in (route.request.post_data or "")
        if is_press:
            sent.append(json.loads(route.request.post_data or "{}")["data"][-1])
        if is_press and len(sent) == 1:
            route.fetch()  # it arrives, and its answer does not
            route.abort()
        else:
            route.continue_()

    page.route(JOIN, lose_the_first)
    make(page, "수박, 분홍색 배경")
    held.release()
    expect(page.locator("#status .ok")).to_be_visible()
    page.wait_for_timeout(1000)
    assert len(sent) == 2 and sent[0] == sent[1]
    assert served[0].engine.paints == before + 1
    make(page, "수박, 분홍색 배경")
    expect(page.locator("#status .busy")).to_be_visible()
    held.release()
    expect(page.locator("#status .ok")).to_be_visible()
    assert len(sent) == 3 and sent[2] != sent[0]
    assert served[0].engine.paints == before + 2


def test_a_double_click_on_again_paints_once(
    open_page: OpenPage, served: tuple[Studio, str], held: Semaphore
) -> None:
    page = open_page()
    held.release()
    make(page)
    expect(page.locator("#status .ok")).to_be_visible()
    before = served[0].engine.paints
    page.dblclick("#tiles [data-act=again] >> nth=0", delay=30)
    expect(page.locator("#status .busy")).to_be_visible()
    held.release(2)
    expect(page.locator("#status .ok")).to_be_visible()
    page.wait_for_timeout(1000)
    assert served[0].engine.paints == before + 1


def test_anyway_is_one_press_too(open_page: OpenPage, served: tuple[Studio, str]) -> None:
    page = open_page()
    sent: list[str] = []
    page.on("request", lambda asked: sent.append(asked.post_data or ""))
    make(page, "참외")
    page.click("#hint .anyway")
    expect(page.locator("#status .ok")).to_be_visible()
    numbers = [re.search('"busy ([0-9a-f]{32})"', body) for body in sent]
    told = [found[1] for found in numbers if found]
    assert len(told) == 2 and told[0] != told[1]


@pytest.mark.parametrize(("lang", "said"), [("ko-KR", "30초 뒤에"), ("en-US", "in 30 s")])
def test_what_the_door_refuses_is_told_and_the_button_is_free(
    open_page: OpenPage, lang: str, said: str
) -> None:
    page = open_page(lang=lang)
    told = {"ko": "30초 뒤에 다시 해 주세요.", "en": "Please try again in 30 s."}
    body = json.dumps({"error": told, "detail": "x"})
    page.route(
        JOIN, lambda r: r.fulfill(status=429, body=body, content_type="application/json"), times=20
    )
    make(page)
    expect(page.locator(".refused-line")).to_contain_text(said)
    expect(page.locator("#action .go")).to_be_visible()


def test_a_large_file_still_reaches_its_handler(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page()
    file = tmp_path / "other.png"
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 450_000)
    page.click("#details summary")

    def holds_the_file(response: Response) -> bool:  # the page asks for other things meanwhile
        is_join = "/queue/join" in response.url
        return is_join and len(response.request.post_data or "") > 500_000

    with page.expect_response(holds_the_file) as sent:
        page.set_input_files("#details input[type=file]", file)
    assert sent.value.status == 200
    expect(page.locator("#status .error")).to_be_visible()


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Studio, str]]:
    """A page behind a login: anna is staff, ben is not."""
    folder = tmp_path_factory.mktemp("closed")
    add_login(folder / "logins", "anna", PASSWORD, is_staff=True)
    add_login(folder / "logins", "ben", PASSWORD, is_staff=False)
    settings = load_settings(
        data_dir=folder / "data", port=free_port(), login_file=str(folder / "logins")
    )
    catalogue, data = load_catalogue(ROOT / "style_loras"), settings.data_dir
    files, history = Files(data), History(data / "history.sqlite3")
    yield from serve(Studio(settings, FakeEngine(), catalogue, files, history))


def come_in(page: Page, url: str, name: str, password: str = PASSWORD) -> None:
    page.goto(url)
    page.fill("[name=username]", name)
    page.fill("[name=password]", password)
    page.click("button")


def test_signing_in_with_ones_history_and_out(browser: Browser, closed: tuple[Studio, str]) -> None:
    url = closed[1]
    pages = [browser.new_context(locale="ko-KR").new_page() for _ in range(3)]
    come_in(pages[0], url, "ben", "wrong horse 1")
    expect(pages[0].locator("[role=alert]")).to_contain_text("맞지 않아요")
    come_in(pages[0], url, "ben")
    make(pages[0])
    expect(pages[0].locator("#status .ok")).to_be_visible()
    expect(pages[0].locator("nav [data-tab=compare]")).to_be_hidden()
    # Another device of the same person shows the same pictures, another person's does not.
    come_in(pages[1], url, "ben")
    expect(pages[1].locator("#tiles .tile img")).to_have_count(1)
    come_in(pages[2], url, "anna")
    expect(pages[2].locator("nav [data-tab=compare]")).to_be_visible()
    expect(pages[2].locator("#tiles .tile:not(.skeleton) [data-act=open]")).to_have_count(0)
    pages[2].click(".way-out")
    expect(pages[2].locator("[name=password]")).to_be_visible()
    pages[2].goto(url)
    expect(pages[2].locator("[name=password]")).to_be_visible()
    for page in pages:
        page.context.close()
