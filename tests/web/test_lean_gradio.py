"""The page is the same page, and Gradio does nothing for each call that nobody needs."""

from unittest import mock

from zit_engine.web import build as build_file
from zit_engine.web.build import build


def test_gradio_sums_up_no_calls(studio):
    queue = build(studio)._queue
    queue.events_recorded = 1000
    record = {"function": "make", "status": "success", "process_time": 1.0}
    assert queue.compute_analytics_summary([record] * 3) == {"functions": {}}
    assert queue.ANALYTICS_MAX_EVENTS == 1


def test_parts_described_once_are_described_as_before(studio):
    with mock.patch.object(build_file, "make_lean"):
        plain = build(studio).get_config_file()
    lean = build(studio)
    first, again = lean.get_config_file(), lean.get_config_file()
    assert first["components"] == again["components"]
    described = [
        [{**each["props"], "type": each["type"]} for each in config["components"]]
        for config in (plain, first)
    ]
    assert described[0] == described[1]
