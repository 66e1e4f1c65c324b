"""The door of the server, before Gradio and before our own addresses.

Comes in: every HTTP request. Goes out: the application's answer with safety headers, or a refusal
in Korean and English: 401 not signed in, 403 sent by another site, 408 too slow, 413 too large,
429 too often, 500 a failure of ours, told by its id. It reads no body and knows no pictures.
"""

import asyncio
import logging
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zit_engine.errors import RequestError, TooOften, ZitError
from zit_engine.jobs.rates import Rates
from zit_engine.store.files import owner_key
from zit_engine.web.addresses import address_key
from zit_engine.web.body_limit import limited
from zit_engine.web.closed_paths import is_closed
from zit_engine.web.login import is_open
from zit_engine.web.person import ANYBODY, NOBODY, Person, remember
from zit_engine.web.refusals import refusal

JSON_BYTES = 64_000
# A page sends the head of a picture (0.7 MB as text) or a table (1 MB) through the queue.
PAGE_FILE_BYTES = 1_500_000
# Each may be read as JSON at once, which takes several times its size.
_MOST_LARGE = 4
_JSON_S = 30
# 1.5 MB over a slow mobile line (0.2 Mbit/s); who sends slower must not keep the others out.
_LARGE_S = 60
_JOIN = "/gradio_api/queue/join"
_UPLOAD = "/u"
_OWN = ("/r/", "/b/")
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
# The page's own files: 60 of them at every visit, and nothing to be had by asking often.
_NOT_COUNTED = ("/assets/", "/static/", "/svelte/", "/z/", "/theme.css", "/favicon.ico")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rules:
    """headers: of every answer. rates: requests per address. shows_ticket: whether a query holds a
    page's good upload ticket. person_of: who sends a request, None for nobody who may; left out
    where everybody may."""

    headers: Mapping[str, str]
    rates: Rates
    shows_ticket: Callable[[Mapping[str, str]], bool]
    person_of: Callable[[Scope], Person | None] = lambda _: ANYBODY


class Guard:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, rules: Rules):
        self._app = app
        self._rules = rules
        self._large = asyncio.Semaphore(_MOST_LARGE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":  # the page opens none, and its cookie is not looked at
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_begun = False

        async def answered(message: Message) -> None:
            nonlocal is_begun
            if message["type"] == "http.response.start":
                is_begun = True
                headers = MutableHeaders(scope=message)
                for name, value in self._rules.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._admit(scope, receive, answered)
        except ClientDisconnect:
            return
        except Exception as error:  # the server's last line of defence: an id, never a traceback
            failure = ZitError(detail=type(error).__name__)
            # Where, but not the error's own text: it may repeat what somebody typed.
            where = "".join(traceback.format_tb(error.__traceback__))
            _log.error("%s %s\n%s", failure, scope["path"].split("/")[1][:20], where)
            if not is_begun:
                await refusal(failure, 500)(scope, receive, answered)

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers, path = Headers(scope=scope), scope["path"]
        if scope["method"] not in _SAFE_METHODS and is_foreign(headers):
            await refusal(ZitError("access.other_site"), 403)(scope, receive, send)
            return
        if not path.startswith(_NOT_COUNTED) and (seconds := self._wait(scope)):
            await refusal(TooOften(seconds=seconds), 429)(scope, receive, send)
            return
        if is_closed(path):
            await PlainTextResponse("404", 404)(scope, receive, send)
            return
        person = self._rules.person_of(scope)
        if person is None and not is_open(path):
            await _not_signed_in(scope, headers)(scope, receive, send)
            return
        remember(scope, person or NOBODY)
        if person is not None and person.owner and self._is_of_another(scope, person.owner):
            await PlainTextResponse("404", 404)(scope, receive, send)
            return
        if path == _UPLOAD:  # counts for itself, to its own limit
            await self._app(scope, receive, send)
        elif path == _JOIN and self._shows_ticket(scope):
            async with self._large:
                await limited(self._app, scope, receive, send, PAGE_FILE_BYTES, _LARGE_S)
        else:
            await limited(self._app, scope, receive, send, JSON_BYTES, _JSON_S)

    def _is_of_another(self, scope: Scope, owner: str) -> bool:
        """True for a picture's link or an upload ticket made for somebody else."""
        if not scope["path"].startswith(_OWN) and scope["path"] != _UPLOAD:
            return False
        return QueryParams(scope["query_string"]).get("o", "") != owner_key(owner)

    def _shows_ticket(self, scope: Scope) -> bool:
        return self._rules.shows_ticket(QueryParams(scope["query_string"]))

    def _wait(self, scope: Scope) -> int:
        """Seconds until the sender may ask again; 0 for now."""
        key = address_key(scope["client"][0] if scope.get("client") else "")
        return self._rules.rates.take(key) if key else 0


def _not_signed_in(scope: Scope, headers: Headers) -> Response:
    """A page is led to where one signs in; a program is told."""
    if scope["method"] == "GET" and "text/html" in headers.get("accept", ""):
        return RedirectResponse("/login", 303)
    return refusal(RequestError("access.login_needed"), 401)


def is_foreign(headers: Headers) -> bool:
    """True for a request a browser sends from another site's page. Programs send neither header."""
    site = headers.get("sec-fetch-site")
    if site is not None:  # the browser's own word, whatever a proxy makes of the host's name
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host", "")
