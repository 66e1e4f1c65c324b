"""The page as a shop owner meets it, in a real browser."""

import dataclasses
import re
from pathlib import Path
from threading import Semaphore
from urllib.parse import urlparse

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.web_browser.conftest import OpenPage
from zit_engine.studio import Studio
from zit_engine.styles.style import LoraFile

pytestmark = pytest.mark.browser
# Proper names, units and file kinds an owner reads in Latin letters.
ALLOWED = {
    "CSV",
    "KB",
    "MB",
    "ZIP",
    "PNG",
    "JPG",
    "EN",
    "NVIDIA",
    "GPU",
    "GB",
    "Z",
    "Image",
    "Turbo",
}
# "Fake" is the name of the tests' model.
# X: a stand-up banner is called that in Korean as well.
ALLOWED |= {
    "X",
    "QR",
    "WebP",
    "ZIT",
    "MODEL",
    "A",
    "LMS",
    "MMS",
    "AI",
    "Fake",
    "cm",
    "px",
    "x",
    "LP",
}


def make(page: Page, prompt: str = "수박, 노란색 배경") -> None:
    page.fill("#prompt textarea", prompt)
    page.click("#action .go")


def test_two_taps_make_a_picture(open_page: OpenPage, held: Semaphore) -> None:
    page = open_page(width=390)
    page.click(".example >> nth=0")
    page.click("#action .go")
    expect(page.locator("#action .stop")).to_be_visible()
    expect(page.locator("#status .busy")).to_be_in_viewport()
    expect(page.locator("#action .stop")).to_be_in_viewport()
    expect(page.locator("#tiles .skeleton")).to_have_count(1)
    held.release()
    expect(page.locator("#status .ok")).to_be_visible()
    picture = page.locator("#tiles img").first
    assert picture.evaluate("i => i.complete && i.naturalWidth") == 1080
    assert page.locator("#action .go").is_visible()


def test_steps_and_seconds_are_told_while_painting(open_page: OpenPage, held: Semaphore) -> None:
    page = open_page()
    make(page)
    expect(page.locator("#status")).to_contain_text(re.compile(r"1/1장 · [1-8]/8 단계"))
    held.release()
    expect(page.locator("#status .ok")).to_be_visible()


@pytest.mark.usefixtures("unhurried")
def test_stop_keeps_what_was_made(open_page: OpenPage, served: tuple[Studio, str]) -> None:
    page = open_page()
    page.click(".count[data-id='4']")
    make(page)
    expect(page.locator("#tiles img")).to_have_count(1)
    page.click("#action .stop")
    expect(page.locator("#status")).to_contain_text("멈췄어요")
    assert 1 <= page.locator("#tiles img").count() < 4
    assert served[0].queue.waiting() == 0


def test_a_double_click_makes_the_picture(open_page: OpenPage) -> None:
    page = open_page()
    page.fill("#prompt textarea", "수박, 노란색 배경")
    page.dblclick("#action .go", delay=30)
    expect(page.locator("#status .ok")).to_be_visible()
    expect(page.locator("#tiles img")).to_have_count(1)


def test_again_while_painting_keeps_stop_until_all_is_done(
    open_page: OpenPage, held: Semaphore
) -> None:
    page = open_page()
    held.release()
    make(page)
    expect(page.locator("#tiles img")).to_have_count(1)
    page.click("#tiles [data-act=again] >> nth=0")
    expect(page.locator("#tiles .skeleton")).to_have_count(1)
    page.click("#tiles [data-act=again] >> nth=0")
    expect(page.locator("#tiles .skeleton")).to_have_count(2)
    held.release()
    expect(page.locator("#tiles .skeleton")).to_have_count(1)
    expect(page.locator("#action .stop")).to_be_visible()
    held.release()
    expect(page.locator("#tiles img")).to_have_count(3)
    expect(page.locator("#action .go")).to_be_visible()


def test_a_tick_stays_with_its_picture(open_page: OpenPage) -> None:
    page = open_page()
    make(page)
    expect(page.locator("#tiles img")).to_have_count(1)
    page.click("[data-tab=mine]")
    page.check("#shelf input[type=checkbox] >> nth=0")
    ticked = page.locator("#shelf .tile:has(input:checked)")
    name = ticked.get_attribute("data-name")
    page.click("[data-tab=make]")
    page.click("#tiles [data-act=again] >> nth=0")
    page.click("[data-tab=mine]")
    expect(page.locator("#shelf .tile")).to_have_count(2)
    expect(ticked).to_have_count(1)
    expect(ticked).to_have_attribute("data-name", str(name))


def test_a_closed_tab_loses_nothing(open_page: OpenPage, held: Semaphore) -> None:
    page = open_page()
    make(page)
    page.wait_for_selector("#tiles .skeleton")
    context = page.context
    page.close()
    held.release()
    again = open_page(context=context)
    expect(again.locator("#tiles img")).to_have_count(1)
    again.click("[data-tab=mine]")
    expect(again.locator("#shelf img")).to_have_count(1)


def test_an_empty_prompt_is_explained(open_page: OpenPage, served: tuple[Studio, str]) -> None:
    page = open_page(width=390)
    page.evaluate("window.scrollTo(0, 1400)")
    page.click("#action .go")
    expect(page.locator(".refine .told")).to_contain_text("무엇을 그릴지")
    expect(page.locator(".refine .told")).to_be_in_viewport()
    expect(page.locator("#prompt textarea")).to_be_focused()
    assert page.locator("#action .go").is_visible() and served[0].queue.waiting() == 0
    page.keyboard.type("수박")
    expect(page.locator(".refine .told")).to_have_text("")
    expect(page.locator("#prompt textarea")).not_to_have_attribute("aria-invalid", "true")


def test_a_reload_while_painting_keeps_the_form(
    open_page: OpenPage, served: tuple[Studio, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page(width=390)
    # pictures that last as long as a slow machine takes to load the page again
    monkeypatch.setattr(served[0].engine, "seconds_a_step", 1.0)
    page.click("#style [data-id=anime]")
    page.click("#channel [data-id=instagram-story]")
    page.click(".count[data-id='2']")
    page.click("#details summary")
    page.fill("[data-field=seed]", "7")
    make(page)
    expect(page.locator("#action .brief")).to_contain_text(re.compile(r"[12]/2장"))
    page.reload()
    expect(page.locator("#prompt textarea")).to_have_value("수박, 노란색 배경")
    for group, chosen in (("style", "anime"), ("channel", "instagram-story"), ("count", "2")):
        expect(page.locator(f"#{group} [aria-checked=true]")).to_have_attribute("data-id", chosen)
    expect(page.locator("[data-field=seed]")).to_have_value("7")
    monkeypatch.undo()
    expect(page.locator("#action .brief")).to_contain_text("다 됐어요")
    page.click("#action .brief")
    expect(page.locator("#tiles img").first).to_be_in_viewport()
    expect(page.locator("#action .brief")).to_have_text("")
    page.click("#action .go")  # what is shown is what is sent
    expect(page.locator("#tiles .current .tile")).to_have_count(2)
    expect(page.locator("#tiles .current figcaption").first).to_contain_text(
        "애니 · 인스타 스토리", use_inner_text=True
    )


def test_made_again_from_the_gallery_it_is_in_view(open_page: OpenPage) -> None:
    page = open_page(width=390)
    make(page)
    expect(page.locator("#status .ok")).to_be_visible()
    page.click("[data-tab=mine]")
    page.click("#shelf [data-act=again]")
    expect(page.locator("#tiles .tile").first).to_be_in_viewport()
    expect(page.locator("#status .status")).to_be_in_viewport()
    expect(page.locator("#tiles img")).to_have_count(2)


@pytest.mark.parametrize(("lang", "words"), [("ko-KR", "고른 파일"), ("en-US", "Chosen file")])
def test_a_file_is_chosen_with_a_button_of_the_page(
    open_page: OpenPage, tmp_path: Path, lang: str, words: str
) -> None:
    page = open_page(width=390, lang=lang)
    page.click("#details summary")
    button, field = page.locator("#details label.file"), page.locator("#details [type=file]")
    box, inside = button.bounding_box(), field.bounding_box()
    assert box is not None and inside is not None
    assert box["height"] >= 44
    assert inside["width"] >= box["width"] - 2, "pressed anywhere it opens"
    page.focus("#details select >> nth=-1")
    page.keyboard.press("Tab")
    expect(field).to_be_focused()
    assert button.evaluate("e => getComputedStyle(e).outlineWidth") == "2px"
    (tmp_path / "plain.png").write_bytes(b"no settings")
    field.set_input_files(tmp_path / "plain.png")
    expect(button).to_contain_text(f"{words}: plain.png", use_inner_text=True)


def test_an_unknown_subject_gets_other_words(open_page: OpenPage) -> None:
    page = open_page()
    make(page, "우주 정거장의 회의실")
    expect(page.locator("#hint")).to_contain_text("꼬마 모델이 모르는")
    page.click("#hint .example >> nth=0")
    assert "우주" not in page.input_value("#prompt textarea")
    make(page, "우주 정거장의 회의실")
    page.click("#hint .anyway")
    expect(page.locator("#tiles img")).to_have_count(1)


def test_settings_come_back_from_a_saved_file(open_page: OpenPage, tmp_path: object) -> None:
    page = open_page()
    page.click("[data-id=anime]")
    page.click("[data-id=kakao-bizboard]")
    make(page)
    expect(page.locator("#tiles img")).to_have_count(1)
    with page.expect_download() as download:
        page.click("#tiles .save >> nth=0")
    assert download.value.suggested_filename.startswith("수박-노란색-배경_애니")
    fresh = open_page()
    fresh.click("#details summary")
    fresh.set_input_files("#details input[type=file]", str(download.value.path()))
    expect(fresh.locator("#status")).to_contain_text("불러왔어요")
    assert fresh.input_value("#prompt textarea") == "수박, 노란색 배경"
    chosen = fresh.evaluate(
        "['style', 'channel', 'count'].map(id => document.getElementById(id)"
        ".querySelector('[aria-checked=true]').dataset.id)"
    )
    assert chosen == ["anime", "kakao-bizboard", "1"]


def test_the_room_left_is_told_when_it_gets_short(open_page: OpenPage) -> None:
    page = open_page(width=390)
    room = page.locator("#prompt-room")
    words = "따뜻한 라떼 "
    page.fill("#prompt textarea", words)
    for count, sentence in [
        (75, "글 길이: 넉넉해요 · 읽을 수 있는 길이의 31%"),
        (220, "글 길이: 거의 다 찼어요 · 읽을 수 있는 길이의 87%"),
        (260, "글이 너무 길어요. 70자쯤 줄여 주세요."),
    ]:
        page.fill("#prompt textarea", words * count)
        expect(room).to_have_text(sentence, use_inner_text=True)
        assert room.evaluate("e => e.scrollWidth <= e.clientWidth && e.offsetHeight") == 30
    page.fill("#prompt textarea", words)
    expect(room).to_have_text("")
    assert room.evaluate("e => e.offsetHeight") == 30, "what is below must not jump"


def test_the_room_follows_an_example_and_the_comparison_has_its_own(open_page: OpenPage) -> None:
    page = open_page(lang="en-US")
    page.fill("#prompt textarea", "latte " * 600)
    expect(page.locator("#prompt-room .over")).to_contain_text("too long")
    page.click(".example >> nth=0")
    expect(page.locator("#prompt-room")).to_have_text("")
    page.click("[data-tab=compare]")
    page.fill("#compare-prompt textarea", "a " * 450)
    expect(page.locator("#compare-prompt-room .nearly")).to_contain_text("nearly full")


def test_choosing_a_style_counts_its_words(
    open_page: OpenPage, served: tuple[Studio, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = served[0].catalogue
    lora = LoraFile("so " * 100, "", 1.0, "Apache-2.0", path="pocket/anime.safetensors")
    wordy = dataclasses.replace(catalogue["anime"], files={"pocket": lora})
    monkeypatch.setattr(served[0], "catalogue", {**catalogue, "anime": wordy})
    page = open_page(lang="en-US")
    page.fill("#prompt textarea", "a " * 400)
    expect(page.locator("#prompt-room")).to_contain_text("80%")
    page.click("[data-id=anime]")
    expect(page.locator("#prompt-room")).to_contain_text("99%")
    page.click("[data-id=realistic]")
    expect(page.locator("#prompt-room")).to_contain_text("80%")


def test_letters_typed_in_a_hurry_end_in_the_line_of_the_last(open_page: OpenPage) -> None:
    page = open_page()
    page.fill("#prompt textarea", "가 " * 400)
    page.focus("#prompt textarea")
    page.keyboard.press("End")
    page.keyboard.type("나 " * 50, delay=5)
    expect(page.locator("#prompt-room")).to_have_text(
        "글 길이: 거의 다 찼어요 · 읽을 수 있는 길이의 89%", use_inner_text=True
    )


def test_keyboard_alone_is_enough(open_page: OpenPage) -> None:
    page = open_page()
    page.focus("#prompt textarea")
    page.keyboard.type("수박, 노란색 배경")
    page.focus("#style [role=radio][tabindex='0']")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.getAttribute('aria-checked')") == "true"
    page.focus("#action .go")
    page.keyboard.press("Enter")
    expect(page.locator("#status .ok")).to_be_visible()


def test_the_language_switches_at_once_and_is_kept(open_page: OpenPage) -> None:
    page = open_page(lang="en-US")
    expect(page.locator("#action .go")).to_have_text("Make pictures", use_inner_text=True)
    page.fill("#prompt textarea", "typed before")
    page.click("[data-set-lang=ko]")
    expect(page.locator("#action .go")).to_have_text("그림 만들기", use_inner_text=True)
    assert page.input_value("#prompt textarea") == "typed before"
    assert page.evaluate("document.documentElement.lang") == "ko"
    again = open_page(context=page.context)
    expect(again.locator("#action .go")).to_have_text("그림 만들기", use_inner_text=True)


@pytest.mark.parametrize("tab", ["make", "letters", "mine", "compare"])
def test_the_korean_page_has_no_english_words(open_page: OpenPage, tab: str) -> None:
    page = open_page()
    make(page)
    expect(page.locator("#status .ok")).to_be_visible()
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    page.click(f"[data-tab={tab}]")
    text = page.inner_text("body")
    labels = page.evaluate(
        "[...document.querySelectorAll('[aria-label],[alt],[placeholder],[title]')]"
        ".filter(e => e.offsetParent).flatMap(e => ['aria-label','alt','placeholder','title']"
        ".map(a => e.getAttribute(a) || '')).join(' ')"
    )
    words = set(re.findall(r"[A-Za-z]{1,}", f"{text} {labels}"))
    assert words <= ALLOWED, words - ALLOWED


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(open_page: OpenPage, width: int, scheme: str) -> None:
    page = open_page(width=width, scheme=scheme)
    make(page)
    expect(page.locator("#status .ok")).to_be_visible()
    page.wait_for_timeout(300)
    found = Axe().run(page).response["violations"]
    serious = [v for v in found if v["impact"] in ("serious", "critical")]
    assert not serious, [(v["id"], [n["html"][:120] for n in v["nodes"][:3]]) for v in serious]


@pytest.mark.parametrize("width", [360, 390, 1280])
def test_targets_are_large_and_nothing_scrolls_sideways(open_page: OpenPage, width: int) -> None:
    page = open_page(width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    small = page.evaluate(
        "[...document.querySelectorAll('button, a[href], summary, input:not([type=file])')]"
        ".filter(e => e.offsetParent && !e.classList.contains('skip'))"
        ".map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect().height])"
        ".filter(([, h]) => h < 43.5)"
    )
    assert not small


def test_dark_and_light_follow_the_system(open_page: OpenPage) -> None:
    colours = {
        scheme: open_page(scheme=scheme).evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    }
    assert colours == {"light": "rgb(251, 250, 247)", "dark": "rgb(22, 23, 26)"}


def test_no_other_host_is_asked(open_page: OpenPage) -> None:
    page = open_page()
    hosts = set()
    page.on("request", lambda request: hosts.add(urlparse(request.url).hostname))
    page.reload()
    page.wait_for_selector("#action .go")
    make(page)
    expect(page.locator("#status .ok")).to_be_visible()
    assert hosts - {None} == {"127.0.0.1"}


def test_chosen_pictures_come_as_one_zip(open_page: OpenPage) -> None:
    page = open_page()
    make(page)
    expect(page.locator("#status .ok")).to_be_visible()
    page.click("[data-tab=mine]")
    page.click("[data-shelf=all]")
    with page.expect_download() as download:
        page.click("[data-shelf=zip]")
    assert download.value.suggested_filename.endswith(".zip")


def test_a_prompt_is_text_wherever_it_is_shown(open_page: OpenPage) -> None:
    page = open_page()
    make(page, "수박 <img src=x onerror=\"document.body.dataset.hit='1'\">${1}`{{x}}")
    expect(page.locator("#status .ok")).to_be_visible()
    page.click("[data-tab=mine]")
    expect(page.locator("#shelf img")).to_have_count(1)
    assert page.evaluate("document.body.dataset.hit") is None
