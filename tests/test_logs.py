"""The log goes where standard error goes at that moment."""

import contextlib
import io

import structlog

from zit_engine.logs import configure_logging


def test_a_logger_outlives_the_stream_it_was_made_under() -> None:
    log = structlog.get_logger("test")
    first, second = io.StringIO(), io.StringIO()
    with contextlib.redirect_stderr(first):
        configure_logging()
        log.info("one")
    first_lines = first.getvalue()
    first.close()
    with contextlib.redirect_stderr(second):
        log.info("two")
    assert "one" in first_lines and "two" in second.getvalue()
