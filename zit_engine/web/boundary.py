"""The edge between the program and a person: every failure becomes one sentence and a log line.

Comes in: handlers that may raise. Goes out: handlers that never do. Nothing of a traceback, a path
or a class name reaches the screen; the error id on it is in the log. Every handler that takes an
`owner` gets a well-formed one: the id is a bearer secret, and other ids (the command line's) are
not for the page.
"""

import functools
import inspect
import logging
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

from zit_engine.errors import JobNotFound, RequestError, ZitError

Handler = Callable[..., AsyncIterator[Any]]
# show(handlers, error, owner) -> the values of the event's outputs
Show = Callable[[Any, ZitError, str], Any]

_OWNER = re.compile(r"[0-9a-f]{32}")
_log = logging.getLogger(__name__)


def is_owner(owner: object) -> bool:
    """True for an id this page hands out: 32 hexadecimal digits."""
    return isinstance(owner, str) and _OWNER.fullmatch(owner) is not None


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


def guarded(show: Show) -> Callable[[Handler], Handler]:
    """A handler (async generator) whose failure is yielded as `show(handlers, error, owner)`."""

    def decorate(handler: Handler) -> Handler:
        signature = inspect.signature(handler)

        @functools.wraps(handler)
        async def run(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
            owner = ""
            try:
                owner = _checked_owner(signature, args, kwargs)
                async for outputs in handler(*args, **kwargs):
                    yield outputs
            except Exception as error:  # the page's last line of defence; see told()
                yield show(args[0], told(error), owner)

        return run

    return decorate


def guarded_once(show: Show) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """As `guarded`, for a handler that is a plain function."""

    def decorate(handler: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(handler)

        @functools.wraps(handler)
        def run(*args: Any, **kwargs: Any) -> Any:
            owner = ""
            try:
                owner = _checked_owner(signature, args, kwargs)
                return handler(*args, **kwargs)
            except Exception as error:  # the page's last line of defence; see told()
                return show(args[0], told(error), owner)

        return run

    return decorate


def _checked_owner(
    signature: inspect.Signature, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> str:
    """The handler's owner argument; "" for a handler without one. Raises JobNotFound."""
    given = signature.bind(*args, **kwargs).arguments
    if "owner" not in given:
        return ""
    if not is_owner(given["owner"]):
        raise JobNotFound(detail="an owner id that is not ours")
    return str(given["owner"])
