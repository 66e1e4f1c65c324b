"""A request's body is counted while it arrives, before anybody reads it as JSON.

Comes in: an ASGI call and its limit. Goes out: the call, or 413 at the first byte too many, also
for a body that told no length. It does not know what the body is.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zit_engine.errors import ZitError
from zit_engine.web.refusals import refusal


class _TooLarge(Exception):
    """Ends the reading; never leaves this module."""


async def limited(app: ASGIApp, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
    """Run `app` on a body of at most `limit` bytes."""
    if _told_length(scope) > limit:
        await _refuse(scope, receive, send, limit)
        return
    size, is_over, is_begun = 0, False, False

    async def counted() -> Message:
        nonlocal size, is_over
        message = await receive()
        size += len(message.get("body", b""))
        if size > limit:
            is_over = True
            raise _TooLarge
        return message

    async def answered(message: Message) -> None:
        nonlocal is_begun
        # What the application makes of the broken body is not sent: the answer is 413.
        if is_begun or not is_over:
            is_begun = True
            await send(message)

    try:
        await app(scope, counted, answered)
    except _TooLarge:
        is_over = True
    if is_over and not is_begun:
        await _refuse(scope, receive, send, limit)


async def _refuse(scope: Scope, receive: Receive, send: Send, limit: int) -> None:
    error = ZitError("access.body_too_large", limit_kb=limit // 1000)
    answer = refusal(error, 413)
    # The rest of the body is not read: the connection cannot be used again.
    answer.headers["Connection"] = "close"
    await answer(scope, receive, send)


def _told_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and len(value) < 16:
            return int(value)
    return 0
