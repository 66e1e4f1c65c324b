"""Help with the words in a real browser: trades, examples, the form, refine and undo."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.web_browser.conftest import OpenPage
from zit_engine.request.trades import load_trades

pytestmark = pytest.mark.browser
widths = pytest.mark.parametrize("width", [390, 1280])


def typed(page: Page) -> str:
    return page.input_value("#prompt textarea")


def top_of(page: Page, selector: str) -> int:
    """How far down the page it stands, wherever the page is scrolled to."""
    return round(
        page.locator(selector).evaluate("e => e.getBoundingClientRect().top + window.scrollY")
    )


@widths
def test_refine_writes_what_is_sent_and_undo_brings_the_typed_text_back(
    open_page: OpenPage, width: int
) -> None:
    page = open_page(width=width)
    expect(page.locator(".undo")).to_be_disabled()
    page.fill("#prompt textarea", "딸기 케이크")
    below = top_of(page, "#chips")
    page.click(".polish")
    expect(page.locator(".refine .told")).to_have_text("배경 설명을 더했어요.", use_inner_text=True)
    fuller = typed(page)
    assert fuller.startswith("딸기 케이크, ") and fuller.endswith(("배경", "벽"))
    assert top_of(page, "#chips") == below, "what is below must not jump"
    page.click(".polish")
    expect(page.locator(".refine .told")).to_contain_text("그대로 뒀어요")
    assert typed(page) == fuller
    page.click(".undo")
    assert typed(page) == "딸기 케이크"
    expect(page.locator(".undo")).to_be_disabled()
    expect(page.locator(".polish")).to_be_focused()
    page.click(".polish")
    expect(page.locator("#prompt textarea")).to_have_value(fuller)


def test_refine_says_what_is_missing_and_the_line_goes_when_typing(open_page: OpenPage) -> None:
    page = open_page()
    page.click(".polish")
    expect(page.locator(".refine .told")).to_contain_text("먼저 무엇을")
    page.locator("#prompt textarea").press_sequentially("수")
    expect(page.locator(".refine .told")).to_have_text("")


def test_the_picture_is_painted_from_the_refined_text(open_page: OpenPage) -> None:
    page = open_page(width=390)
    page.fill("#prompt textarea", "딸기 케이크")
    page.click(".polish")
    expect(page.locator(".undo")).to_be_enabled()
    page.click("#action .go")
    expect(page.locator("#tiles img")).to_have_count(1)
    expect(page.locator("#tiles figcaption b").first).to_have_text(typed(page))


@widths
def test_every_trade_is_found_behind_all_and_shows_its_examples(
    open_page: OpenPage, width: int
) -> None:
    page = open_page(width=width)
    every, panel = page.locator(".every"), page.locator("#every-trade")
    expect(panel).to_be_hidden()
    every.click()
    expect(every).to_have_attribute("aria-expanded", "true")
    expect(panel.locator("[data-trade]:visible")).to_have_count(len(load_trades()))
    panel.locator("[type=search]").fill("반지")
    shown = panel.locator("[data-trade]:visible")
    assert {"nail", "accessory"} == set(shown.evaluate_all("l => l.map(b => b.dataset.trade)"))
    panel.locator("[type=search]").fill("꽃")
    assert shown.evaluate_all("l => l.map(b => b.dataset.trade)")[0] == "flower", "names first"
    assert shown.count() > 1
    panel.locator("[type=search]").fill("우주선")
    expect(panel.locator(".none")).to_be_visible()
    panel.locator("[type=search]").fill("네일")
    panel.locator("[data-trade=nail]").click()
    expect(panel).to_be_hidden()
    chosen = page.locator(".trade-row .chips [data-trade=nail]")
    expect(chosen).to_be_focused()
    expect(chosen).to_be_in_viewport()
    expect(page.locator(".example")).to_have_count(3)
    page.click(".example >> nth=1")
    assert typed(page) == load_trades()["nail"].pocket_examples[1].ko
    again = open_page(context=page.context)
    expect(again.locator(".trade-row .chips [aria-pressed=true]")).to_have_text(
        "네일", use_inner_text=True
    )


def test_escape_closes_all_trades(open_page: OpenPage) -> None:
    page = open_page()
    page.click(".every")
    page.focus("#every-trade [type=search]")
    page.keyboard.press("Escape")
    expect(page.locator("#every-trade")).to_be_hidden()
    expect(page.locator(".every")).to_be_focused()


@widths
def test_the_form_writes_a_sentence_while_it_is_filled_in(open_page: OpenPage, width: int) -> None:
    page = open_page(width=width)
    page.fill("#prompt textarea", "내가 쓴 글")
    page.click(".words-form summary")
    preview, use = page.locator(".words-form .preview"), page.locator(".words-form .use")
    # It starts from the trade that is pressed above.
    expect(page.locator("[data-field=trade]")).to_have_value("cafe")
    expect(preview).to_have_text("라떼, 베이지색 배경", use_inner_text=True)
    page.select_option("[data-field=trade]", "")
    expect(preview).to_contain_text("칸을 채우면")
    expect(use).to_be_disabled()
    button_at = top_of(page, ".words-form .use")
    page.select_option("[data-field=trade]", "flower")
    expect(preview).to_have_text("꽃다발, 베이지색 배경", use_inner_text=True)
    page.click("[data-for=product] [data-ko=튤립]")
    page.click("[data-for=product] [data-ko=해바라기]")
    page.click("[data-for=mood] .offer >> nth=0")
    page.click("[data-for=mood] .offer >> nth=1")
    assert page.input_value("#word-product") == "튤립, 해바라기"
    assert page.input_value("#word-mood") == "밝고 산뜻한", "one mood fits into one picture"
    expect(preview).to_have_text("튤립과 해바라기, 하늘색 배경", use_inner_text=True)
    assert top_of(page, ".words-form .use") == button_at, "the button stays where it is"
    page.fill("#word-mood", "몽환적인")
    expect(preview).to_contain_text("그리지 못하는 말은 뺐어요: 몽환적인")
    page.click("[data-for=product] [data-ko=튤립]")
    expect(preview.locator("p").first).to_have_text("해바라기, 베이지색 배경")
    use.click()
    assert typed(page) == "해바라기, 베이지색 배경"
    expect(page.locator("#prompt textarea")).to_be_focused()
    expect(page.locator("#prompt textarea")).to_be_in_viewport()
    page.click(".undo")
    assert typed(page) == "내가 쓴 글"
    expect(page.locator(".trade-row .chips [aria-pressed=true]")).to_have_text(
        "꽃집", use_inner_text=True
    )


def test_the_form_follows_the_language(open_page: OpenPage) -> None:
    page = open_page(lang="en-US")
    page.click(".words-form summary")
    page.select_option("[data-field=trade]", "cafe")
    page.click("[data-for=product] [data-en=latte]")
    preview = page.locator(".words-form .preview")
    expect(preview).to_have_text("latte, beige background", use_inner_text=True)
    page.click("[data-set-lang=ko]")
    expect(preview).to_have_text("라떼, 베이지색 배경", use_inner_text=True)
    pressed = page.locator("[data-for=product] [aria-pressed=true]")
    expect(pressed).to_have_text("라떼", use_inner_text=True)


def test_words_typed_in_a_hurry_end_in_the_last_sentence(open_page: OpenPage) -> None:
    page = open_page()
    page.click(".words-form summary")
    page.focus("#word-product")
    page.keyboard.type("coffee, cookie, donut", delay=10)
    expect(page.locator(".words-form .preview")).to_have_text(
        "커피, 쿠키와 도넛, 베이지색 배경", use_inner_text=True
    )


def test_a_sentence_used_at_once_has_the_last_words_in_it(open_page: OpenPage) -> None:
    page = open_page()
    page.click(".words-form summary")
    use = page.locator(".words-form .use")
    expect(use).to_be_enabled()
    page.evaluate(
        "() => {"
        " const field = document.querySelector('#word-product');"
        " field.value = '쿠키';"
        " field.dispatchEvent(new Event('input', {bubbles: true}));"
        " document.querySelector('.words-form .use').click();"
        "}"
    )
    expect(page.locator("#prompt textarea")).to_have_value("쿠키, 베이지색 배경")
    expect(page.locator("#prompt textarea")).to_be_focused()


def test_what_is_typed_is_text_wherever_it_is_shown(open_page: OpenPage) -> None:
    page = open_page()
    page.click(".words-form summary")
    nasty = "<img src=x onerror=\"document.body.dataset.hit='1'\">"
    page.fill("#word-product", nasty)
    expect(page.locator(".words-form .preview")).to_contain_text("<img src=x")
    page.fill("#word-mood", "<b>고운</b>")
    expect(page.locator(".words-form .preview")).to_contain_text("<b>고운</b>")
    assert page.evaluate("document.body.dataset.hit") is None


def test_the_keyboard_alone_is_enough(open_page: OpenPage) -> None:
    page = open_page()
    page.focus(".words-form summary")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("카페")
    page.keyboard.press("Tab")
    page.keyboard.type("라떼")
    expect(page.locator(".words-form .use")).to_be_enabled()
    page.focus(".words-form .use")
    page.keyboard.press("Enter")
    expect(page.locator("#prompt textarea")).to_have_value(re.compile("^라떼, "))


@pytest.mark.parametrize("width", [360, 390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_of_it_open_is_reachable_and_sound(
    open_page: OpenPage, width: int, scheme: str
) -> None:
    page = open_page(width=width, scheme=scheme)
    page.click(".every")
    page.click(".words-form summary")
    page.fill("#word-mood", "몽환적인")
    page.select_option("[data-field=trade]", "cafe")
    expect(page.locator(".words-form .use")).to_be_enabled()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    small = page.evaluate(
        "[...document.querySelectorAll('#refine, #chips, #words-form')]"
        ".flatMap(e => [...e.querySelectorAll('button, summary, input, select')])"
        ".filter(e => e.offsetParent && e.getBoundingClientRect().height < 43.5)"
        ".map(e => e.outerHTML.slice(0, 90))"
    )
    assert not small
    found = Axe().run(page).response["violations"]
    serious = [v for v in found if v["impact"] in ("serious", "critical")]
    assert not serious, [(v["id"], [n["html"][:120] for n in v["nodes"][:3]]) for v in serious]


def test_no_english_word_on_the_korean_page(open_page: OpenPage) -> None:
    page = open_page()
    page.click(".every")
    page.click(".words-form summary")
    page.select_option("[data-field=trade]", "cafe")
    expect(page.locator(".words-form .use")).to_be_enabled()
    said = page.evaluate(
        "[...document.querySelectorAll('#refine, #chips, #words-form')].map(part => part.innerText"
        " + [...part.querySelectorAll('[aria-label],[placeholder],option,optgroup')].map(e =>"
        " ['aria-label','placeholder','label'].map(a => e.getAttribute(a) || '').join(' ')))"
        ".join(' ')"
    )
    assert "카페" in said and "직접 쓰기" in said
    latin = {
        word
        for word in said.replace("PC방", "").split()
        if any("a" <= x <= "z" for x in word.lower())
    }
    assert not latin
