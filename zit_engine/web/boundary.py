"""The edge between the program and a person: every failure becomes one sentence and a log line.

Comes in: handlers that may raise. Goes out: handlers that never do. Nothing of a traceback, a path
or a class name reaches the screen; the error id on it is in the log.
"""

import functools
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

from zit_engine.errors import RequestError, ZitError

Handler = Callable[..., AsyncIterator[Any]]

_log = logging.getLogger(__name__)


def told(error: Exception) -> ZitError:
    """`error` as one that has a sentence; logged under its id."""
    if isinstance(error, RequestError):
        return error
    if isinstance(error, ZitError):
        _log.warning("%s", error)
        return error
    failure = ZitError(detail=repr(error))
    _log.error("%s", failure, exc_info=error)
    return failure


def guarded(show: Callable[[ZitError], Any]) -> Callable[[Handler], Handler]:
    """A handler (async generator) whose failure is yielded as `show(error)`."""

    def decorate(handler: Handler) -> Handler:
        @functools.wraps(handler)
        async def run(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
            try:
                async for outputs in handler(*args, **kwargs):
                    yield outputs
            except Exception as error:  # the page's last line of defence; see told()
                yield show(told(error))

        return run

    return decorate
