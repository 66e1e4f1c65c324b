"""A real server with a fake engine, and a real Chromium looking at it."""

import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.fake_engine import STEPS, FakeEngine
from zit_engine.engine.base import Shot
from zit_engine.settings import ROOT, load_settings
from zit_engine.store.files import Files
from zit_engine.store.history import History
from zit_engine.studio import Studio
from zit_engine.styles.catalogue import load_catalogue
from zit_engine.web.build import build
from zit_engine.web.theme import launch_options

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
# Debian's browser otherwise asks its maker's hosts at every start.
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
OpenPage = Callable[..., Page]
# Nothing is waited for longer than it takes; a machine busy with other tests may take long.
LIMIT_MS = 90_000
expect.set_options(timeout=LIMIT_MS)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Closed with its file: its event loop would stand in the way of other tests of the process."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Studio, str]]:
    """A studio with a fake engine (0.1 s a step) and the address of its page."""
    settings = load_settings(data_dir=tmp_path_factory.mktemp("data"), port=free_port())
    yield from serve(make_studio(settings.data_dir, settings.port, FakeEngine(seconds_a_step=0.1)))


def make_studio(folder: Path, port: int, engine: FakeEngine) -> Studio:
    settings = load_settings(data_dir=folder, port=port)
    catalogue = load_catalogue(ROOT / "style_loras")
    return Studio(settings, engine, catalogue, Files(folder), History(folder / "history.sqlite3"))


def serve(studio: Studio) -> Iterator[tuple[Studio, str]]:
    studio.warm_up()
    demo = build(studio)
    demo.launch(**launch_options(studio), prevent_thread_lock=True, quiet=True)
    try:
        yield studio, f"http://127.0.0.1:{studio.settings.port}/"
    finally:
        demo.close()
        studio.close(5)


@pytest.fixture
def held(served: tuple[Studio, str]) -> Iterator[threading.Semaphore]:
    """Each picture stops half-way until `held.release()` lets one be finished."""
    engine, pass_on = cast(FakeEngine, served[0].engine), threading.Semaphore(0)
    before = engine.at_step

    def wait_half_way(_shot: Shot, step: int) -> None:
        if step == STEPS // 2:
            pass_on.acquire(timeout=LIMIT_MS / 1000)

    engine.at_step = wait_half_way
    yield pass_on
    engine.at_step = before
    pass_on.release(100)


@pytest.fixture
def unhurried(served: tuple[Studio, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures that last as long as a slow machine takes to press stop (4 s)."""
    monkeypatch.setattr(served[0].engine, "seconds_a_step", 0.5)


@pytest.fixture
def open_page(browser: Browser, served: tuple[Studio, str]) -> Iterator[OpenPage]:
    """open_page(width=1280, lang="ko-KR", scheme="light", context=None, path="") -> a page."""
    contexts: list[BrowserContext] = []

    def open_one(
        width: int = 1280,
        lang: str = "ko-KR",
        scheme: str = "light",
        context: BrowserContext | None = None,
        path: str = "",
    ) -> Page:
        if context is None:
            context = browser.new_context(
                viewport={"width": width, "height": 900},
                locale=lang,
                color_scheme=scheme,
                reduced_motion="reduce",
            )
            context.set_default_timeout(LIMIT_MS)
            contexts.append(context)
        page = context.new_page()
        page.goto(served[1] + path)
        page.wait_for_selector("#action .go", state="attached")
        page.wait_for_function("document.body.dataset.tab !== undefined")
        page.wait_for_function("localStorage.getItem('zit-owner') !== null")
        page.evaluate("document.fonts.ready.then(() => true)")
        page.wait_for_timeout(300)
        return page

    yield open_one
    for context in contexts:
        context.close()
