"""The status tab in a real browser: numbers, plots that follow the work, both languages."""

import pytest
from playwright.sync_api import expect

from tests.web_browser.conftest import OpenPage
from zit_engine.studio import Studio

pytestmark = pytest.mark.browser
OWNER = "f" * 32


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_staff_see_how_the_service_is(
    open_page: OpenPage, served: tuple[Studio, str], width: int, scheme: str
) -> None:
    studio = served[0]
    for style, seed in (("realistic", 1), ("anime", 2)):
        request = studio.request({"prompt": "수박", "style": style, "seed": seed})
        studio.submit(request, OWNER).wait(60)
    page = open_page(width=width, scheme=scheme, path="#status")
    plots = page.locator("#health .time-plot")
    expect(plots).to_have_count(4)
    expect(page.locator("#health .figures .good dd .ko")).to_be_visible()
    assert page.locator("#health .time-plot circle").count() >= 2
    assert "한 장 그린 시간" in str(plots.nth(2).locator("svg").get_attribute("aria-label"))
    made = page.locator("#health .figures div").nth(2).locator("dd")
    before = int(made.inner_text())
    studio.submit(studio.request({"prompt": "수박"}), OWNER).wait(60)
    expect(made).to_have_text(str(before + 1))  # by itself, without a reload
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.click("[data-set-lang=en]")
    expect(page.locator("#health h2 .en")).to_be_visible()
    assert "수박" not in page.locator("#health").inner_text()


def test_where_the_staffs_part_is_off_there_is_no_such_tab(
    open_page: OpenPage, served: tuple[Studio, str]
) -> None:
    from zit_engine.web.build import build

    studio = served[0]
    studio.settings, kept = studio.settings.model_copy(update={"staff_tab": False}), studio.settings
    try:
        names = {str(each["api_name"]) for each in build(studio).get_config_file()["dependencies"]}
    finally:
        studio.settings = kept
    assert "refresh" not in names and "paint" in names
