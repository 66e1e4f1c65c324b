"""Signing in: one page, one cookie, and who a request comes from.

Comes in: requests, the file of logins. Goes out: the page, a session cookie, a Person. A session
ends with its week, with a new password and with its line in the file. It knows no pictures.
"""

import asyncio
import time
from collections.abc import MutableMapping
from functools import partial
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request, cookie_parser
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from zit_engine.errors import RequestError, TooOften, ZitError
from zit_engine.host import Host
from zit_engine.messages import LANGUAGES, explain, explain_both
from zit_engine.store.links import Signer
from zit_engine.store.logins import Login, Logins
from zit_engine.web.addresses import address_key
from zit_engine.web.login_delay import LoginDelay
from zit_engine.web.login_page import login_page
from zit_engine.web.person import Person

COOKIE = "zit-session"
# What stays open to everybody: the way in, what it looks like, whether the server lives, and the
# numbers, which ask for a token of their own.
# Gradio asks itself the last one while it starts.
OPEN_PATHS = (
    "/login",
    "/healthz",
    "/readyz",
    "/metrics",
    "/favicon.ico",
    "/robots.txt",
    "/gradio_api/startup-events",
)
OPEN_FOLDERS = ("/z/fonts/",)
_SESSION_S = 7 * 24 * 3600
_KIND = "session"
# A hash takes 16 MB and a core for 50 ms.
_AT_ONCE = 2


class LoginDesk:
    """`host`: on a Space the page stands in another site's frame, which asks for other cookies."""

    def __init__(self, logins: Logins, signer: Signer, host: Host, delay: LoginDelay | None = None):
        self._logins = logins
        self._signer = signer
        self._host = host
        self._delay = LoginDelay() if delay is None else delay
        self._turns = asyncio.Semaphore(_AT_ONCE)

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/login", self.page, methods=["GET"]),
            Route("/login", self.sign_in, methods=["POST"]),
            Route("/login/", self.sign_in, methods=["POST"]),
            Route("/logout", self.sign_out, methods=["GET", "POST"]),
        ]

    def person_of(self, scope: MutableMapping[str, Any]) -> Person | None:
        """Who sends this request; None for somebody who is not signed in."""
        cookie = cookie_parser(Headers(scope=scope).get("cookie", "")).get(COOKIE, "")
        name, _, rest = cookie.partition(":")
        expiry, _, signature = rest.partition(":")
        is_number = expiry.isascii() and expiry.isdigit() and len(expiry) < 13
        login = self._logins.get(name) if is_number else None
        if login is None:
            return None
        expires_at = int(expiry)
        is_good = self._signer.is_valid(
            _KIND, name, login.record, expires_at, signature, time.time()
        )
        return Person(self.owner_of(name), login.is_staff) if is_good else None

    def owner_of(self, name: str) -> str:
        """The owner id that belongs to a name on this machine: the history follows the person."""
        return self._signer.sign("login", name, "", 0)[:32]

    async def page(self, _: Request) -> Response:
        return _shown(login_page(), 200)

    async def sign_in(self, request: Request) -> Response:
        """The page's form, or a program's: then the answer is JSON."""
        is_page = "text/html" in request.headers.get("accept", "")
        try:
            login = await self._checked(request)
        except ZitError as error:
            status = 429 if isinstance(error, TooOften) else 401
            if is_page:
                return _shown(login_page(error), status)
            told = {lang: explain(error, lang) for lang in LANGUAGES}
            return JSONResponse({"error": told, "detail": explain_both(error)}, status)
        answer: Response = JSONResponse({"success": True})
        if is_page:
            answer = RedirectResponse("/", 303)
        self._give_cookie(answer, self._session(login), _SESSION_S, request)
        return answer

    async def sign_out(self, request: Request) -> Response:
        answer = RedirectResponse("/login", 303)
        self._give_cookie(answer, "", 0, request)
        return answer

    async def _checked(self, request: Request) -> Login:
        """Raises RequestError for a wrong name or password, TooOften while none is looked at."""
        form = await request.form(max_files=0, max_fields=10)
        name, password = (str(form.get(field, "")) for field in ("username", "password"))
        name = name.strip().lower()[:64]
        host = request.client.host if request.client else ""
        address = address_key(host) or host
        if seconds := self._delay.begin(name, address):
            raise TooOften("login.wait", seconds=seconds)
        async with self._turns:
            login = await run_in_threadpool(partial(self._logins.check, name, password))
        if login is None:
            raise RequestError("login.wrong")
        self._delay.succeed(name, address)
        return login

    def _session(self, login: Login) -> str:
        expires_at = int(time.time()) + _SESSION_S
        signature = self._signer.sign(_KIND, login.name, login.record, expires_at)
        return f"{login.name}:{expires_at}:{signature}"

    def _give_cookie(self, answer: Response, value: str, seconds: int, request: Request) -> None:
        is_framed = self._host is not Host.LOCAL
        answer.set_cookie(
            COOKIE,
            value,
            max_age=seconds,
            httponly=True,
            secure=is_framed or request.url.scheme == "https",
            samesite="none" if is_framed else "lax",
        )


def login_desk(path: str, signer: Signer, host: Host) -> LoginDesk | None:
    """None while no file of logins is set. Raises SettingsError."""
    return LoginDesk(Logins(Path(path)), signer, host) if path else None


def is_open(path: str) -> bool:
    """True for what may be seen without signing in."""
    return path.rstrip("/") in OPEN_PATHS or path.startswith(OPEN_FOLDERS)


def _shown(markup: str, status: int) -> Response:
    # A form sent from a page without a referrer carries no origin; from this one it shall.
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin"}
    return HTMLResponse(markup, status, headers)
