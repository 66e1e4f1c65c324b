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
from zit_engine.web.person import calling_person

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
                call = _checked(signature, args, kwargs)
                owner = call.arguments.get("owner", "")
                async for outputs in handler(*call.args, **call.kwargs):
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
                call = _checked(signature, args, kwargs)
                owner = call.arguments.get("owner", "")
                return handler(*call.args, **call.kwargs)
            except Exception as error:  # the page's last line of defence; see told()
                return show(args[0], told(error), owner)

        return run

    return decorate


def _checked(
    signature: inspect.Signature, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> inspect.BoundArguments:
    """The call, its owner being who signed in, or else the well-formed one the browser keeps.
    Raises JobNotFound for another id, RequestError where only staff may."""
    call, person = signature.bind(*args, **kwargs), calling_person()
    if getattr(args[0], "for_staff", False) and not person.is_staff:
        raise RequestError("login.staff_only")
    if "owner" not in call.arguments:
        return call
    if person.owner:
        call.arguments["owner"] = person.owner
    if not is_owner(call.arguments["owner"]):
        raise JobNotFound(detail="an owner id that is not ours")
    return call
