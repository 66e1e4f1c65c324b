"""The page is wired as designed: one public endpoint, nothing around the queue."""

import inspect

import gradio as gr
import pytest

from zit_engine.request.ad_request import AdRequest
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
    names = {"prompt", "style", "channel", "count", "details", "photo", "owner"}
    paint = next(f.fn for f in demo.fns.values() if f.fn and f.fn.__name__ == "paint")
    assert set(inspect.signature(paint).parameters) == names
