"""The comparison tab in a real browser: a grid, the slider, files, the check of the styles."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.web_browser.conftest import OpenPage
from zit_engine.studio import Studio

pytestmark = pytest.mark.browser


def opened(open_page: OpenPage, **options) -> Page:
    page = open_page(**options)
    page.click("[data-tab=compare]")
    return page


def painted(page: Page, texts: str, styles: int = 2, seeds: str = "7") -> Page:
    """A grid of `texts` in the first `styles` styles."""
    page.fill("#compare-prompt textarea", texts)
    boxes = page.locator("#compare-options [data-style]")
    for index in range(styles, boxes.count()):
        boxes.nth(index).uncheck()
    page.fill("#compare-options [data-seeds]", seeds)
    page.click("#compare-action .go")
    expect(page.locator("#compare-status .ok")).to_be_visible()
    return page


def test_a_grid_has_labelled_rows_and_columns_and_comes_back(open_page: OpenPage) -> None:
    page = painted(opened(open_page), "수박, 노란색 배경\n커피", seeds="7, 8")
    table = page.locator("#compare-grid table.grid")
    expect(table.locator("tbody tr")).to_have_count(4)
    expect(table.locator("td img")).to_have_count(8)
    assert table.locator("thead th").all_inner_texts() == ["실사", "반실사"]
    assert "커피" in table.locator("tbody th").nth(2).inner_text()
    page.reload()
    expect(page.locator("#compare-grid td img")).to_have_count(8)
    assert page.locator("#compare-grid img").first.get_attribute("alt").startswith("수박")


def test_cells_appear_one_by_one_and_stop_keeps_them(
    open_page: OpenPage, served: tuple[Studio, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # pictures that last as long as a slow machine takes to press stop
    monkeypatch.setattr(served[0].engine, "seconds_a_step", 0.4)
    page = opened(open_page)
    page.fill("#compare-prompt textarea", "수박\n커피\n빵")
    page.click("#compare-action .go")
    expect(page.locator("#compare-grid td img").nth(1)).to_be_attached()
    assert page.locator("#compare-grid .skeleton.waiting").count() > 0
    page.click("#compare-action .stop")
    expect(page.locator("[data-take=go_on]")).to_be_visible()
    kept = page.locator("#compare-grid td img").count()
    cells = page.locator("#compare-grid td").count() - 1  # the corner is a cell too
    assert 2 <= kept < cells
    monkeypatch.undo()
    page.click("[data-take=go_on]")
    expect(page.locator("#compare-grid td img")).to_have_count(cells)


@pytest.mark.parametrize("width", [1280, 390])
def test_two_pictures_lie_under_one_slider(open_page: OpenPage, width: int) -> None:
    page = painted(opened(open_page, width=width), "수박")
    picks = page.locator("#compare-grid [data-pick]")
    picks.nth(0).check()
    expect(page.locator(".pair-bar .pair")).to_be_hidden()
    picks.nth(1).check()
    page.click(".pair-bar .pair")
    expect(page.locator("#pair")).to_be_visible()
    assert page.locator("#pair .names b").all_inner_texts() == ["◀ 실사", "반실사 ▶"]
    sources = [page.locator(f"#pair .{name}").get_attribute("src") for name in ("over", "under")]
    assert sources[0] and sources[1] and sources[0] != sources[1]
    for _ in range(10):
        page.keyboard.press("ArrowLeft")
    at = page.locator("#pair .two").evaluate("e => e.style.getPropertyValue('--at')")
    assert at == "40%"
    clip = page.locator("#pair .over").evaluate("e => getComputedStyle(e).clipPath")
    assert re.search(r"calc\(60%\)|60%|calc\(100% - 40%\)", clip)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.keyboard.press("Escape")
    expect(page.locator("#pair")).to_be_hidden()


def test_the_grid_is_taken_along_as_four_files(open_page: OpenPage) -> None:
    page = painted(opened(open_page), "수박")
    endings = {"sheet": ".png", "csv": ".csv", "zip": ".zip", "report": ".html"}
    for take, ending in endings.items():
        with page.expect_download() as download:
            page.click(f"[data-take={take}]")
        assert download.value.suggested_filename.endswith(ending)


def test_texts_come_from_a_file_also_one_of_korean_excel(
    open_page: OpenPage, tmp_path: Path
) -> None:
    page = opened(open_page)
    for name, encoding in (("utf.csv", "utf-8-sig"), ("excel.csv", "cp949")):
        path = tmp_path / name
        path.write_text("id,prompt\n1,딸기 케이크\n2,따뜻한 라떼\n", encoding=encoding)
        page.fill("#compare-prompt textarea", "")
        page.set_input_files("#compare-options input[type=file]", path)
        expect(page.locator("#compare-prompt textarea")).to_have_value("딸기 케이크\n따뜻한 라떼")
    (tmp_path / "empty.csv").write_text("")
    page.set_input_files("#compare-options input[type=file]", tmp_path / "empty.csv")
    expect(page.locator("#compare-status .error")).to_be_visible()


def test_staff_check_the_styles_from_the_page(open_page: OpenPage) -> None:
    page = opened(open_page)
    page.click(".proof-go")
    expect(page.locator("#compare-proof .ok")).to_contain_text("흔적을")
    assert page.locator("#compare-proof tbody tr").count() >= 4
    assert page.locator("#compare-proof .bad").count() == 0


def voting(page: Page, mode: str = "pair") -> Page:
    page.click(f"[data-take=vote_{mode}]")
    expect(page.locator("#compare-vote .choice").first).to_be_visible()
    return page


def ballot(page: Page) -> str:
    return str(page.locator("#compare-vote .vote").get_attribute("data-ballot"))


def test_a_vote_goes_by_keyboard_and_is_taken_back(open_page: OpenPage) -> None:
    page = voting(painted(opened(open_page), "수박", styles=3))
    expect(page.locator("#compare-grid")).to_be_hidden()
    assert page.locator("#compare-grid img, #compare-grid th").count() == 0  # not even hidden
    first = ballot(page)
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        f"document.querySelector('#compare-vote .vote').dataset.ballot !== '{first}'"
    )
    page.keyboard.press("Backspace")
    page.wait_for_function(
        f"document.querySelector('#compare-vote .vote').dataset.ballot === '{first}'"
    )
    for key in ("1", "2", "ArrowLeft"):
        seen = ballot(page)
        page.keyboard.press(key)
        page.wait_for_function(
            f"document.querySelector('#compare-vote .vote').dataset.ballot !== '{seen}'"
        )
    expect(page.locator("#compare-vote .result .ok")).to_contain_text("투표 3개")
    assert page.locator("#compare-vote tbody tr").first.locator("td").count() == 4
    page.click("[data-vote=close]")
    expect(page.locator("#compare-grid table.grid")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_on_a_ballot_betrays_a_style(open_page: OpenPage, width: int) -> None:
    page = voting(painted(opened(open_page, width=width), "수박", styles=4), "best")
    source = page.locator("#compare-vote").inner_html()
    for style in ("realistic", "anime", "pencil", "semi", "실사", "애니", "연필"):
        assert style not in source
    links = page.locator("#compare-vote .choice img").evaluate_all("all => all.map(i => i.src)")
    assert len(links) == 4
    for link in links:
        answer = page.request.get(link)
        assert answer.ok and answer.headers["content-type"] == "image/webp"
        assert "content-disposition" not in answer.headers
    alts = page.locator("#compare-vote .choice img").evaluate_all("all => all.map(i => i.alt)")
    assert alts == ["그림 1", "그림 2", "그림 3", "그림 4"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert not page.request.get(links[0].split("&sig=")[0]).ok
    page.locator("#compare-vote [data-reason=colour]").check()
    page.locator("#compare-vote .choice").nth(2).click()
    expect(page.locator("#compare-vote .result")).to_be_visible()


def test_a_link_lets_others_vote_and_the_report_shows_it(
    open_page: OpenPage, tmp_path: Path
) -> None:
    asker = painted(opened(open_page), "수박", styles=3)
    grid = asker.locator("#compare-grid table.grid").get_attribute("data-grid")
    voter = open_page(path=f"?vote={grid}#compare")
    expect(voter.locator("#compare-vote .choice").first).to_be_visible()
    for _ in range(3):
        seen = ballot(voter)
        voter.keyboard.press("1")
        voter.wait_for_function(
            f"document.querySelector('#compare-vote .vote').dataset.ballot !== '{seen}'"
        )
    expect(voter.locator("#compare-vote .result .ok")).to_contain_text("투표 3개")
    # Others see the result; files with the asker's pictures are the asker's.
    assert voter.locator("[data-vote=report], #compare-grid img").count() == 0
    voter.click("[data-vote=close]")
    assert "vote=" not in voter.url
    with asker.expect_download() as download:
        asker.click("[data-take=report]")
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    report = asker.context.new_page()
    asked = []
    report.on("request", lambda request: asked.append(request.url))
    report.goto(path.as_uri())
    assert report.locator("svg circle").count() == 6 and report.locator("img").count() == 3
    assert report.evaluate("[...document.images].every(i => i.naturalWidth > 0)")
    expect(report.locator("h1 [lang=ko]")).to_be_visible()
    report.get_by_label("English").check()
    expect(report.locator("h1 [lang=en]")).to_be_visible()
    expect(report.locator("h1 [lang=ko]")).to_be_hidden()
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


def test_the_asker_takes_the_votes_along(open_page: OpenPage) -> None:
    page = voting(painted(opened(open_page), "수박", styles=2))
    page.keyboard.press("2")
    expect(page.locator("#compare-vote .result")).to_be_visible()
    for take, ending in (("table", ".csv"), ("report", ".html")):
        with page.expect_download() as download:
            page.click(f"[data-vote={take}]")
        assert download.value.suggested_filename.endswith(ending)
    expect(page.locator("#compare-grid td img")).to_have_count(2)


def test_a_link_to_no_grid_says_so(open_page: OpenPage) -> None:
    page = open_page(path=f"?vote={'0' * 32}#compare")
    expect(page.locator("#compare-vote .error")).to_be_visible()


def test_the_link_is_copied(open_page: OpenPage) -> None:
    page = painted(opened(open_page), "수박")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click("[data-take=link]")
    expect(page.locator("[data-take=link]")).to_have_text("링크를 복사했어요")
    grid = page.locator("#compare-grid table.grid").get_attribute("data-grid")
    assert page.evaluate("navigator.clipboard.readText()").endswith(f"?vote={grid}#compare")
