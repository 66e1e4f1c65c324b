"""The few addresses that are not Gradio's: pictures behind signed links, fonts, cards, health.

Comes in: HTTP requests. Goes out: files or 404. A link without a valid, unexpired signature of its
own owner is indistinguishable from one to nothing.
"""

import re
import time

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from zit_engine.compare.cards import SHIPPED, own_cards
from zit_engine.compare.vote_desk import VoteDesk
from zit_engine.engine.health import State
from zit_engine.errors import JobNotFound
from zit_engine.settings import ROOT
from zit_engine.store.links import Signer
from zit_engine.studio import Studio
from zit_engine.web.metrics_route import metrics_route
from zit_engine.web.person import person_in
from zit_engine.web.uploads import upload_route

_UPLOADS = ("/upload", "/gradio_api/upload")
_PUBLIC = ("state", "residency", "estimate")
# Saved, not shown: a page of ours with somebody's words in it must not run on this address.
_TAKEN_ALONG = (".zip", ".csv", ".html")
_SHARED_FOLDERS = ("fonts", "layouts", "samples")
_CARD = re.compile(r"[a-z0-9-]{1,64}\.webp")


def routes(studio: Studio, signer: Signer) -> list[BaseRoute]:
    """Routes that come before Gradio's own."""

    async def picture(request: Request) -> Response:
        return _picture(request, studio, signer)

    desk = VoteDesk(studio, signer.sign("ballots", "", "", 0).encode())

    def ballot(request: Request) -> Response:  # not async: it decodes and encodes a picture
        return _ballot(request, studio, signer, desk)

    async def card(request: Request) -> Response:
        return _card(request.path_params["name"], studio)

    async def health(request: Request) -> Response:
        is_alive = studio.engine.health.state is not State.DEFUNCT
        return JSONResponse(_health(studio, request), 200 if is_alive else 503)

    async def readiness(request: Request) -> Response:
        is_ready = studio.state in (State.READY, State.BUSY)
        return JSONResponse(_health(studio, request), 200 if is_ready else 503)

    shared = [
        Mount(f"/z/{name}", StaticFiles(directory=ROOT / "assets" / name, check_dir=False))
        for name in _SHARED_FOLDERS
    ]
    return [
        Route("/r/{job}/{name}", picture),
        Route("/b/{grid}/{token}", ballot),
        Route("/z/thumbs/{name}", card),
        Route("/healthz", health),
        Route("/readyz", readiness),
        metrics_route(studio),
        upload_route(studio, signer),
        # Uploads come through that door; Gradio's, left open, takes files of any size from anybody.
        *(Route(path, _nothing, methods=["POST"]) for path in _UPLOADS),
        *shared,
    ]


def _health(studio: Studio, request: Request) -> dict[str, object]:
    """What anybody may know: nothing of people, files or errors. With a login only staff are told
    more than the state."""
    told = studio.engine.health.as_dict()
    if not person_in(request.scope).is_staff:
        return {"state": told["state"]}
    stage, fraction = studio.loading
    known: dict[str, object] = {name: told[name] for name in _PUBLIC if name in told}
    if told["state"] == State.STARTING and stage:
        known["loading"] = {"stage": stage, "fraction": round(fraction, 3)}
    return known | {"state": studio.state, "waiting": studio.queue.waiting()}


async def _nothing(_: Request) -> Response:
    return PlainTextResponse("404", 404)


def _card(name: str, studio: Studio) -> Response:
    """A style card: the one this machine's model painted, else the shipped one."""
    if _CARD.fullmatch(name):
        for folder in (own_cards(studio.settings.data_dir), SHIPPED):
            if (folder / name).is_file():
                return FileResponse(folder / name, headers={"Cache-Control": "max-age=300"})
    return PlainTextResponse("404", 404)


def _ballot(request: Request, studio: Studio, signer: Signer, desk: VoteDesk) -> Response:
    grid_id, token = request.path_params["grid"], request.path_params["token"]
    seconds = _seconds_left(request, studio, signer, grid_id, token)
    if seconds is None:
        return PlainTextResponse("404", 404)
    try:
        data = desk.picture(grid_id, request.query_params["o"], token)
    except JobNotFound:
        return PlainTextResponse("404", 404)
    return Response(data, media_type="image/webp", headers=_private(seconds))


def _seconds_left(
    request: Request, studio: Studio, signer: Signer, folder: str, name: str
) -> int | None:
    """How long the request's link still works; None for one that does not."""
    query = request.query_params
    key, signature, expiry = query.get("o", ""), query.get("sig", ""), query.get("exp", "")
    expires_at = int(expiry) if expiry.isascii() and expiry.isdigit() and len(expiry) < 13 else 0
    now = time.time()
    too_far = expires_at > now + studio.settings.link_minutes * 60
    if too_far or not signer.is_valid(key, folder, name, expires_at, signature, now):
        return None
    return max(0, int(expires_at - now))


def _private(seconds: int) -> dict[str, str]:
    return {
        # Private: a shared proxy must not keep an owner's picture.
        "Cache-Control": f"private, max-age={seconds}",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }


def _picture(request: Request, studio: Studio, signer: Signer) -> Response:
    job_id, name = request.path_params["job"], request.path_params["name"]
    seconds = _seconds_left(request, studio, signer, job_id, name)
    if seconds is None:
        return PlainTextResponse("404", 404)
    try:
        path = studio.files.path_by_key(request.query_params["o"], job_id, name)
    except JobNotFound:
        return PlainTextResponse("404", 404)
    headers = _private(seconds)
    disposition = "attachment" if name.endswith(_TAKEN_ALONG) else "inline"
    return FileResponse(path, filename=name, content_disposition_type=disposition, headers=headers)
