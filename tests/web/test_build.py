"""The page is wired as designed: one public endpoint, nothing around the queue."""

import inspect
from collections.abc import Callable
from pathlib import Path

import gradio as gr
import pytest

from zit_engine.errors import InvalidRequest, SettingsError
from zit_engine.request.ad_request import AdRequest
from zit_engine.settings import load_settings
from zit_engine.studio import Studio
from zit_engine.web.build import build
from zit_engine.web.tabs.make import Form


@pytest.fixture
def demo(studio: Studio) -> gr.Blocks:
    return build(studio)


def test_make_is_the_only_public_endpoint(demo: gr.Blocks) -> None:
    public = [f.api_name for f in demo.fns.values() if f.api_visibility != "private"]
    assert public == ["make"]


def test_every_event_goes_through_the_queue_and_blocks_nobody(demo: gr.Blocks) -> None:
    for event in demo.fns.values():
        assert event.queue is not False
        assert event.concurrency_limit is None


def test_the_back_doors_of_the_queue_are_closed(demo: gr.Blocks) -> None:
    assert demo.api_open is False


def test_handlers_that_watch_are_generators(demo: gr.Blocks) -> None:
    watching = {"paint", "paint_anyway", "again", "vary", "resume", "compare"}
    found = {f.fn.__name__ for f in demo.fns.values() if f.fn and f.types_generator}
    assert watching <= found


def test_the_form_asks_for_fields_of_a_request() -> None:
    request_fields = set(AdRequest.__dataclass_fields__)
    assert set(Form.__dataclass_fields__) - {"details"} <= request_fields


def test_no_handler_is_called_with_positions(demo: gr.Blocks) -> None:
    names = {"prompt", "style", "channel", "count", "details", "photo", "owner", "press"}
    paint = next(f.fn for f in demo.fns.values() if f.fn and f.fn.__name__ == "paint")
    assert set(inspect.signature(paint).parameters) == names


def test_a_public_demo_offers_two_pictures_and_no_comparison(
    make_studio: Callable[..., Studio],
) -> None:
    caps = load_settings(public_demo=True)
    demo = build(make_studio(max_count=caps.max_count, staff_tab=caps.staff_tab))
    page = str(demo.get_config_file())
    assert 'data-id="2"' in page and 'data-id="3"' not in page
    assert not {"compare", "prove"} & {f.api_name for f in demo.fns.values()}


@pytest.mark.parametrize("mode", [None, 0o644])
def test_a_login_file_that_cannot_be_used_is_told_at_the_start(
    make_studio: Callable[..., Studio], tmp_path: Path, mode: int | None
) -> None:
    path = tmp_path / "logins"
    if mode is not None:
        path.touch(mode)
        path.chmod(mode)
    with pytest.raises(SettingsError):
        build(make_studio(login_file=str(path)))


def test_more_pictures_than_a_demo_gives_are_refused(make_studio: Callable[..., Studio]) -> None:
    studio = make_studio(max_count=2)
    assert studio.request({"prompt": "수박", "count": "2"}).count == 2
    with pytest.raises(InvalidRequest) as refused:
        studio.request({"prompt": "수박", "count": "3"})
    assert refused.value.field == "count" and refused.value.values["limit"] == 2
