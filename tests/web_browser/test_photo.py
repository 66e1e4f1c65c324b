"""A shop's own photo in the browser: sent, shown, marked with a brush, painted from."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from tests.web_browser.conftest import OpenPage
from zit_engine.studio import Studio

pytestmark = pytest.mark.browser


@pytest.fixture
def cup(tmp_path: Path) -> Path:
    """A red disc on a busy ground: nothing cuts that out by itself."""
    photo = Image.effect_noise((600, 400), 90).convert("RGB")
    ImageDraw.Draw(photo).ellipse((200, 100, 400, 300), fill=(200, 30, 40))
    path = tmp_path / "cup.jpg"
    photo.save(path, exif=_position())
    return path


def _position() -> bytes:
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"
    return exif.tobytes()


def with_photo(open_page: OpenPage, path: Path, width: int = 1280) -> Page:
    page = open_page(width=width)
    page.fill("#prompt textarea", "커피, 베이지색 배경")
    page.click("#own-photo summary")
    page.set_input_files("#own-photo input[type=file]", path)
    expect(page.locator(".photo-now")).to_be_visible()
    return page


def painted(page: Page) -> None:
    page.click("#action .go")
    expect(page.locator("#status .ok")).to_be_visible()


def test_a_photo_gives_its_mood(open_page: OpenPage, served: tuple[Studio, str], cup: Path) -> None:
    page = with_photo(open_page, cup, width=390)
    page.click("[data-choice=photo_strength] [data-id=little]")
    painted(page)
    shot = served[0].engine.shots[-1]
    assert shot.start is not None and shot.start.mask is None
    request = served[0].history.list(owner_of(served[0]), 1)[0].request
    assert (request.photo_mode, request.photo_strength) == ("mood", "little")


def owner_of(studio: Studio) -> str:
    (job,) = list(studio.book._jobs.values())[-1:]
    return job.owner


def test_a_product_is_kept_where_the_brush_was(
    open_page: OpenPage, served: tuple[Studio, str], cup: Path
) -> None:
    page = with_photo(open_page, cup)
    page.click("[data-choice=photo_mode] [data-id=background]")
    canvas = page.locator(".easel canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    centre = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.locator("[data-photo=size]").fill("30")
    page.mouse.move(*centre)
    page.mouse.down()
    page.mouse.move(centre[0] + 6, centre[1] + 4)
    page.mouse.up()
    painted(page)
    result = served[0].history.list(owner_of(served[0]), 1)[0]
    assert result.request.photo_mode == "background" and result.request.photo_mask
    path = served[0].files.master_of(owner_of(served[0]), result.job_id, result.name)
    with Image.open(path) as kept:
        reds = [colour for _, colour in kept.convert("RGB").getcolors(2**24) or []]
    # JPEG turns the disc's one colour into a few neighbours; the fake's gradient holds none of it.
    assert any(abs(r - 200) < 12 and abs(g - 30) < 12 and abs(b - 40) < 12 for r, g, b in reds)


def test_a_busy_background_without_marks_is_told_before_painting(
    open_page: OpenPage, served: tuple[Studio, str], cup: Path
) -> None:
    page = with_photo(open_page, cup)
    before = served[0].engine.paints
    page.click("[data-choice=photo_mode] [data-id=background]")
    page.click("#action .go")
    expect(page.locator("#status .error")).to_be_visible()
    expect(page.locator("#status .error")).to_contain_text("칠해")
    assert served[0].engine.paints == before


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.heic", b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "HEIC"),
        ("a.jpg", b"\xff\xd8\xff\xe0 no picture at all", "사진"),
        ("a.png", b"", "빈 파일"),
    ],
)
def test_a_file_that_is_no_photo_is_told(
    open_page: OpenPage, tmp_path: Path, name: str, data: bytes, words: str
) -> None:
    page = open_page()
    page.click("#own-photo summary")
    (tmp_path / name).write_bytes(data)
    page.set_input_files("#own-photo input[type=file]", tmp_path / name)
    told = page.locator(".photo-told[data-kind=error]")
    expect(told).to_contain_text(words)
    assert page.locator(".photo-now").is_hidden()


def test_a_clear_ground_needs_no_brush(open_page: OpenPage, tmp_path: Path) -> None:
    photo = Image.new("RGBA", (300, 300), (0, 0, 0, 0))
    ImageDraw.Draw(photo).ellipse((60, 60, 240, 240), fill=(40, 120, 200, 255))
    photo.save(tmp_path / "clear.png")
    page = with_photo(open_page, tmp_path / "clear.png", width=390)
    page.click("[data-choice=photo_mode] [data-id=background]")
    expect(page.locator(".clear-note")).to_be_visible()
    expect(page.locator(".brush")).to_be_hidden()
    found = Axe().run(page).response["violations"]
    assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.click("[data-photo=remove]")
    expect(page.locator(".photo-now")).to_be_hidden()
