"""«Add text» as a shop owner meets it: words at once, a movable frame, files for many places."""

import io
import re
import zipfile
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page, expect

from tests.web_browser.conftest import OpenPage
from zit_engine.studio import Studio

pytestmark = pytest.mark.browser


def opened(open_page: OpenPage, width: int = 1280, **options: str) -> Page:
    """A page with one painted picture open under «add text»."""
    page = open_page(width=width, **options)
    page.fill("#prompt textarea", "수박, 노란색 배경")
    page.click("#action .go")
    expect(page.locator("#status .ok")).to_be_visible()
    page.click("#tiles .tile [data-act=letter] >> nth=0")
    expect(page.locator("#letters-stage .stage img")).to_be_visible()
    return page


def looks_other_after(page: Page, act: object) -> None:
    """`act` changes the preview."""
    shown = page.locator("#letters-stage .stage img").get_attribute("src")
    act()
    page.wait_for_function(
        "before => document.querySelector('#letters-stage .stage img').src !== before", arg=shown
    )


def chosen(page: Page, choice: str) -> str | None:
    return page.get_attribute(f"[data-choice={choice}] [aria-checked=true]", "data-id")


def test_words_show_at_once_and_come_back_when_reopened(
    open_page: OpenPage, served: tuple[Studio, str]
) -> None:
    page = opened(open_page)
    painted = served[0].engine.paints
    looks_other_after(page, lambda: page.fill("[data-letter=headline]", "가을 신메뉴 출시"))
    looks_other_after(page, lambda: page.fill("[data-letter=price]", "4,500원"))
    looks_other_after(page, lambda: page.click("[data-choice=template] [role=radio] >> nth=2"))
    template = chosen(page, "template")
    with page.expect_download() as download:
        page.click("[data-take=save]")
    name = download.value.suggested_filename
    assert name.endswith(".jpg") and re.search("[가-힣]", name)
    with Image.open(download.value.path()) as image:
        assert image.size == (1080, 1080)
    expect(page.locator("#letters-made .tile")).to_have_count(1)
    page.reload()
    page.goto(page.url.split("#")[0] + "#letters")
    page.click("#letters-strip .thumb >> nth=0")
    expect(page.locator("[data-letter=headline]")).to_have_value("가을 신메뉴 출시")
    expect(page.locator("[data-letter=price]")).to_have_value("4,500원")
    assert chosen(page, "template") == template
    assert served[0].engine.paints == painted


def test_several_places_leave_as_one_zip(open_page: OpenPage) -> None:
    page = opened(open_page, width=390)
    page.fill("[data-letter=headline]", "오늘만 반값")
    for channel in ("kakao-bizboard", "instagram-story"):
        looks_other_after(page, lambda c=channel: page.check(f"[data-channel={c}]"))
    expect(page.locator("[data-take=export]")).to_contain_text("(3)")
    with page.expect_download() as download:
        page.click("[data-take=export]")
    data = Path(download.value.path()).read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sizes = {Image.open(archive.open(name)).size for name in archive.namelist()}
    assert sizes == {(1080, 1080), (1029, 258), (1080, 1920)}
    expect(page.locator("#letters-made .tile")).to_have_count(3)


def test_the_frame_moves_by_keyboard_and_by_finger(open_page: OpenPage) -> None:
    page = opened(open_page)
    page.click("#letters-form .more summary")
    looks_other_after(page, lambda: page.check("[data-channel=kakao-message]"))
    before = page.locator(".framer i").get_attribute("style")
    page.locator(".framer").focus()
    page.keyboard.press("ArrowUp")
    expect(page.locator(".framer i")).not_to_have_attribute("style", before or "")
    box = page.locator(".framer").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 2)
    page.mouse.up()
    expect(page.locator(".framer i")).to_have_attribute("style", re.compile("top: 0%"))
    page.click("[data-frame=auto]")
    expect(page.locator(".framer i")).to_have_attribute("style", before or "")


def test_the_shops_own_look_is_kept_and_put_in(open_page: OpenPage, tmp_path: Path) -> None:
    page = opened(open_page)
    page.click("#our-shop summary")
    page.fill("[data-brand=name]", "동네빵집")
    page.fill("[data-brand=contact]", "02-123-4567")
    logo = tmp_path / "logo.png"
    Image.new("RGBA", (200, 100), (200, 30, 60, 128)).save(logo)
    page.set_input_files("#our-shop input[type=file]", logo)
    expect(page.locator(".logo-now img")).to_be_visible()
    page.click("[data-brand-do=keep]")
    expect(page.locator(".brand-told")).to_contain_text("저장")
    looks_other_after(page, lambda: page.click("[data-brand-do=use]"))
    expect(page.locator("[data-letter=contact]")).to_have_value("동네빵집 · 02-123-4567")
    expect(page.locator("[data-letter=logo]")).to_be_checked()
    page.reload()
    expect(page.locator("[data-brand=name]")).to_have_value("동네빵집")


def test_a_text_too_long_is_told_and_nothing_is_lost(open_page: OpenPage) -> None:
    page = opened(open_page)
    page.fill("[data-letter=price]", "가" * 60)
    expect(page.locator("#letters-status .error")).to_be_visible()
    assert page.locator("#letters-stage .stage img").is_visible()
    assert page.input_value("[data-letter=price]") == "가" * 60
    looks_other_after(page, lambda: page.fill("[data-letter=price]", "9,900원"))
    expect(page.locator("#letters-status .error")).to_have_count(0)


def test_the_ai_mark_can_be_moved_and_left_out(open_page: OpenPage) -> None:
    page = opened(open_page)
    assert chosen(page, "label") == "bottom-right"
    looks_other_after(page, lambda: page.click("[data-choice=label] [data-id=top-left]"))
    looks_other_after(page, lambda: page.click("[data-choice=label] [data-id=none]"))


@pytest.mark.parametrize("width", [390, 1280])
def test_the_tab_is_accessible_and_fits(open_page: OpenPage, width: int) -> None:
    page = opened(open_page, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page).response["violations"]
    bad = [v["id"] for v in found if v["impact"] in ("serious", "critical")]
    assert bad == [], [node["html"] for v in found for node in v["nodes"]][:5]
    small = page.evaluate(
        "[...document.querySelectorAll('#panel-letters :is(button,a,summary,select)')]"
        ".filter(e => e.offsetParent && e.getBoundingClientRect().height < 44)"
        ".map(e => e.outerHTML.slice(0, 80))"
    )
    assert small == []


def test_the_picture_stays_in_view_on_a_phone(open_page: OpenPage) -> None:
    page = opened(open_page, width=390)
    page.locator("[data-choice=label]").scroll_into_view_if_needed()
    expect(page.locator("#letters-stage .stage img")).to_be_in_viewport()


def test_korean_page_speaks_korean(open_page: OpenPage) -> None:
    page = opened(open_page)
    page.click("#letters-form .more summary")
    text = page.locator("#panel-letters").inner_text()
    words = set(re.findall(r"[A-Za-z]{2,}", text))
    assert words <= {"AI", "QR", "KB", "MB", "PNG", "JPG", "WebP", "ZIP", "MMS", "Fake", "dpi"}


def test_typed_words_outlive_another_picture_and_a_reload(open_page: OpenPage) -> None:
    page = opened(open_page)
    page.evaluate("location.hash = '#make'")
    page.click("#action .go")
    expect(page.locator("#tiles .tile:not(.skeleton)")).to_have_count(2)
    page.evaluate("location.hash = '#letters'")
    looks_other_after(page, lambda: page.fill("[data-letter=headline]", "첫 그림의 말"))
    looks_other_after(page, lambda: page.click("#letters-strip .thumb[aria-pressed=false]"))
    # The other picture has no words of its own: what was typed goes along.
    expect(page.locator("[data-letter=headline]")).to_have_value("첫 그림의 말")
    looks_other_after(page, lambda: page.fill("[data-letter=headline]", "둘째 그림의 말"))
    looks_other_after(page, lambda: page.click("#letters-strip .thumb[aria-pressed=false]"))
    expect(page.locator("[data-letter=headline]")).to_have_value("첫 그림의 말")
    page.reload()
    expect(page.locator("[data-letter=headline]")).to_have_value("첫 그림의 말")


def test_what_is_wrong_stays_in_view_on_a_phone(open_page: OpenPage) -> None:
    page = opened(open_page, width=390)
    page.locator("[data-letter=price]").scroll_into_view_if_needed()
    page.fill("[data-letter=price]", "가" * 60)
    expect(page.locator("#letters-status .error")).to_be_in_viewport()
    expect(page.locator("[data-letter=price]")).to_have_attribute("aria-invalid", "true")
    page.fill("[data-letter=price]", "9,900원")
    expect(page.locator("[data-letter=price][aria-invalid]")).to_have_count(0)


def test_an_empty_shop_puts_nothing_in(open_page: OpenPage) -> None:
    page = opened(open_page)
    page.fill("[data-letter=contact]", "02-123-4567")
    page.click("[data-brand-do=use]")
    expect(page.locator(".brand-told.error")).to_be_visible()
    assert page.input_value("[data-letter=contact]") == "02-123-4567"
