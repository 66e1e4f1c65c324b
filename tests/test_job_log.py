"""The log tells moments by id and keeps what people wrote out of it."""

import logging
from collections.abc import Iterator

import pytest
import structlog
from structlog.testing import capture_logs

from tests.fake_engine import FakeEngine, broken
from tests.test_studio import LIMIT_S, ask
from zit_engine.job_log import JobLog


@pytest.fixture
def told_from_info() -> Iterator[None]:
    """Commands tested before in this process may have set a higher level."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
    yield
    structlog.configure(**before)


@pytest.mark.usefixtures("told_from_info")
def test_moments_have_ids_and_no_words(make_studio):
    studio = make_studio(FakeEngine(fails=broken({8})))
    studio.watchers.add(JobLog())
    with capture_logs() as lines:
        job = studio.submit(ask("비밀 메뉴", count=2), "an-owner-id")
        job.wait(LIMIT_S)
        studio.close()
    mine = [line for line in lines if line.get("job") == job.id]
    of_picture = [
        [line["event"] for line in mine if line.get("picture") == index] for index in (None, 0, 1)
    ]
    assert of_picture == [
        ["job accepted", "job over"],
        ["picture begun", "picture made"],
        ["picture begun", "picture failed"],
    ]
    assert mine[0]["event"] == "job accepted" and mine[-1]["event"] == "job over"
    failed = next(line for line in lines if line["event"] == "picture failed")
    assert failed["kind"] == "BrokenImage" and len(failed["id"]) == 8
    assert "비밀" not in str(lines) and "an-owner-id" not in str(lines)
