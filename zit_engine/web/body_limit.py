"""A request's body is counted and timed while it arrives, before anybody reads it as JSON.

Comes in: an ASGI call, its limit in bytes and seconds. Goes out: the call, or 413 at the first byte
too many, also for a body that told no length, or 408. It does not know what the body is.
"""

import asyncio
import contextlib

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zit_engine.errors import UploadRefused, ZitError
from zit_engine.web.refusals import refusal


class _Stopped(Exception):
    """Ends the reading; never leaves this module."""


async def limited(
    app: ASGIApp, scope: Scope, receive: Receive, send: Send, limit: int, seconds: float
) -> None:
    """Run `app` on a body of at most `limit` bytes that is here within `seconds`."""
    if _told_length(scope) > limit:
        await _refuse(scope, receive, send, _too_large(limit), 413)
        return
    body = _Counted(receive, limit, asyncio.get_running_loop().time() + seconds)
    is_begun = False

    async def answered(message: Message) -> None:
        nonlocal is_begun
        # What the application makes of the broken body is not sent: the answer is ours.
        if is_begun or body.refused is None:
            is_begun = True
            await send(message)

    # However the application takes it, it is told below.
    with contextlib.suppress(_Stopped):
        await app(scope, body.receive, answered)
    if body.refused is not None and not is_begun:
        await _refuse(scope, receive, send, *body.refused)


class _Counted:
    def __init__(self, receive: Receive, limit: int, deadline: float):
        self._receive, self._limit, self._deadline = receive, limit, deadline
        self._size, self._is_whole = 0, False
        self.refused: tuple[ZitError, int] | None = None

    async def receive(self) -> Message:
        """The next piece; after the last one only the end of the connection is waited for."""
        if self._is_whole:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            self.refused = UploadRefused("photo.too_slow"), 408
            raise _Stopped from None
        self._size += len(message.get("body", b""))
        self._is_whole = not message.get("more_body", False)
        if self._size > self._limit:
            self.refused = _too_large(self._limit), 413
            raise _Stopped
        return message


def _too_large(limit: int) -> ZitError:
    return ZitError("access.body_too_large", limit_kb=limit // 1000)


async def _refuse(scope: Scope, receive: Receive, send: Send, error: ZitError, status: int) -> None:
    answer = refusal(error, status)
    # The rest of the body is not read: the connection cannot be used again.
    answer.headers["Connection"] = "close"
    await answer(scope, receive, send)


def _told_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and len(value) < 16:
            return int(value)
    return 0
